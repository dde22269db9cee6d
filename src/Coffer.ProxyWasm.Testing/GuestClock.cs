using Microsoft.Extensions.Time.Testing;

namespace Coffer.ProxyWasm.Testing;

/// <summary>
/// The clock that the libraries inside a filter read by WASI: that of the test, but each look takes a moment, and whoever sleeps
/// wakes at once, as late as they wanted. Runtimes that find a clock standing still give up, and nobody could move it for them.
/// </summary>
internal sealed class GuestClock(FakeTimeProvider time) : TimeProvider
{
    private long ahead;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Increment(ref ahead));

    public override long GetTimestamp() => time.GetUtcNow().UtcTicks + Interlocked.Increment(ref ahead);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero) Interlocked.Add(ref ahead, dueTime.Ticks);
        return System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
