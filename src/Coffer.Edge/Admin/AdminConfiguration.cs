using Coffer.Edge.Configuration;

namespace Coffer.Edge.Admin;

/// <summary>Where and for whom a server is administered. Immutable.</summary>
internal sealed record AdminConfiguration
{
    /// <summary>Where administration listens.</summary>
    public required EdgeListener Listener { get; init; }

    /// <summary>The file with the token.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The variable of the environment with the token.</summary>
    public string? TokenVariable { get; init; }

    /// <summary>The hosts by whose names it may be reached, beside the address itself and, on the loopback, <c>localhost</c>.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The folder of what is deployed; null where nothing can be.</summary>
    public string? State { get; init; }

    /// <summary>Whether damaged state is rebuilt.</summary>
    public bool Recover { get; init; }

    /// <summary>The largest module that can be deployed.</summary>
    public long UploadBytes { get; init; } = 256 << 20;
}
