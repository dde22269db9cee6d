using System.Security.Cryptography.X509Certificates;
using Coffer.Edge.Filters;
using Coffer.ProxyWasm;
using Coffer.Server.Proxy.Configuration;
using Yarp.ReverseProxy.Configuration;
using RouteConfig = Yarp.ReverseProxy.Configuration.RouteConfig;

namespace Coffer.Server.Proxy;

/// <summary>All that requests look up, made for one configuration. Immutable.</summary>
internal sealed class ProxyState
{
    private readonly Dictionary<string, IReadOnlyList<FilterSlot>> listeners, routes, clusters;

    public ProxyState(ProxyConfiguration configuration, FilterSet filters, IReadOnlyDictionary<string, X509Certificate2> certificates)
    {
        Configuration = configuration;
        Certificates = certificates;
        listeners = configuration.Listeners.ToDictionary(item => item.Name, item => Chain(filters, item.Filters));
        routes = configuration.Routes.ToDictionary(item => item.Name, item => Chain(filters, item.Filters));
        clusters = configuration.Clusters.ToDictionary(item => item.Key, item => Chain(filters, item.Value.Filters));
        RoutesByName = configuration.Routes.ToDictionary(item => item.Name);
    }

    public ProxyConfiguration Configuration { get; }

    /// <summary>The certificates of listeners by their names.</summary>
    public IReadOnlyDictionary<string, X509Certificate2> Certificates { get; }

    public IReadOnlyDictionary<string, RouteConfiguration> RoutesByName { get; }

    public IReadOnlyList<FilterSlot> OfListener(string name) => listeners.GetValueOrDefault(name, []);

    public IReadOnlyList<FilterSlot> OfRoute(string name) => routes.GetValueOrDefault(name, []);

    public IReadOnlyList<FilterSlot> OfCluster(string name) => clusters.GetValueOrDefault(name, []);

    /// <summary>The routes as YARP takes them. They are tried in the order in which they are written.</summary>
    public static IReadOnlyList<RouteConfig> YarpRoutes(ProxyConfiguration configuration) => [.. configuration.Routes.Select((route, index) => new RouteConfig
    {
        RouteId = route.Name,
        ClusterId = route.Cluster,
        Order = index,
        Timeout = route.Timeout,
        Match = new RouteMatch
        {
            Path = route.Path,
            Hosts = route.Hosts.Count == 0 ? null : route.Hosts,
            Methods = route.Methods.Count == 0 ? null : route.Methods,
        },
        // What the client asked for goes to the upstream, as in other proxies for filters.
        Transforms = [new Dictionary<string, string> { ["RequestHeaderOriginalHost"] = "true" }],
    })];

    /// <summary>The clusters as YARP takes them.</summary>
    public static IReadOnlyList<ClusterConfig> YarpClusters(ProxyConfiguration configuration) => [.. configuration.Clusters.Select(pair => new ClusterConfig
    {
        ClusterId = pair.Key,
        LoadBalancingPolicy = pair.Value.LoadBalancing,
        HttpRequest = pair.Value.Http2
            ? new Yarp.ReverseProxy.Forwarder.ForwarderRequestConfig { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact }
            : null,
        Destinations = pair.Value.Destinations
            .Select((address, index) => (Key: $"{index}", Value: new DestinationConfig { Address = address.ToString() }))
            .ToDictionary(item => item.Key, item => item.Value),
    })];

    private static IReadOnlyList<FilterSlot> Chain(FilterSet filters, IReadOnlyList<string> names) => [.. names.Select(name => filters[name])];
}
