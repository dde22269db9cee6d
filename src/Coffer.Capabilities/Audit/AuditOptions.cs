namespace Coffer.Capabilities.Audit;

/// <summary>How an <see cref="AuditTrail"/> behaves when its sinks cannot keep up. Immutable.</summary>
public sealed record AuditOptions
{
    /// <summary>How many events may wait for the sinks; positive.</summary>
    public int Capacity { get; init; } = 8192;

    /// <summary>
    /// How long a guest waits for room before its event is dropped, or before a strict trail stops it.
    /// </summary>
    public TimeSpan MaximumWait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long flushing and closing wait for the sinks, and each event of a strict trail.</summary>
    public TimeSpan MaximumFlush { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether an event that cannot be kept stops the guest, instead of being counted as dropped. The guest then waits for
    /// each of its events until the sinks have written and flushed it.
    /// </summary>
    public bool IsStrict { get; init; }
}
