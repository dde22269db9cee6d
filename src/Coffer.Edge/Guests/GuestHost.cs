using Coffer.Capabilities.Audit;
using Coffer.Edge.Stores;
using Coffer.Stores;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Guests;

/// <summary>What guests of a server share. Immutable.</summary>
internal sealed record GuestHost
{
    /// <summary>The time of the server.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where it is recorded what guests were denied; null for nowhere.</summary>
    public AuditTrail? Audit { get; init; }

    /// <summary>What apps keep between requests.</summary>
    public AppStores Stores { get; init; } = new(new MemoryKeyValueDatabase());

    /// <summary>Where the server's own messages go.</summary>
    public required ILogger Logger { get; init; }
}
