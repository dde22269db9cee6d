namespace Coffer.Edge.Limits;

/// <summary>
/// How long the guests of an app compute, as far as its last requests tell: by it is decided where the next one runs. Thread-safe;
/// of what two requests note at once one may be lost.
/// </summary>
internal sealed class AppPace
{
    /// <summary>A guest that computes for longer gives way to those that do not.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMilliseconds(2);

    // A long request is remembered for about a hundred short ones.
    private const int Decay = 32;

    private long expected;

    /// <summary>Whether the next guest gives way from its start.</summary>
    public bool IsLong => Volatile.Read(ref expected) > Long.Ticks;

    /// <summary>Notes the processor time of a guest.</summary>
    public void Note(TimeSpan processorTime)
    {
        var now = Volatile.Read(ref expected);
        Volatile.Write(ref expected, Math.Max(processorTime.Ticks, now - now / Decay));
    }
}
