using System.Diagnostics;

namespace Coffer.Plugins.Running;

/// <summary>
/// Ends calls that take too long, on a thread of its own: timers run on the threads of the pool, all of which may be in
/// plugins that do not return. It looks every few milliseconds while there are calls, and sleeps while there are none.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const int Interval = 4, LooksBeforeSleep = 500;

    private readonly Lock gate = new();
    private readonly ManualResetEventSlim wake = new();
    private readonly Thread thread;
    private PluginSandbox? first;
    private bool isAsleep;
    private bool isDisposed;

    public Watchdog()
    {
        thread = new Thread(Watch) { IsBackground = true, Name = "Coffer.Plugins watchdog", Priority = ThreadPriority.AboveNormal };
        thread.Start();
    }

    /// <summary>Begins to watch a call.</summary>
    public void Add(PluginSandbox sandbox, TimeSpan timeout)
    {
        var deadline = timeout == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : Stopwatch.GetTimestamp() + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
        lock (gate)
        {
            var link = sandbox.Watched;
            link.Deadline = deadline;
            link.Interruption = Interruption.None;
            link.IsWatched = true;
            link.Previous = null;
            link.Next = first;
            if (first is not null) first.Watched.Previous = sandbox;
            first = sandbox;
            if (isAsleep)
            {
                isAsleep = false;
                wake.Set();
            }
        }
    }

    /// <summary>Ends to watch a call; afterwards it is not interrupted any more.</summary>
    public Interruption Remove(PluginSandbox sandbox)
    {
        lock (gate)
        {
            var link = sandbox.Watched;
            if (!link.IsWatched) return link.Interruption;
            link.IsWatched = false;
            if (link.Previous is null) first = link.Next;
            else link.Previous.Watched.Next = link.Next;
            if (link.Next is not null) link.Next.Watched.Previous = link.Previous;
            link.Previous = link.Next = null;
            return link.Interruption;
        }
    }

    /// <summary>Ends a call, if it is still under way.</summary>
    public void Interrupt(PluginSandbox sandbox, Interruption why)
    {
        lock (gate)
        {
            if (!sandbox.Watched.IsWatched || sandbox.Watched.Interruption != Interruption.None) return;
            sandbox.Watched.Interruption = why;
        }

        // What host functions do when they are told to end must not keep the lock. The sandbox is not used again.
        sandbox.Store.Interrupt();
    }

    /// <summary>Ends all calls that a version of a plugin serves.</summary>
    public void InterruptAll(PluginVersion owner, Interruption why)
    {
        var all = new List<PluginSandbox>();
        lock (gate)
        {
            for (var sandbox = first; sandbox is not null; sandbox = sandbox.Watched.Next)
            {
                if (ReferenceEquals(sandbox.Owner, owner)) all.Add(sandbox);
            }
        }

        foreach (var sandbox in all) Interrupt(sandbox, why);
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            wake.Set();
        }

        thread.Join();
        wake.Dispose();
    }

    private void Watch()
    {
        var idle = 0;
        var late = new List<PluginSandbox>();
        while (true)
        {
            lock (gate)
            {
                if (isDisposed) return;
                idle = first is null ? idle + 1 : 0;
                isAsleep = idle > LooksBeforeSleep;
                if (isAsleep) wake.Reset();
                Collect(late);
            }

            foreach (var sandbox in late) sandbox.Store.Interrupt();
            late.Clear();
            if (idle > LooksBeforeSleep)
            {
                wake.Wait();
                idle = 0;
            }
            else
            {
                Thread.Sleep(Interval);
            }
        }
    }

    private void Collect(List<PluginSandbox> late)
    {
        var now = Stopwatch.GetTimestamp();
        for (var sandbox = first; sandbox is not null; sandbox = sandbox.Watched.Next)
        {
            if (sandbox.Watched.Deadline > now || sandbox.Watched.Interruption != Interruption.None) continue;
            sandbox.Watched.Interruption = Interruption.Deadline;
            late.Add(sandbox);
        }
    }
}

/// <summary>Why a call was ended.</summary>
internal enum Interruption
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>It took too long.</summary>
    Deadline,

    /// <summary>Its caller cancelled it.</summary>
    Caller,

    /// <summary>Its version was replaced, and the drain time has passed.</summary>
    Replaced,
}

/// <summary>The place of a sandbox among those that are watched. Read and written under the watchdog's lock.</summary>
internal sealed class WatchedCall
{
    public PluginSandbox? Previous;
    public PluginSandbox? Next;
    public long Deadline;
    public Interruption Interruption;
    public bool IsWatched;
}
