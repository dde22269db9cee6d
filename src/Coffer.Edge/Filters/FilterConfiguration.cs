using Coffer.Edge.Configuration;
using Coffer.ProxyWasm;

namespace Coffer.Edge.Filters;

/// <summary>A filter, by its file and how it is run. Immutable.</summary>
internal sealed record FilterConfiguration
{
    public required string Module { get; init; }

    public required FilterOptions Options { get; init; }

    public required JsonValue Place { get; init; }
}
