namespace Coffer.Plugins.Versions;

/// <summary>Where a version is in its life.</summary>
public enum VersionState
{
    /// <summary>New leases are of this version.</summary>
    Active,

    /// <summary>It was replaced; leases that were given before are still out.</summary>
    Draining,

    /// <summary>It was replaced and has no leases; it is kept so that it can be rolled back to.</summary>
    Standby,

    /// <summary>It was replaced, has no leases, and was disposed.</summary>
    Retired,
}

/// <summary>A version as it was when it was asked for. Immutable.</summary>
/// <param name="Number">Its number, from 1; no two versions of a slot have the same.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Leases">How many leases of it are out.</param>
/// <param name="IsStopping">Whether its drain time ran out, so that its leases were told to stop.</param>
/// <param name="Label">What it was named when it was put in, such as its digest.</param>
public sealed record VersionInfo(long Number, VersionState State, int Leases, bool IsStopping, string Label);
