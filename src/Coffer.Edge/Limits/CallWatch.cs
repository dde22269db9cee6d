using Coffer.Edge.Ambient;
using Coffer.Edge.Guests;

namespace Coffer.Edge.Limits;

/// <summary>
/// Looks at the requests that run, again and again: a look at all of them costs less than something that is set up and
/// taken away for each of them. Sleeps while there are none.
/// </summary>
internal sealed class CallWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private const int IdleLooks = 100;

    private readonly GuestCall?[] calls;
    private readonly int[] free;
    private readonly Lock gate = new();
    private readonly AutoResetEvent wake = new(false);
    private readonly Admission admission;
    private readonly GuestThreads threads;
    private readonly ProcessorPace pace = new();
    private readonly Thread looking;
    private int freeCount;
    private volatile bool isAsleep, isOver;

    /// <param name="admission">Whose queues are looked at as well.</param>
    /// <param name="threads">Where guests run.</param>
    public CallWatch(Admission admission, GuestThreads threads)
    {
        this.admission = admission;
        this.threads = threads;
        calls = new GuestCall?[admission.Concurrency];
        free = [.. Enumerable.Range(0, calls.Length)];
        freeCount = free.Length;
        looking = new Thread(Look) { IsBackground = true, Name = "edge watch" };
        looking.Start();
    }

    /// <summary>Looks at a call from now on; there is always a place for those that were let in.</summary>
    public int Add(GuestCall call)
    {
        int place;
        lock (gate) place = free[--freeCount];
        calls[place] = call;
        Wake();
        return place;
    }

    /// <summary>Looks at it no more.</summary>
    public void Remove(int place)
    {
        Volatile.Write(ref calls[place], null);
        lock (gate) free[freeCount++] = place;
    }

    /// <summary>Lets it look, when somebody waits.</summary>
    public void Wake()
    {
        // What is to be seen was written before; see Look.
        Interlocked.MemoryBarrier();
        if (isAsleep) wake.Set();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        isOver = true;
        wake.Set();
        looking.Join();
        pace.Dispose();
        wake.Dispose();
    }

    private void Look()
    {
        var idle = 0;
        while (!isOver)
        {
            idle = LookOnce() ? 0 : idle + 1;
            if (idle < IdleLooks)
            {
                wake.WaitOne(Interval);
                continue;
            }

            isAsleep = true;
            // Who came before that was set has woken nobody, and is seen now.
            Interlocked.MemoryBarrier();
            if (!LookOnce()) wake.WaitOne();
            isAsleep = false;
            idle = 0;
        }
    }

    private bool LookOnce()
    {
        var found = admission.HasWaiting;
        var kept = 0;
        var isComputing = false;
        if (found) admission.Expire();
        for (var i = 0; i < calls.Length; i++)
        {
            if (Volatile.Read(ref calls[i]) is not { } call) continue;
            found = true;
            call.Watch();
            if (call.IsKeepingThread) kept++;
            isComputing |= call.IsComputing;
        }

        threads.MakeUpFor(kept);
        if (isComputing) pace.Keep();
        return found;
    }
}
