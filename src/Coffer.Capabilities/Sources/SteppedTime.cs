namespace Coffer.Capabilities.Sources;

/// <summary>
/// Time that is the same in every run: each reading moves it on by a step, and waiting moves it on by what was waited
/// for, at once. Safe for any number of threads.
/// </summary>
internal sealed class SteppedTime(DateTimeOffset start, TimeSpan step) : TimeProvider
{
    private long elapsed;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start.AddTicks(Read());

    /// <inheritdoc/>
    public override long GetTimestamp() => Read();

    /// <summary>Moves the time on, as if so much had been waited.</summary>
    public void Advance(TimeSpan time) => Interlocked.Add(ref elapsed, time.Ticks);

    private long Read() => Interlocked.Add(ref elapsed, step.Ticks) - step.Ticks;
}
