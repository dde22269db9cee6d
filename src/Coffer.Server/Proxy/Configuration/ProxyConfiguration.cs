using System.Net;
using Coffer.Edge.Configuration;
using Coffer.Edge.Filters;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Coffer.Server.Proxy.Configuration;

/// <summary>What a proxy does: the content of its file. Immutable.</summary>
internal sealed record ProxyConfiguration
{
    public required IReadOnlyList<ListenerConfiguration> Listeners { get; init; }

    public required IReadOnlyList<RouteConfiguration> Routes { get; init; }

    public required IReadOnlyDictionary<string, ClusterConfiguration> Clusters { get; init; }

    public required IReadOnlyDictionary<string, FilterConfiguration> Filters { get; init; }

    /// <summary>Where metrics and the state are shown; null for nowhere.</summary>
    public ListenerConfiguration? Admin { get; init; }

    /// <summary>The file of the access log; <c>-</c> for standard output; null for none.</summary>
    public string? AccessLog { get; init; }

    /// <summary>What filters read as properties of the host.</summary>
    public required IReadOnlyDictionary<string, string> Properties { get; init; }
}

/// <summary>Where the proxy listens. Immutable.</summary>
internal sealed record ListenerConfiguration
{
    public required string Name { get; init; }

    public required IPEndPoint Address { get; init; }

    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http1AndHttp2;

    public TlsConfiguration? Tls { get; init; }

    /// <summary>The cluster to which connections are passed as they are; null for HTTP.</summary>
    public string? Tcp { get; init; }

    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>Whether it is for administration, not for requests.</summary>
    public bool IsAdmin { get; init; }

    public required JsonValue Place { get; init; }
}

/// <summary>The certificate of a listener. Immutable.</summary>
internal sealed record TlsConfiguration(string Certificate, string Key, JsonValue Place);

/// <summary>Which requests go to which cluster. Immutable.</summary>
internal sealed record RouteConfiguration
{
    public required string Name { get; init; }

    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The pattern of paths, as ASP.NET's routing takes it.</summary>
    public required string Path { get; init; }

    public IReadOnlyList<string> Methods { get; init; } = [];

    public required string Cluster { get; init; }

    public IReadOnlyList<string> Filters { get; init; } = [];

    public TimeSpan? Timeout { get; init; }

    /// <summary>What filters read below <c>route_metadata</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public required JsonValue Place { get; init; }
}

/// <summary>Where requests go to. Immutable.</summary>
internal sealed record ClusterConfiguration
{
    public required IReadOnlyList<Uri> Destinations { get; init; }

    /// <summary>The name of YARP's policy.</summary>
    public string LoadBalancing { get; init; } = "PowerOfTwoChoices";

    /// <summary>Whether HTTP/2 is spoken without asking first.</summary>
    public bool Http2 { get; init; }

    public IReadOnlyList<string> Filters { get; init; } = [];

    public required JsonValue Place { get; init; }
}
