using System.Net;
using Coffer.Edge.Admin;
using Coffer.Edge.Apps;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Coffer.Edge.Configuration;

/// <summary>What a file says a server is. Immutable.</summary>
internal sealed record EdgeConfiguration
{
    /// <summary>Where the server listens.</summary>
    public IReadOnlyList<EdgeListener> Listeners { get; init; } = [];

    /// <summary>Where administration listens; null for nowhere.</summary>
    public AdminConfiguration? Admin { get; init; }

    /// <summary>The apps by their names.</summary>
    public IReadOnlyDictionary<string, AppConfiguration> Apps { get; init; } = new Dictionary<string, AppConfiguration>();

    /// <summary>How much the server does at a time.</summary>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Where the log of requests goes; <c>-</c> for standard output, null for nowhere.</summary>
    public string? AccessLog { get; init; }

    /// <summary>How long requests may go on when the server is stopped.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>An address at which the server listens. Immutable.</summary>
internal sealed record EdgeListener
{
    /// <summary>The address.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>What is spoken.</summary>
    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http1;

    /// <summary>The files of the certificate and its key; null for plain HTTP.</summary>
    public (string Certificate, string Key)? Tls { get; init; }

    /// <summary>Where it stands; null for one of the command line.</summary>
    public JsonValue? Place { get; init; }
}

/// <summary>An app. Immutable.</summary>
internal sealed record AppConfiguration
{
    /// <summary>The file of the module.</summary>
    public required string Module { get; init; }

    /// <summary>The routes as they are written, each with its methods.</summary>
    public required IReadOnlyList<EdgeRoute> Routes { get; init; }

    /// <summary>How requests are served.</summary>
    public AppOptions Options { get; init; } = new();

    /// <summary>Where it stands; null for one of the command line.</summary>
    public JsonValue? Place { get; init; }

    /// <summary>An error with the place.</summary>
    public ConfigurationException Error(string message) => Place?.Error(message) ?? new ConfigurationException(message);
}

/// <summary>A route as it is written. Immutable.</summary>
/// <param name="Text">The host and the path.</param>
/// <param name="IsExact">Whether nothing below is meant.</param>
/// <param name="Methods">The methods; empty for any.</param>
/// <param name="Place">Where it stands.</param>
internal sealed record EdgeRoute(string Text, bool IsExact, IReadOnlyList<string> Methods, JsonValue? Place);
