using Coffer.Edge.Guests;
using Coffer.Edge.Limits;

namespace Coffer.Edge.Telemetry;

/// <summary>What is counted of one app, for as long as the server runs. Thread-safe.</summary>
internal sealed class AppStatistics
{
    private readonly long[] statuses = new long[6];
    private readonly long[] faults = new long[Enum.GetValues<FaultKind>().Length];
    private long requests, processorTicks, queueTicks, elapsedTicks, loads, loadTicks, responseBytes, memoryPeak, denials, instantiations, instantiationTicks;

    /// <summary>Requests that were answered.</summary>
    public long Requests => Volatile.Read(ref requests);

    /// <summary>Those with a status of a class, 2 for 2xx.</summary>
    public long WithStatus(int statusClass) => Volatile.Read(ref statuses[statusClass]);

    /// <summary>Those that were not answered by the guest.</summary>
    public long WithFault(FaultKind kind) => Volatile.Read(ref faults[(int)kind]);

    /// <summary>The processor time of guests.</summary>
    public TimeSpan ProcessorTime => new(Volatile.Read(ref processorTicks));

    /// <summary>The time that requests waited for their turn.</summary>
    public TimeSpan QueueTime => new(Volatile.Read(ref queueTicks));

    /// <summary>The time that guests ran.</summary>
    public TimeSpan Elapsed => new(Volatile.Read(ref elapsedTicks));

    /// <summary>How often the module was compiled or loaded, for a request or before.</summary>
    public long Loads => Volatile.Read(ref loads);

    /// <summary>How long that took.</summary>
    public TimeSpan LoadTime => new(Volatile.Read(ref loadTicks));

    /// <summary>The most memory that a sandbox had.</summary>
    public long MemoryPeak => Volatile.Read(ref memoryPeak);

    /// <summary>Bytes of bodies of answers.</summary>
    public long ResponseBytes => Volatile.Read(ref responseBytes);

    /// <summary>How long requests took, from when they came.</summary>
    public LatencyHistogram Latency { get; } = new();
    /// <summary>What guests wanted to do and were not granted.</summary>
    public long Denials => Volatile.Read(ref denials);

    /// <summary>Sandboxes that were made.</summary>
    public long Instantiations => Volatile.Read(ref instantiations);

    /// <summary>How long that took.</summary>
    public TimeSpan InstantiationTime => new(Volatile.Read(ref instantiationTicks));

    /// <summary>Counts a denial.</summary>
    public void CountDenial() => Interlocked.Increment(ref denials);

    /// <summary>Counts a request that has ended.</summary>
    public void Count(GuestCall call, int status)
    {
        Interlocked.Increment(ref requests);
        Interlocked.Increment(ref statuses[Math.Clamp(status / 100, 0, 5)]);
        if (call.Fault != FaultKind.None) Interlocked.Increment(ref faults[(int)call.Fault]);
        Interlocked.Add(ref processorTicks, call.ProcessorTime.Ticks);
        if (call.Queued > TimeSpan.Zero) Interlocked.Add(ref queueTicks, call.Queued.Ticks);
        Interlocked.Add(ref elapsedTicks, call.Elapsed.Ticks);
        Latency.Add(call.Queued + call.Elapsed);
        Interlocked.Add(ref responseBytes, call.Response.Bytes);
        if (call.InstantiationTime > TimeSpan.Zero)
        {
            Interlocked.Increment(ref instantiations);
            Interlocked.Add(ref instantiationTicks, call.InstantiationTime.Ticks);
        }

        var memory = (long)call.MemoryBytes;
        if (memory > Volatile.Read(ref memoryPeak)) Interlocked.Exchange(ref memoryPeak, memory);
    }

    /// <summary>Counts a request that found no room, or no app.</summary>
    public void CountRefused(FaultKind kind, int status)
    {
        Interlocked.Increment(ref requests);
        Interlocked.Increment(ref statuses[Math.Clamp(status / 100, 0, 5)]);
        Interlocked.Increment(ref faults[(int)kind]);
    }

    /// <summary>Counts that the module was loaded.</summary>
    public void CountLoad(TimeSpan time)
    {
        Interlocked.Increment(ref loads);
        Interlocked.Add(ref loadTicks, time.Ticks);
    }
}
