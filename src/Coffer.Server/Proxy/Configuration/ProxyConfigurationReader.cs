using System.Net;
using System.Text;
using Coffer.Edge.Configuration;
using Coffer.Edge.Filters;
using Coffer.Plugins.Versions;
using Coffer.ProxyWasm;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Proxy.Configuration;

/// <summary>Reads the file of a proxy. Whatever is wrong with it is an error with its place; nothing is passed over.</summary>
internal static class ProxyConfigurationReader
{
    private static readonly string[] Balancing = ["roundRobin", "leastRequests", "random", "powerOfTwoChoices", "first"];
    private static readonly string[] BalancingPolicies = ["RoundRobin", "LeastRequests", "Random", "PowerOfTwoChoices", "FirstAlphabetical"];

    /// <exception cref="ConfigurationException">It is no configuration of a proxy.</exception>
    public static ProxyConfiguration Read(byte[] content, string name)
    {
        var root = JsonText.Read(content, name)
            .Only("$schema", "listeners", "routes", "clusters", "filters", "admin", "accessLog", "properties");
        var configuration = new ProxyConfiguration
        {
            Listeners = [.. root.Require("listeners").Items.Select((item, index) => ReadListener(item, index))],
            Routes = [.. (root["routes"]?.Items ?? []).Select((item, index) => ReadRoute(item, index))],
            Clusters = Named(root["clusters"], ReadCluster),
            Filters = Named(root["filters"], (value, key) => FilterConfigurationReader.Read(value, key)),
            Admin = root["admin"] is { } admin ? ReadAdmin(admin) : null,
            AccessLog = root["accessLog"]?.Text,
            Properties = Texts(root["properties"]),
        };
        Check(configuration, root);
        return configuration;
    }

    private static ListenerConfiguration ReadListener(JsonValue value, int index)
    {
        value.Only("name", "address", "protocols", "tls", "tcp", "filters");
        var listener = new ListenerConfiguration
        {
            Name = value["name"]?.Text ?? $"listener{index}",
            Address = ReadEndPoint(value.Require("address")),
            Protocols = value["protocols"]?.Word("http1+2", "http1", "http2") switch
            {
                1 => HttpProtocols.Http1,
                2 => HttpProtocols.Http2,
                _ => HttpProtocols.Http1AndHttp2,
            },
            Tls = value["tls"] is { } tls ? ReadTls(tls) : null,
            Tcp = value["tcp"]?.Text,
            Filters = Names(value["filters"]),
            Place = value,
        };
        // Without TLS nothing says which of the two is spoken.
        return listener is { Tls: null, Protocols: HttpProtocols.Http1AndHttp2 } ? listener with { Protocols = HttpProtocols.Http1 } : listener;
    }

    private static ListenerConfiguration ReadAdmin(JsonValue value)
    {
        value.Only("address");
        return new ListenerConfiguration { Name = "admin", IsAdmin = true, Address = ReadEndPoint(value.Require("address")), Protocols = HttpProtocols.Http1, Place = value };
    }

    private static TlsConfiguration ReadTls(JsonValue value)
    {
        value.Only("certificate", "key");
        return new TlsConfiguration(value.Require("certificate").Text, value.Require("key").Text, value);
    }

    private static RouteConfiguration ReadRoute(JsonValue value, int index)
    {
        value.Only("name", "hosts", "path", "prefix", "methods", "cluster", "filters", "timeout", "metadata");
        if (value["path"] is not null && value["prefix"] is not null) throw value.Error("\"path\" and \"prefix\" exclude each other");
        return new RouteConfiguration
        {
            Name = value["name"]?.Text ?? $"route{index}",
            Hosts = Names(value["hosts"]),
            Path = value["path"]?.Text ?? ReadPrefix(value["prefix"]),
            Methods = Names(value["methods"]),
            Cluster = value.Require("cluster").Text,
            Filters = Names(value["filters"]),
            Timeout = value["timeout"]?.Duration,
            Metadata = Texts(value["metadata"]),
            Place = value,
        };
    }

    private static string ReadPrefix(JsonValue? value)
    {
        if (value is null) return "{**rest}";
        var prefix = value.Text;
        if (prefix is not ['/', ..] || prefix.Contains('{')) throw value.Error("a prefix begins with / and has no patterns");
        return prefix.TrimEnd('/') + "/{**rest}";
    }

    private static ClusterConfiguration ReadCluster(JsonValue value, string name)
    {
        value.Only("destinations", "loadBalancing", "http2", "filters");
        var destinations = value.Require("destinations").Items.Select(item => item.Address).ToList();
        if (destinations.Count == 0) throw value.Error("a cluster has at least one destination");
        return new ClusterConfiguration
        {
            Destinations = destinations,
            LoadBalancing = value["loadBalancing"] is { } policy ? BalancingPolicies[policy.Word(Balancing)] : BalancingPolicies[3],
            Http2 = value["http2"]?.Flag ?? false,
            Filters = Names(value["filters"]),
            Place = value,
        };
    }

    private static void Check(ProxyConfiguration configuration, JsonValue root)
    {
        if (configuration.Listeners.Count == 0) throw root.Error("there is no listener");
        foreach (var listener in configuration.Listeners)
        {
            RequireFilters(configuration, listener.Filters, listener.Place);
            if (listener.Tcp is { } cluster) RequireCluster(configuration, cluster, listener.Place);
        }

        foreach (var route in configuration.Routes)
        {
            RequireFilters(configuration, route.Filters, route.Place);
            RequireCluster(configuration, route.Cluster, route.Place);
            if (configuration.Routes.Any(other => other != route && other.Name == route.Name)) throw route.Place.Error($"there are two routes \"{route.Name}\"");
        }

        foreach (var cluster in configuration.Clusters.Values) RequireFilters(configuration, cluster.Filters, cluster.Place);
        foreach (var filter in configuration.Filters.Values)
        {
            foreach (var upstream in filter.Options.Upstreams!) RequireCluster(configuration, upstream, filter.Place);
        }
    }

    private static void RequireFilters(ProxyConfiguration configuration, IReadOnlyList<string> names, JsonValue place)
    {
        foreach (var name in names)
        {
            if (!configuration.Filters.ContainsKey(name)) throw place.Error($"there is no filter \"{name}\"; there are {List(configuration.Filters.Keys)}");
        }
    }

    private static void RequireCluster(ProxyConfiguration configuration, string name, JsonValue place)
    {
        if (!configuration.Clusters.ContainsKey(name)) throw place.Error($"there is no cluster \"{name}\"; there are {List(configuration.Clusters.Keys)}");
    }

    private static string List(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";

    private static IPEndPoint ReadEndPoint(JsonValue value) =>
        IPEndPoint.TryParse(value.Text, out var end) && value.Text.Contains(':', StringComparison.Ordinal)
            ? end
            : throw value.Error("this is an address and a port: 127.0.0.1:8080, [::]:8080");

    private static Dictionary<string, T> Named<T>(JsonValue? value, Func<JsonValue, string, T> read) =>
        (value?.Members ?? []).ToDictionary(member => member.Name, member => read(member.Value, member.Name));

    private static string[] Names(JsonValue? value) => [.. (value?.Items ?? []).Select(item => item.Text)];

    internal static Dictionary<string, string> Texts(JsonValue? value) =>
        (value?.Members ?? []).ToDictionary(member => member.Name, member => member.Value.Text);
}
