using System.Diagnostics;

namespace Coffer.Capabilities.Audit;

/// <summary>What became of an event that was to be queued.</summary>
internal enum Admission
{
    /// <summary>It waits for the sinks.</summary>
    Added,
    /// <summary>There was no room in time.</summary>
    Full,
    /// <summary>The run was cancelled while it waited for room.</summary>
    Cancelled,
    /// <summary>The trail is closed.</summary>
    Closed,
}

/// <summary>The events that wait for the sinks of a trail: bounded, for any number of guests and one writer.</summary>
internal sealed class AuditQueue(int capacity)
{
    private const int LargestBatch = 256;

    // So long the writer waits for more before it takes what there is, unless a denial is among it: an event that wakes
    // it costs the guest more than one that does not.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(10);

    // Timers of the platform count milliseconds in 32 bits; a longer wait is several.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly object sync = new();
    private readonly Queue<AuditEvent> events = new();
    private long added, written;
    private bool urgent, closed, ended;

    /// <summary>Adds an event, waiting for room if need be.</summary>
    public Admission Add(AuditEvent audited, TimeSpan patience, CancellationToken cancellation)
    {
        lock (sync)
        {
            if (TryAdd(audited) is { } admission) return admission;
        }

        return AddLater(audited, patience, cancellation);
    }

    /// <summary>Takes what waits, oldest first; waits until there is something. False when there is nothing for good.</summary>
    public bool TryTake(List<AuditEvent> batch)
    {
        batch.Clear();
        lock (sync)
        {
            while (events.Count == 0 && !closed) Monitor.Wait(sync);
            if (!urgent && !closed) Monitor.Wait(sync, Linger);
            while (batch.Count < LargestBatch && events.TryDequeue(out var audited)) batch.Add(audited);
            urgent = events.Count > 0;
            Monitor.PulseAll(sync);
            return batch.Count > 0;
        }
    }

    /// <summary>Says that the sinks have kept, or lost, events that were taken.</summary>
    public void Conclude(int count)
    {
        lock (sync)
        {
            written += count;
            Monitor.PulseAll(sync);
        }
    }

    /// <summary>
    /// Waits until all events added so far are concluded; false when they are not in time, or before it is cancelled.
    /// </summary>
    public bool WaitUntilConcluded(TimeSpan patience, CancellationToken cancellation = default)
    {
        using var wake = cancellation.UnsafeRegister(Wake, sync);
        var start = Stopwatch.GetTimestamp();
        lock (sync)
        {
            var target = added;
            urgent = true;
            Monitor.PulseAll(sync);
            while (written < target && !ended)
            {
                if (cancellation.IsCancellationRequested || !WaitFor(patience, start)) return false;
            }

            return written >= target;
        }
    }

    /// <summary>Lets no further event in; the writer takes what is left.</summary>
    public void Close()
    {
        lock (sync)
        {
            closed = true;
            Monitor.PulseAll(sync);
        }
    }

    /// <summary>Gives up what is not concluded, and what waits for it.</summary>
    /// <returns>How many events that is.</returns>
    public long Abandon()
    {
        lock (sync)
        {
            closed = ended = true;
            events.Clear();
            Monitor.PulseAll(sync);
            return added - written;
        }
    }

    private Admission AddLater(AuditEvent audited, TimeSpan patience, CancellationToken cancellation)
    {
        // Let go of outside of the lock, which its callback takes.
        using var wake = cancellation.UnsafeRegister(Wake, sync);
        var start = Stopwatch.GetTimestamp();
        lock (sync)
        {
            while (true)
            {
                if (TryAdd(audited) is { } admission) return admission;
                if (cancellation.IsCancellationRequested) return Admission.Cancelled;
                if (!WaitFor(patience, start)) return Admission.Full;
            }
        }
    }

    private Admission? TryAdd(AuditEvent audited)
    {
        if (closed) return Admission.Closed;
        if (events.Count >= capacity) return null;
        events.Enqueue(audited);
        added++;
        var isNews = events.Count == 1;
        if (!urgent && (!audited.Allowed || events.Count >= capacity / 2)) isNews = urgent = true;
        if (isNews) Monitor.PulseAll(sync);
        return Admission.Added;
    }

    private bool WaitFor(TimeSpan patience, long start)
    {
        var left = patience - Stopwatch.GetElapsedTime(start);
        if (left <= TimeSpan.Zero) return false;
        Monitor.Wait(sync, left < LongestWait ? left : LongestWait);
        return true;
    }

    private static void Wake(object? sync)
    {
        lock (sync!) Monitor.PulseAll(sync);
    }
}
