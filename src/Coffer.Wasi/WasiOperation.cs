using System.Collections.Immutable;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi;

/// <summary>A function of WASI 0.1, and the authority that a guest could ask for by it.</summary>
/// <param name="Name">The name that guests import.</param>
/// <param name="Needs">What it could ask for; empty when it asks for nothing.</param>
public sealed record WasiOperation(string Name, ImmutableArray<WasiNeed> Needs);

/// <summary>Authority that a function could ask for.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Access">For directories and files: what could be done.</param>
/// <param name="After">
/// The function that must have given the handle; null when the guest has one from the start.
/// </param>
public readonly record struct WasiNeed(
    CapabilityKind Kind, DirectoryAccess Access = DirectoryAccess.None, string? After = null);
