namespace Coffer.Plugins.Versions;

/// <summary>How long <see cref="RestartBackoff"/> waits. Immutable.</summary>
public sealed record RestartBackoffOptions
{
    /// <summary>The options used when none are given.</summary>
    public static RestartBackoffOptions Default { get; } = new();

    /// <summary>The longest wait before the second attempt; it doubles with each failure. The first attempt waits for nothing.</summary>
    public TimeSpan Initial { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait there is.</summary>
    public TimeSpan Maximum { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The part of a wait that is chance, from 0 to 1: many that failed together do not come back together.</summary>
    public double Jitter { get; init; } = 0.5;

    /// <summary>What has run this long since its last start counts as well again: its next failure is a first one.</summary>
    public TimeSpan ResetAfter { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>
/// When something that failed may be started again: at once at first, then after waits that double up to a bound.
/// Thread-safe.
/// </summary>
public sealed class RestartBackoff
{
    private readonly Lock gate = new();
    private readonly RestartBackoffOptions options;
    private readonly TimeProvider time;
    private readonly Random random;
    private long lastStart;
    private long notBefore;
    private int failures;

    /// <summary>A backoff that has seen no failure.</summary>
    /// <param name="options">How long it waits.</param>
    /// <param name="timeProvider">What tells the time.</param>
    /// <param name="random">Where chance comes from.</param>
    public RestartBackoff(RestartBackoffOptions? options = null, TimeProvider? timeProvider = null, Random? random = null)
    {
        this.options = options ?? RestartBackoffOptions.Default;
        time = timeProvider ?? TimeProvider.System;
        this.random = random ?? new Random();
        lastStart = time.GetTimestamp();
        notBefore = lastStart;
    }

    /// <summary>Failures since it was last well.</summary>
    public int Failures => Volatile.Read(ref failures);

    /// <summary>How long there is to wait until the next attempt; zero when it may start now.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (gate) return RemainingNow();
        }
    }

    /// <summary>Notes a failure, and says how long to wait before the next attempt.</summary>
    public TimeSpan Failed()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (time.GetElapsedTime(lastStart, now) >= options.ResetAfter) failures = 0;
            failures++;
            var wait = Wait(failures);
            notBefore = now + (long)(wait.TotalSeconds * time.TimestampFrequency);
            return wait;
        }
    }

    /// <summary>Asks to start again. At most one caller is told yes for each failure, and none before its time.</summary>
    public bool TryStart()
    {
        lock (gate)
        {
            if (RemainingNow() > TimeSpan.Zero) return false;
            lastStart = time.GetTimestamp();

            // Whoever comes next waits as if this attempt had failed; Failed and Succeeded say what became of it.
            notBefore = lastStart + (long)(Wait(failures + 1).TotalSeconds * time.TimestampFrequency);
            return true;
        }
    }

    /// <summary>Notes that it is well: the next failure is a first one.</summary>
    public void Succeeded()
    {
        lock (gate)
        {
            failures = 0;
            notBefore = time.GetTimestamp();
        }
    }

    private TimeSpan RemainingNow()
    {
        var now = time.GetTimestamp();
        return now >= notBefore ? TimeSpan.Zero : time.GetElapsedTime(now, notBefore);
    }

    private TimeSpan Wait(int failure)
    {
        if (failure <= 1) return TimeSpan.Zero;
        var longest = Math.Min(options.Maximum.Ticks, options.Initial.Ticks * Math.Pow(2, failure - 2));
        return TimeSpan.FromTicks((long)(longest * (1 - options.Jitter * random.NextDouble())));
    }
}
