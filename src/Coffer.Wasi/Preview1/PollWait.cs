using Coffer.Capabilities.Files;
using Coffer.Capabilities.Sources;

namespace Coffer.Wasi.Preview1;

/// <summary>What one poll_oneoff waits for: the clock that is due first, and streams and sockets.</summary>
internal sealed class PollWait(WasiState state)
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);
    private const ulong NanosecondsPerTick = 100;
    private const ulong MostTicks = (ulong)TimeSpan.TicksPerDay * 36525;
    private readonly List<Task> others = [];
    private readonly List<ClockStart> starts = [];
    private TimeProvider? soonest;
    private ulong left;

    // What was slept so far. A clock of a host that stands still must not keep a guest for ever that waits for a span.
    private ulong slept;

    /// <summary>Begins another look at everything.</summary>
    public void Begin()
    {
        others.Clear();
        soonest = null;
        left = ulong.MaxValue;
    }

    /// <summary>Adds something that completes.</summary>
    public void Add(Task other) => others.Add(other);

    /// <summary>Whether a clock is due; if not, it is waited for.</summary>
    public Errno Look(in Subscription subscription, out bool isDue)
    {
        isDue = false;
        var error = state.Clock.TryOpen("poll_oneoff", subscription.Number, out var time);
        if (error != Errno.Success) return error;
        var now = 0UL;
        if (subscription.IsAbsolute) error = state.Clock.TryRead("poll_oneoff", subscription.Number, out now);
        else now = Math.Max(slept, Elapsed(time));
        var remaining = subscription.Timeout - Math.Min(subscription.Timeout, now);
        isDue = remaining == 0;
        if (isDue || (soonest is not null && remaining >= left)) return error;
        (soonest, left) = (time, remaining);
        return error;
    }

    /// <summary>Waits until something has happened that makes another look worth while.</summary>
    /// <exception cref="ExhaustionException">The guest must stop.</exception>
    public void Wait(Store store)
    {
        if (soonest is null)
        {
            state.Gate.Wait(store, [.. others]);
            return;
        }

        // Rounded up: who sleeps a microsecond must not find that no time has passed.
        var ticks = (long)Math.Min(left / NanosecondsPerTick + 1, MostTicks);
        if (soonest is SteppedTime stepped)
        {
            Skip(store, stepped, ticks);
            return;
        }

        Sleep(store, TimeSpan.FromTicks(Math.Min(ticks, LongestSleep.Ticks)));
    }

    // At the end of time a span still passes; a time beyond never comes.
    private void Skip(Store store, SteppedTime stepped, long ticks)
    {
        var skipped = (ulong)ticks * NanosecondsPerTick;
        if (!stepped.Advance(TimeSpan.FromTicks(ticks)) && slept == ulong.MaxValue)
        {
            state.Gate.Wait(store, [new TaskCompletionSource().Task, .. others]);
            return;
        }

        slept = skipped > ulong.MaxValue - slept ? ulong.MaxValue : slept + skipped;
        store.ThrowIfInterrupted();
    }

    private void Sleep(Store store, TimeSpan time)
    {
        using var over = new CancellationTokenSource();
        // Timers count whole milliseconds, and end early rather than late.
        var timer = Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds)), soonest!, over.Token);
        try
        {
            state.Gate.Wait(store, [timer, .. others]);
            if (timer.IsCompleted) slept += (ulong)time.Ticks * NanosecondsPerTick;
        }
        finally
        {
            over.Cancel();
        }
    }

    private ulong Elapsed(TimeProvider time)
    {
        foreach (var (known, start) in starts)
        {
            if (known != time) continue;
            return Clock.NanosecondsOf(time.GetElapsedTime(start).Ticks);
        }

        starts.Add(new ClockStart(time, time.GetTimestamp()));
        return 0;
    }

    // No tuple: lists of those are compiled when the command starts.
    private readonly record struct ClockStart(TimeProvider Time, long Start);
}
