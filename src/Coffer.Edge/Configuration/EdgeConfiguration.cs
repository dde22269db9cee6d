using System.Net;
using Coffer.Edge.Admin;
using Coffer.Edge.Apps;
using Coffer.Edge.Filters;
using Coffer.Edge.Routing;
using Coffer.Edge.Stores;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Coffer.Edge.Configuration;

/// <summary>What a file says a server is. Immutable.</summary>
internal sealed record EdgeConfiguration
{
    /// <summary>Where the server listens.</summary>
    public IReadOnlyList<EdgeListener> Listeners { get; init; } = [];

    /// <summary>Where administration listens; null for nowhere.</summary>
    public AdminConfiguration? Admin { get; init; }

    /// <summary>Where whoever watches the server asks for its health and its metrics; null for nowhere.</summary>
    public EdgeListener? Monitor { get; init; }

    /// <summary>Where the key-value stores of apps are; null where nothing is said.</summary>
    public StoresConfiguration? Stores { get; init; }

    /// <summary>The apps by their names.</summary>
    public IReadOnlyDictionary<string, AppConfiguration> Apps { get; init; } = new Dictionary<string, AppConfiguration>();

    /// <summary>Folders whose files are served as they are.</summary>
    public IReadOnlyList<StaticConfiguration> Static { get; init; } = [];

    /// <summary>Requests that are passed on to other servers.</summary>
    public IReadOnlyList<ProxyRouteConfiguration> Proxy { get; init; } = [];

    /// <summary>The filters by their names.</summary>
    public IReadOnlyDictionary<string, FilterConfiguration> Filters { get; init; } = new Dictionary<string, FilterConfiguration>();

    /// <summary>How much the server does at a time.</summary>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Where the log of requests goes; <c>-</c> for standard output, null for nowhere.</summary>
    public string? AccessLog { get; init; }

    /// <summary>Where metrics and traces are sent by OpenTelemetry's protocol; null for nowhere.</summary>
    public Uri? Collector { get; init; }

    /// <summary>How long nobody has asked for an app that is not kept warm before its code is forgotten.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long requests may go on when the server is stopped, or their version was replaced.</summary>
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

    /// <summary>The filters that requests and answers pass, in their order.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

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
internal sealed record EdgeRoute(string Text, bool IsExact, IReadOnlyList<string> Methods, JsonValue? Place)
{
    /// <summary>The route to a target.</summary>
    public Route With(RouteTarget target) => Route.Parse(Text, target) with { IsExact = IsExact, Methods = Methods };
}

/// <summary>A folder whose files are served as they are. Immutable.</summary>
internal sealed record StaticConfiguration
{
    public required IReadOnlyList<EdgeRoute> Routes { get; init; }

    /// <summary>The folder of the host.</summary>
    public required string Folder { get; init; }

    /// <summary>The file that stands for a folder.</summary>
    public string Index { get; init; } = "index.html";

    /// <summary>How long clients may keep a file without asking; null for what they think.</summary>
    public TimeSpan? MaximumAge { get; init; }

    public IReadOnlyList<string> Filters { get; init; } = [];

    public required JsonValue Place { get; init; }
}

/// <summary>Requests that are passed on to another server. Immutable.</summary>
internal sealed record ProxyRouteConfiguration
{
    public required IReadOnlyList<EdgeRoute> Routes { get; init; }

    /// <summary>The other server.</summary>
    public required Uri To { get; init; }

    /// <summary>How long the other server may be silent.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Whether what the route names is taken off the path.</summary>
    public bool StripsPrefix { get; init; }

    public IReadOnlyList<string> Filters { get; init; } = [];

    public required JsonValue Place { get; init; }
}
