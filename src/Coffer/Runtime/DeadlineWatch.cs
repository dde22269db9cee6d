using System.Diagnostics;

namespace Coffer.Runtime;

/// <summary>
/// Ends guests whose time has passed, on a thread of its own: timers run on threads of the pool, all of which may be in guests
/// that do not return. It sleeps until the earliest deadline; to set one costs a few writes as long as an earlier one is
/// pending.
/// </summary>
internal static class DeadlineWatch
{
    private static readonly Part[] Parts = [.. Enumerable.Range(0, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount)).Select(_ => new Part())];
    private static readonly AutoResetEvent Earlier = new(false);
    private static readonly Lazy<Thread> Watcher = new(Start);

    // When it looks next. Far away while it looks, so that whoever sets a deadline meanwhile makes it look again.
    private static long nextLook = long.MaxValue;

    /// <summary>The moment that is so far away from now.</summary>
    public static long After(TimeSpan time) => Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Sets a deadline, in the place of the one that was set before. Called under the gate of its store.</summary>
    public static void Set(PendingDeadline deadline, long due)
    {
        Volatile.Write(ref deadline.Due, due);
        if (deadline.Part is null) Add(deadline);

        // Either the watcher has not looked at the deadline yet, or this reads when it looks next.
        Interlocked.MemoryBarrier();
        if (due < Volatile.Read(ref nextLook)) Earlier.Set();
    }

    /// <summary>Removes a deadline. Called under the gate of its store.</summary>
    public static void Clear(PendingDeadline deadline)
    {
        deadline.Due = long.MaxValue;
        if (deadline.Part is not { } part) return;
        lock (part)
        {
            var last = part.Pending[^1];
            part.Pending[deadline.Index] = last;
            last.Index = deadline.Index;
            part.Pending.RemoveAt(part.Pending.Count - 1);
            deadline.Part = null;
        }
    }

    private static void Add(PendingDeadline deadline)
    {
        _ = Watcher.Value;
        var part = Parts[Thread.GetCurrentProcessorId() & (Parts.Length - 1)];
        lock (part)
        {
            deadline.Part = part;
            deadline.Index = part.Pending.Count;
            part.Pending.Add(deadline);
        }
    }

    private static Thread Start()
    {
        var thread = new Thread(Watch, 256 << 10) { IsBackground = true, Name = "Coffer deadlines", Priority = ThreadPriority.AboveNormal };
        thread.Start();
        return thread;
    }

    private static void Watch()
    {
        var late = new List<(PendingDeadline Deadline, long Due)>();
        while (true)
        {
            Volatile.Write(ref nextLook, long.MaxValue);
            Interlocked.MemoryBarrier();
            var next = Look(late);
            foreach (var (deadline, due) in late) deadline.Store.Pass(deadline, due);
            late.Clear();
            Volatile.Write(ref nextLook, next);
            if (next == long.MaxValue) Earlier.WaitOne();
            else Earlier.WaitOne(Until(next));
        }
    }

    /// <summary>Collects what is late, and returns when the next deadline is.</summary>
    private static long Look(List<(PendingDeadline Deadline, long Due)> late)
    {
        var (now, next) = (Stopwatch.GetTimestamp(), long.MaxValue);
        foreach (var part in Parts)
        {
            lock (part)
            {
                foreach (var deadline in part.Pending)
                {
                    var due = Volatile.Read(ref deadline.Due);
                    if (due <= now) late.Add((deadline, due));
                    else next = Math.Min(next, due);
                }
            }
        }

        return next;
    }

    // Rounded up: what is due within the same millisecond is done at once.
    private static TimeSpan Until(long due)
    {
        var ticks = Math.Max(due - Stopwatch.GetTimestamp(), 0);
        return TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(ticks * 1000.0 / Stopwatch.Frequency), int.MaxValue));
    }

    /// <summary>A part of the deadlines, so that processors do not wait for one another. Its own lock.</summary>
    internal sealed class Part
    {
        public readonly List<PendingDeadline> Pending = [];
    }
}

/// <summary>The deadline of a store, reused.</summary>
internal sealed class PendingDeadline(Store store)
{
    /// <summary>When it is. Changed under the gate of the store; far away when there is none.</summary>
    public long Due = long.MaxValue;

    /// <summary>Where it waits, or null; and its place there, guarded by the part.</summary>
    public DeadlineWatch.Part? Part;

    /// <inheritdoc cref="Part"/>
    public int Index;

    public Store Store => store;
}
