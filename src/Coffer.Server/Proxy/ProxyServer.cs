using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.Edge.Ambient;
using Coffer.Edge.Configuration;
using Coffer.Edge.Filters;
using Coffer.Edge.Hosting;
using Coffer.Edge.Routing;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.AspNetCore;
using Coffer.ProxyWasm.Calls;
using Coffer.ProxyWasm.Shared;
using Coffer.Server.Proxy.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;

namespace Coffer.Server.Proxy;

/// <summary>
/// A reverse proxy by a configuration, which can be exchanged while it runs. A configuration that does not work as a whole
/// changes nothing.
/// </summary>
internal sealed partial class ProxyServer : IAsyncDisposable
{
    private readonly ServerFiles files;
    private readonly ILogger logger;
    private readonly FilterMetrics metrics = new();
    private readonly HttpUpstreamCaller upstreams;
    private readonly FilterSet filters;
    private readonly AccessLog accessLog;
    private readonly InMemoryConfigProvider yarp = new([], []);
    private readonly SemaphoreSlim reloading = new(1, 1);
    private readonly HostProperties properties;
    private WebApplication? app;
    private ProxyState state = null!;

    // Those of the configuration that counts, and of one that is being tried: its filters may call while they start.
    private volatile Destinations? destinations, tried;

    public ProxyServer(ServerFiles files, FilterModules modules, ILoggerProvider logging, Stream output)
    {
        this.files = files;
        Logging = logging;
        logger = logging.CreateLogger("coffer.proxy");
        upstreams = new HttpUpstreamCaller(name => tried?.Of(name) ?? destinations?.Of(name));
        filters = new FilterSet(files, modules, new FilterHost
        {
            Logger = logger,
            Metrics = metrics,
            Upstreams = upstreams,
            ForeignFunctions = BuiltInFunctions.All,
        });
        accessLog = new AccessLog(files, output);
        properties = new HostProperties { OfRequest = FindProperty };
    }

    private ILoggerProvider Logging { get; }

    /// <summary>The filters.</summary>
    public FilterSet Filters => filters;

    /// <summary>The metrics of the filters.</summary>
    public FilterMetrics Metrics => metrics;

    /// <summary>The addresses that it listens at, in the order of the listeners; the one of administration last.</summary>
    public IReadOnlyList<string> Addresses => [.. app!.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];

    /// <summary>Reads the configuration and listens.</summary>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var configuration = ProxyConfigurationReader.Read(files.Read(files.Configuration), Path.GetFileName(files.Configuration));
        var certificates = ReadCertificates(configuration);
        destinations = new Destinations(configuration.Clusters);
        await filters.CommitAsync(await filters.PrepareAsync(configuration.Filters, find => RequireFiltersForTcp(configuration, find)).ConfigureAwait(false)).ConfigureAwait(false);
        state = new ProxyState(configuration, filters, certificates);
        accessLog.Use(configuration.AccessLog);
        app = Build(configuration);
        await ValidateAsync(configuration).ConfigureAwait(false);
        yarp.Update(ProxyState.YarpRoutes(configuration), ProxyState.YarpClusters(configuration));
        await app.StartAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Starts and ends what the configuration names, and listens nowhere.</summary>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    public async Task CheckAsync()
    {
        var configuration = ProxyConfigurationReader.Read(files.Read(files.Configuration), Path.GetFileName(files.Configuration));
        ReadCertificates(configuration);
        destinations = new Destinations(configuration.Clusters);
        await (await filters.PrepareAsync(configuration.Filters, find => RequireFiltersForTcp(configuration, find)).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        app = Build(configuration);
        await ValidateAsync(configuration).ConfigureAwait(false);
    }

    /// <summary>Reads the configuration again and goes over to it.</summary>
    /// <exception cref="ConfigurationException">It cannot be used; nothing has changed.</exception>
    public async Task ReloadAsync()
    {
        await reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            var configuration = ProxyConfigurationReader.Read(files.Read(files.Configuration), Path.GetFileName(files.Configuration));
            RequireSameListeners(configuration);
            var certificates = ReadCertificates(configuration);
            await ValidateAsync(configuration).ConfigureAwait(false);
            tried = new Destinations(configuration.Clusters);
            var prepared = await filters.PrepareAsync(configuration.Filters, find => RequireFiltersForTcp(configuration, find)).ConfigureAwait(false);
            destinations = tried;
            await filters.CommitAsync(prepared).ConfigureAwait(false);
            Volatile.Write(ref state, new ProxyState(configuration, filters, certificates));
            accessLog.Use(configuration.AccessLog);
            yarp.Update(ProxyState.YarpRoutes(configuration), ProxyState.YarpClusters(configuration));
            await filters.DropRemovedAsync().ConfigureAwait(false);
        }
        finally
        {
            tried = null;
            reloading.Release();
        }
    }

    /// <summary>All files that it depends on now.</summary>
    public IEnumerable<string> Files
    {
        get
        {
            var now = Volatile.Read(ref state).Configuration;
            return
            [
                files.Configuration,
                .. now.Filters.Values.Select(filter => filter.Module),
                .. now.Listeners.SelectMany(listener => listener.Tls is { } tls ? new[] { tls.Certificate, tls.Key } : []),
            ];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync().ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }

        await filters.DisposeAsync().ConfigureAwait(false);
        await accessLog.DisposeAsync().ConfigureAwait(false);
        upstreams.Dispose();
        metrics.Dispose();
        reloading.Dispose();
    }

    private WebApplication Build(ProxyConfiguration configuration)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(Logging);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Yarp", LogLevel.Warning);
        builder.Services.AddReverseProxy().AddRequestTrailers().AddTransforms(transforms => transforms.AddRequestTransform(static transform =>
        {
            if (RawPath.UrlOf(transform.HttpContext.Request, transform.DestinationPrefix) is { } url) transform.ProxyRequest.RequestUri = url;
            return default;
        }));
        // It is for cookies of session affinity, which there is not; its start makes keys in the user's folder.
        foreach (var service in builder.Services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
        {
            builder.Services.Remove(service);
        }

        builder.Services.AddSingleton<IProxyConfigProvider>(yarp);
        builder.Services.AddRequestTimeouts();
        builder.Services.AddOpenTelemetry().WithMetrics(builder => builder
            .AddMeter(FilterMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Yarp.ReverseProxy")
            .AddPrometheusExporter());
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.RequestHeaderEncodingSelector = LengthEncoding.Of!;
            foreach (var listener in configuration.Listeners) kestrel.Listen(listener.Address, options => Listen(options, listener));
            if (configuration.Admin is { } admin) kestrel.Listen(admin.Address, options => options.Use(next => connection =>
            {
                connection.Features.Set(new ListenerFeature(admin));
                return next(connection);
            }));
        });
        // A connection of a client may need one to a destination.
        builder.BoundConnections(Descriptors.RoomForConnections(2 * (configuration.Listeners.Count + (configuration.Admin is null ? 0 : 1))));
        var built = builder.Build();
        if (configuration.Admin is not null) AdminEndpoints.Map(built, filters);
        built.Use(next => context => accessLog.InvokeAsync(context, next));
        built.UseFilters(context => Volatile.Read(ref state).OfListener(ListenerFeature.Of(context).Name), properties);
        built.UseRouting();
        built.UseRequestTimeouts();
        built.MapReverseProxy(proxy =>
        {
            proxy.UseRouteFilters(name => Volatile.Read(ref state).OfRoute(name), properties);
            proxy.UseSessionAffinity();
            proxy.UseLoadBalancing();
            proxy.UseClusterFilters(name => Volatile.Read(ref state).OfCluster(name), properties);
            proxy.UseUpstreamProperties();
        });
        return built;
    }

    private void Listen(ListenOptions options, ListenerConfiguration listener)
    {
        options.Protocols = listener.Protocols;
        options.Use(next => connection =>
        {
            connection.Features.Set(new ListenerFeature(listener));
            return next(connection);
        });
        if (listener.Tls is not null)
        {
            options.UseHttps(https => https.ServerCertificateSelector = (_, _) => Volatile.Read(ref state).Certificates[listener.Name]);
        }

        if (listener.Tcp is null) return;
        options.UseFilters(() => Volatile.Read(ref state).OfListener(listener.Name));
        ((IConnectionBuilder)options).Run(connection => TcpForwarder.RunAsync(connection, destinations!.Of(listener.Tcp)!, logger));
    }

    private Dictionary<string, X509Certificate2> ReadCertificates(ProxyConfiguration configuration)
    {
        var certificates = new Dictionary<string, X509Certificate2>();
        foreach (var listener in configuration.Listeners)
        {
            if (listener.Tls is not { } tls) continue;
            try
            {
                certificates[listener.Name] = files.ReadCertificate(tls.Certificate, tls.Key);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw tls.Place.Error($"the certificate cannot be used: {exception.Message}");
            }
        }

        return certificates;
    }

    private static void RequireFiltersForTcp(ProxyConfiguration configuration, Func<string, IFilter> find)
    {
        foreach (var listener in configuration.Listeners)
        {
            if (listener.Tcp is null) continue;
            foreach (var name in listener.Filters)
            {
                if (find(name) is not Filter) throw listener.Place.Error($"\"{name}\" is a handler of http-wasm, and this listener is for TCP");
            }
        }
    }

    private void RequireSameListeners(ProxyConfiguration next)
    {
        var now = state.Configuration;
        if (next.Admin?.Address.Equals(now.Admin?.Address) == false || next.Admin is null != now.Admin is null)
        {
            throw (next.Admin?.Place ?? next.Listeners[0].Place).Error("where administration listens changes with a restart only");
        }

        foreach (var listener in next.Listeners)
        {
            var old = now.Listeners.FirstOrDefault(other => other.Name == listener.Name);
            if (old is null || !old.Address.Equals(listener.Address) || old.Protocols != listener.Protocols || old.Tcp != listener.Tcp || old.Tls is null != listener.Tls is null)
            {
                throw listener.Place.Error("where and how the proxy listens changes with a restart only");
            }
        }

        if (next.Listeners.Count != now.Listeners.Count) throw next.Listeners[0].Place.Error("a listener goes with a restart only");
    }

    private async Task ValidateAsync(ProxyConfiguration configuration)
    {
        var validator = app!.Services.GetRequiredService<IConfigValidator>();
        foreach (var (route, yarpRoute) in configuration.Routes.Zip(ProxyState.YarpRoutes(configuration)))
        {
            var errors = await validator.ValidateRouteAsync(yarpRoute).ConfigureAwait(false);
            if (errors.Count > 0) throw route.Place.Error(errors[0].Message);
        }
    }

    private string? FindProperty(HttpContext context, string path)
    {
        const string Metadata = "route_metadata.";
        var now = Volatile.Read(ref state);
        if (now.Configuration.Properties.TryGetValue(path, out var value)) return value;
        var route = context.Features.Get<Yarp.ReverseProxy.Model.IReverseProxyFeature>()?.Route.Config.RouteId;
        if (path == "listener_name") return ListenerFeature.Of(context).Name;
        if (route is null || !now.RoutesByName.TryGetValue(route, out var found)) return null;
        return path switch
        {
            "route_name" or "xds.route_name" => found.Name,
            "cluster_name" or "xds.cluster_name" => found.Cluster,
            _ => path.StartsWith(Metadata, StringComparison.Ordinal) ? found.Metadata.GetValueOrDefault(path[Metadata.Length..]) : null,
        };
    }
}
