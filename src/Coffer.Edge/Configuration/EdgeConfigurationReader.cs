using System.Net;
using System.Net.Quic;
using Coffer.Capabilities.Grants;
using Coffer.Edge.Admin;
using Coffer.Edge.Apps;
using Coffer.Edge.Filters;
using Coffer.Edge.Limits;
using Coffer.Edge.Routing;
using Coffer.Edge.Stores;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Coffer.Edge.Configuration;

/// <summary>Reads the file of a server. Whatever is wrong with it is an error with its place; nothing is passed over.</summary>
internal static class EdgeConfigurationReader
{
    /// <exception cref="ConfigurationException">It is no configuration of a server.</exception>
    public static EdgeConfiguration Read(byte[] content, string name, string folder)
    {
        var root = JsonText.Read(content, name).Only("$schema", "listeners", "admin", "stores", "monitor", "apps", "static", "proxy", "filters", "limits", "accessLog", "collector", "idleTime", "drainTime");
        var standard = new EdgeConfiguration();
        var configuration = new EdgeConfiguration
        {
            Listeners = [.. (root["listeners"]?.Items ?? []).Select(ReadListener)],
            Admin = root["admin"] is { } admin ? ReadAdmin(admin) : null,
            Stores = root["stores"] is { } stores ? StoresConfiguration.Read(stores) : null,
            Apps = (root["apps"]?.Members ?? []).ToDictionary(member => member.Name, member => ReadApp(member.Name, member.Value, folder)),
            Monitor = root["monitor"] is { } monitor ? ReadMonitor(monitor) : null,
            Static = [.. (root["static"]?.Items ?? []).Select(ReadStatic)],
            Proxy = [.. (root["proxy"]?.Items ?? []).Select(ReadProxy)],
            Filters = (root["filters"]?.Members ?? []).ToDictionary(member => member.Name, member => FilterConfigurationReader.Read(member.Value, member.Name)),
            Runtime = root["limits"] is { } limits ? ReadRuntime(limits) : standard.Runtime,
            AccessLog = root["accessLog"]?.Text,
            Collector = root["collector"]?.Address,
            IdleTime = root["idleTime"]?.Duration is { } idle && idle >= TimeSpan.FromSeconds(1) ? idle : standard.IdleTime,
            DrainTime = root["drainTime"]?.Duration ?? standard.DrainTime,
        };
        foreach (var app in configuration.Apps.Values) RequireFilters(configuration, app.Filters, app.Place!);
        foreach (var files in configuration.Static) RequireFilters(configuration, files.Filters, files.Place);
        foreach (var proxy in configuration.Proxy) RequireFilters(configuration, proxy.Filters, proxy.Place);
        return configuration;
    }

    private static void RequireFilters(EdgeConfiguration configuration, IReadOnlyList<string> names, JsonValue place)
    {
        foreach (var name in names)
        {
            if (configuration.Filters.ContainsKey(name)) continue;
            var known = string.Join(", ", configuration.Filters.Keys) is { Length: > 0 } list ? list : "none";
            throw place.Error($"there is no filter \"{name}\"; there are {known}");
        }
    }

    private static EdgeListener ReadMonitor(JsonValue value)
    {
        value.Only("address");
        return new EdgeListener { Address = ReadText(value.Require("address"), ReadEndPoint), Place = value };
    }

    private static StaticConfiguration ReadStatic(JsonValue value)
    {
        value.Only("routes", "folder", "index", "maxAge", "filters");
        return new StaticConfiguration
        {
            Routes = ReadRoutes(value.Require("routes")),
            Folder = value.Require("folder").Text,
            Index = value["index"]?.Text ?? "index.html",
            MaximumAge = value["maxAge"]?.Duration,
            Filters = ReadNames(value["filters"]),
            Place = value,
        };
    }

    private static ProxyRouteConfiguration ReadProxy(JsonValue value)
    {
        value.Only("routes", "to", "timeout", "stripPrefix", "filters");
        return new ProxyRouteConfiguration
        {
            Routes = ReadRoutes(value.Require("routes")),
            To = value.Require("to").Address,
            Timeout = value["timeout"]?.Duration ?? TimeSpan.FromSeconds(100),
            StripsPrefix = value["stripPrefix"]?.Flag ?? false,
            Filters = ReadNames(value["filters"]),
            Place = value,
        };
    }

    private static string[] ReadNames(JsonValue? value) => [.. (value?.Items ?? []).Select(item => item.Text)];

    /// <summary>Reads an address and a port.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static IPEndPoint ReadEndPoint(string text)
    {
        const string Localhost = "localhost:";
        if (text.StartsWith(Localhost, StringComparison.Ordinal)) text = $"127.0.0.1:{text[Localhost.Length..]}";
        return IPEndPoint.TryParse(text, out var end) && text.LastIndexOf(':') > text.LastIndexOf(']')
            ? end
            : throw new FormatException($"\"{text}\" is no address and port: 127.0.0.1:8080, [::]:8080, localhost:8080");
    }

    private static EdgeListener ReadListener(JsonValue value)
    {
        value.Only("address", "protocols", "tls");
        var tls = value["tls"]?.Only("certificate", "key");
        var protocols = value["protocols"]?.Word("http1+2", "http1", "http2", "http1+2+3") switch
        {
            1 => HttpProtocols.Http1,
            2 => HttpProtocols.Http2,
            3 => HttpProtocols.Http1AndHttp2AndHttp3,
            // Without TLS nothing says which of the two is spoken.
            _ => tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2,
        };
        if (protocols.HasFlag(HttpProtocols.Http3))
        {
            if (tls is null) throw value.Error("HTTP/3 needs \"tls\"");
            if (!QuicListener.IsSupported) throw value.Error("HTTP/3 needs QUIC, which this system does not have: install libmsquic, or leave out \"+3\"");
        }

        return new EdgeListener
        {
            Address = ReadText(value.Require("address"), ReadEndPoint),
            Protocols = protocols,
            Tls = tls is null ? null : (tls.Require("certificate").Text, tls.Require("key").Text),
            Place = value,
        };
    }

    private static AdminConfiguration ReadAdmin(JsonValue value)
    {
        value.Only("address", "tls", "token", "hosts", "state", "uploadBytes");
        var tls = value["tls"]?.Only("certificate", "key");
        var token = value.Require("token").Only("file", "variable");
        if (token["file"] is null == token["variable"] is null) throw token.Error("the token of administration is in a \"file\" or in a \"variable\" of the environment");
        var address = ReadText(value.Require("address"), ReadEndPoint);
        if (tls is null && !IPAddress.IsLoopback(address.Address)) throw value.Error("beyond this machine, administration needs \"tls\": its token would be readable on the way");
        return new AdminConfiguration
        {
            Listener = new EdgeListener
            {
                Address = address,
                Tls = tls is null ? null : (tls.Require("certificate").Text, tls.Require("key").Text),
                Place = value,
            },
            TokenFile = token["file"]?.Text,
            TokenVariable = token["variable"]?.Text,
            Hosts = [.. (value["hosts"]?.Items ?? []).Select(host => host.Text)],
            State = value["state"]?.Text,
            UploadBytes = value["uploadBytes"]?.Bytes ?? 256 << 20,
        };
    }

    private static RuntimeOptions ReadRuntime(JsonValue value)
    {
        value.Only("concurrency", "stack");
        var standard = new RuntimeOptions();
        return standard with
        {
            Concurrency = value["concurrency"]?.Number(1, 100_000) ?? standard.Concurrency,
            StackBytes = value["stack"] is { } stack ? (int)Math.Clamp(stack.Bytes, 512 << 10, 1 << 30) : standard.StackBytes,
        };
    }

    /// <summary>What is said of how the requests of an app are served.</summary>
    public static IReadOnlyList<string> AppOptionWords { get; } = ["arguments", "environment", "grants", "quotas", "limits", "warm", "requestsPerInstance", "fastlyManifest"];

    /// <summary>Reads how the requests of an app are served.</summary>
    /// <param name="value">The object with the <see cref="AppOptionWords"/>.</param>
    /// <param name="folder">The folder from which relative paths in grants start; null for where the process is.</param>
    /// <exception cref="ConfigurationException">Something of it cannot be used.</exception>
    public static AppOptions ReadAppOptions(JsonValue value, string? folder) => new()
    {
        Capabilities = AppOptions.WithStandard(ReadGrants(value)),
        Quotas = ReadSection(value["quotas"], Capabilities.Quotas.Default, Capabilities.Quotas.Syntax),
        Limits = ReadSection(value["limits"], RequestLimits.Default, RequestLimits.Syntax),
        HostFolder = folder,
        FastlyManifest = value["fastlyManifest"]?.Text,
        Warm = value["warm"]?.Number(0, 1) ?? 1,
        RequestsPerInstance = value["requestsPerInstance"]?.Number(1, int.MaxValue) ?? 1,
    };

    /// <summary>Reads a list of routes.</summary>
    /// <exception cref="ConfigurationException">One is none.</exception>
    public static IReadOnlyList<EdgeRoute> ReadRoutes(JsonValue value) => [.. value.Items.Select(ReadRoute)];

    private static AppConfiguration ReadApp(string name, JsonValue value, string folder)
    {
        value.Only(["module", "routes", "filters", .. AppOptionWords]);
        if (!AppNames.IsOne(name)) throw value.Error(AppNames.Rule);
        return new AppConfiguration
        {
            Module = value.Require("module").Text,
            Routes = value["routes"] is { } routes ? ReadRoutes(routes) : [],
            Filters = ReadNames(value["filters"]),
            Options = ReadAppOptions(value, folder),
            Place = value,
        };
    }

    private static EdgeRoute ReadRoute(JsonValue value)
    {
        if (value.IsString) return Checked(new EdgeRoute(value.Text, false, [], value));
        value.Only("route", "exact", "methods");
        return Checked(new EdgeRoute(
            value.Require("route").Text,
            value["exact"]?.Flag ?? false,
            [.. (value["methods"]?.Items ?? []).Select(method => method.Text.ToUpperInvariant())],
            value));
    }

    private static EdgeRoute Checked(EdgeRoute route)
    {
        ReadText(route.Place!, _ => Route.Parse(route.Text, null!), route.Text);
        return route;
    }

    private static List<Grant> ReadGrants(JsonValue app)
    {
        var granted = new List<Grant>();
        foreach (var argument in app["arguments"]?.Items ?? []) granted.Add(ReadText(argument, text => new ArgumentGrant(text)));
        foreach (var (name, value) in app["environment"]?.Members ?? []) granted.Add(ReadText(value, text => EnvironmentGrant.Parse($"{name}={text}")));
        foreach (var (key, list) in app["grants"]?.Members ?? [])
        {
            var syntax = GrantSyntax.All.FirstOrDefault(row => row.ManifestKey == key)
                ?? throw list.Error($"there is no \"{key}\" here; there are {string.Join(", ", GrantSyntax.All.Select(row => row.ManifestKey))}");
            foreach (var item in list.Items) granted.Add(ReadText(item, syntax.Parse));
        }

        try
        {
            _ = new Capabilities.CapabilitySet(granted);
            return granted;
        }
        catch (ArgumentException exception)
        {
            throw (app["grants"] ?? app).Error(exception.Message);
        }
    }

    private static T ReadSection<T>(JsonValue? section, T standard, IReadOnlyList<Capabilities.Manifests.SettingSyntax<T>> rows)
    {
        if (section is null) return standard;
        section.Only([.. rows.Select(row => row.ManifestKey)]);
        foreach (var row in rows)
        {
            if (section[row.ManifestKey] is { } value) standard = ReadText(value, text => row.Read(standard, text), value.AsSetting(row.Shape));
        }

        return standard;
    }

    private static T ReadText<T>(JsonValue value, Func<string, T> read, string? text = null)
    {
        try
        {
            return read(text ?? value.Text);
        }
        catch (FormatException exception)
        {
            throw value.Error(exception.Message);
        }
    }
}
