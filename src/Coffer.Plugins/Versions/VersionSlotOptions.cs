namespace Coffer.Plugins.Versions;

/// <summary>How a <see cref="VersionSlot{T}"/> replaces what it holds. Immutable.</summary>
public sealed record VersionSlotOptions
{
    /// <summary>The options used when none are given.</summary>
    public static VersionSlotOptions Default { get; } = new();

    /// <summary>
    /// How long leases of a replaced version may go on before they are told to stop
    /// (<see cref="VersionSlot{T}.Lease.Stopping"/>).
    /// </summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many replaced versions are kept undisposed, so that they can be rolled back to at once.</summary>
    public int Kept { get; init; }

    /// <summary>How many versions that are gone are still listed.</summary>
    public int ListedRetired { get; init; } = 16;

    /// <summary>What measures the drain time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
