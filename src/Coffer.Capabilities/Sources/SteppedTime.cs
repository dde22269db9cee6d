namespace Coffer.Capabilities.Sources;

/// <summary>
/// Time that is the same in every run: each reading moves it on by a step, and waiting moves it on by what was waited
/// for, at once. At the end of all dates it stands still. Safe for any number of threads.
/// </summary>
internal sealed class SteppedTime(DateTimeOffset start, TimeSpan step) : TimeProvider
{
    private readonly long end = (DateTimeOffset.MaxValue - start).Ticks;
    private long elapsed;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start.AddTicks(Read());

    /// <inheritdoc/>
    public override long GetTimestamp() => Read();

    /// <summary>Moves the time on, as if so much had been waited; false when it has come to its end.</summary>
    public bool Advance(TimeSpan time) => Add(time.Ticks) < end;

    private long Read() => Add(step.Ticks);

    private long Add(long ticks)
    {
        while (true)
        {
            var before = Volatile.Read(ref elapsed);
            var after = ticks < end - before ? before + ticks : end;
            if (Interlocked.CompareExchange(ref elapsed, after, before) == before) return before;
        }
    }
}
