using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Guests;

/// <summary>What guests of a server share. Immutable.</summary>
internal sealed record GuestHost
{
    /// <summary>The time of the server.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the server's own messages go.</summary>
    public required ILogger Logger { get; init; }
}
