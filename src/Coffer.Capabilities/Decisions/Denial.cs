using System.Collections.Immutable;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Decisions;

/// <summary>Why a request is denied.</summary>
public enum DenialReason
{
    /// <summary>Nothing of the kind, or nothing that covers the resource, was granted.</summary>
    NotGranted,
    /// <summary>It was granted, but not for what was asked, such as writing.</summary>
    AccessNotGranted,
    /// <summary>A path leads out of the directory that was granted.</summary>
    OutsideGrant,
}

/// <summary>A refusal: its reason, the grants that come nearest, and the grant that would allow it.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Nearest">The grants of the kind that the guest has, nearest first.</param>
/// <param name="Remedy">
/// The smallest grant that would allow it; null where none would, such as a path that leads out of its directory.
/// </param>
public sealed record Denial(DenialReason Reason, ImmutableArray<Grant> Nearest, Grant? Remedy)
{
    /// <summary>The option that would allow it, such as <c>--dir /etc::/etc:ro</c>; null where none would.</summary>
    public string? RemedyOption => Remedy?.Rule;

    /// <summary>Where the grant would stand in a manifest, such as <c>grants.directories</c>.</summary>
    public string? RemedyManifestPath => Remedy is null ? null : $"grants.{GrantSyntax.Of(Remedy.Kind).ManifestKey}";
}
