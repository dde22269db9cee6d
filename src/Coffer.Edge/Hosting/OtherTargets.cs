using Coffer.Edge.Ambient;
using Coffer.Edge.Configuration;
using Coffer.Edge.Filters;
using Coffer.Edge.Routing;
using Coffer.Edge.Static;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.Shared;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Coffer.Edge.Hosting;

/// <summary>
/// What serves requests beside apps, and what stands before any of them: folders, other servers, filters. A new configuration is
/// prepared beside the old one.
/// </summary>
internal sealed class OtherTargets : IAsyncDisposable
{
    private readonly ServerFiles files;
    private readonly FilterMetrics metrics = new();
    private readonly FilterSet filters;
    private readonly HttpMessageInvoker client = ProxyTarget.CreateClient();
    private readonly ServiceProvider services;
    private readonly FolderEnvironment environment = new();
    private readonly Dictionary<StaticConfiguration, StaticTarget> tried = [];
    private List<StaticTarget> folders = [], replaced = [];
    private FilterSet.Prepared? prepared;

    public OtherTargets(ServerFiles files, ILoggerProvider logging)
    {
        this.files = files;
        filters = new FilterSet(files, new FilterModules(), new FilterHost
        {
            Logger = logging.CreateLogger("coffer.filters"),
            Metrics = metrics,
            ForeignFunctions = BuiltInFunctions.All,
        });
        services = new ServiceCollection()
            .AddLogging(builder => builder.AddProvider(logging).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning))
            .AddHttpForwarder()
            .BuildServiceProvider();
    }

    /// <summary>Starts what is new or has changed.</summary>
    /// <exception cref="ConfigurationException">Something cannot be used; nothing has changed.</exception>
    public async Task PrepareAsync(EdgeConfiguration configuration)
    {
        foreach (var folder in configuration.Static)
        {
            try
            {
                tried[folder] = new StaticTarget(folder, files.PathOf(folder.Folder), environment, services.GetRequiredService<ILoggerFactory>());
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw folder.Place.Error($"the folder cannot be served: {exception.Message}");
            }
        }

        prepared = await filters.PrepareAsync(configuration.Filters).ConfigureAwait(false);
    }

    /// <summary>The routes to folders and other servers.</summary>
    public IEnumerable<Route> RoutesOf(EdgeConfiguration configuration)
    {
        var forwarder = services.GetRequiredService<IHttpForwarder>();
        foreach (var folder in configuration.Static)
        {
            foreach (var route in folder.Routes) yield return route.With(Filtered(folder.Filters, tried[folder]));
        }

        foreach (var proxy in configuration.Proxy)
        {
            foreach (var route in proxy.Routes) yield return route.With(Filtered(proxy.Filters, new ProxyTarget(proxy, forwarder, client)));
        }
    }

    /// <summary>A target behind filters. Before what was prepared is in place, its new filters are not there yet.</summary>
    public RouteTarget Filtered(IReadOnlyList<string> names, RouteTarget target) =>
        names.Count == 0 || names.Any(name => !filters.Has(name)) ? target : new FilteredTarget([.. names.Select(name => filters[name])], target);

    /// <summary>Puts the filters in place.</summary>
    public async Task CommitAsync()
    {
        await filters.CommitAsync(prepared!).ConfigureAwait(false);
        prepared = null;
        replaced = folders;
        folders = [.. tried.Values];
    }

    /// <summary>Ends what no request can find any more.</summary>
    public async Task DropReplacedAsync()
    {
        tried.Clear();
        foreach (var folder in replaced) folder.Dispose();
        replaced = [];
        await filters.DropRemovedAsync().ConfigureAwait(false);
    }

    /// <summary>Ends what was prepared, when it is not used.</summary>
    public async Task DiscardAsync()
    {
        foreach (var folder in tried.Values) folder.Dispose();
        tried.Clear();
        if (prepared is not null) await prepared.DisposeAsync().ConfigureAwait(false);
        prepared = null;
    }

    public async ValueTask DisposeAsync()
    {
        await DiscardAsync().ConfigureAwait(false);
        foreach (var folder in folders) folder.Dispose();
        await filters.DisposeAsync().ConfigureAwait(false);
        metrics.Dispose();
        client.Dispose();
        await services.DisposeAsync().ConfigureAwait(false);
    }

    // What the server of static files asks for and does not use, since it is given its files.
    private sealed class FolderEnvironment : IWebHostEnvironment
    {
        public string WebRootPath { get; set; } = "";

        public IFileProvider WebRootFileProvider { get; set; } = new NullFileProvider();

        public string ApplicationName { get; set; } = "coffer";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();

        public string ContentRootPath { get; set; } = "";

        public string EnvironmentName { get; set; } = "Production";
    }
}
