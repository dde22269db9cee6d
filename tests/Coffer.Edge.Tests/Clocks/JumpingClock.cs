namespace Coffer.Edge.Tests.Clocks;

/// <summary>The system's time, whose wall clock somebody sets; the monotonic clock and its timers do not notice.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private long offset;

    /// <summary>What the wall clock is off by.</summary>
    public TimeSpan Offset
    {
        get => new(Volatile.Read(ref offset));
        set => Volatile.Write(ref offset, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
