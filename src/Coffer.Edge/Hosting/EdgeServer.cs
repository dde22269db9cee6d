using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.Edge.Admin;
using Coffer.Edge.Ambient;
using Coffer.Edge.Apps;
using Coffer.Edge.Configuration;
using Coffer.Edge.Guests;
using Coffer.Edge.Routing;
using Coffer.Edge.Telemetry;
using Coffer.Native;
using Coffer.Plugins.Versions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Hosting;

/// <summary>
/// An HTTP server whose handlers are WebAssembly modules, by a configuration that can be exchanged while it runs. One that does
/// not work as a whole changes nothing.
/// </summary>
internal sealed class EdgeServer : IAsyncDisposable
{
    /// <summary>Whose routes the configuration's are.</summary>
    public const string ConfigurationSource = "configuration";

    private readonly ServerFiles files;
    private readonly Func<EdgeConfiguration> read;
    private readonly NativeOptions? native;
    private readonly Stream output;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim reloading = new(1, 1);
    private readonly MonitorEndpoints health = new();
    private readonly LogHub logging;
    private EdgeMeter? meter;
    private IdleApps? idle;
    private OtherTargets? others;
    private WebApplication? app;
    private EdgeConfiguration configuration = new();
    private Dictionary<JsonValue, X509Certificate2> certificates = [];

    /// <param name="files">The files that a configuration names.</param>
    /// <param name="read">Reads the configuration, each time anew; throws <see cref="ConfigurationException"/>.</param>
    /// <param name="logging">Where messages go.</param>
    /// <param name="native">How native code is made and kept; null for none.</param>
    /// <param name="output">Standard output, for the log of requests.</param>
    /// <param name="time">The time; null for the system's. What lasts is measured by its monotonic part, its wall clock is shown and written down.</param>
    public EdgeServer(ServerFiles files, Func<EdgeConfiguration> read, ILoggerProvider logging, NativeOptions? native, Stream output, TimeProvider? time = null)
    {
        this.output = output;
        this.time = time ?? TimeProvider.System;
        this.files = files;
        this.read = read;
        this.logging = new LogHub(logging, this.time);
        this.native = native;
        Apps = new AppRegistry(this.logging.CreateLogger);
    }

    /// <summary>The apps.</summary>
    public AppRegistry Apps { get; }

    /// <summary>The routes.</summary>
    public RouteBook Routes { get; } = new();

    /// <summary>What apps use together; there once the server is started.</summary>
    public AppRuntime Runtime { get; private set; } = null!;

    /// <summary>What can be administered; there once the server is started.</summary>
    public Administration Administration { get; private set; } = null!;

    /// <summary>The configuration that counts.</summary>
    public EdgeConfiguration Configuration => Volatile.Read(ref configuration);

    /// <summary>The addresses that it listens at, in the order of the listeners; the one of monitoring last.</summary>
    public IReadOnlyList<string> Addresses => [.. app!.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];

    /// <summary>All files that it depends on now.</summary>
    public IEnumerable<string> Files =>
    [
        files.Configuration,
        .. Configuration.Apps.Values.Select(app => app.Module),
        .. Configuration.Filters.Values.Select(filter => filter.Module),
        .. Configuration.Listeners.SelectMany(listener => listener.Tls is { } tls ? new[] { tls.Certificate, tls.Key } : []),
    ];

    /// <summary>Reads the configuration and listens.</summary>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var reserving = Task.Run(Descriptors.Reserve, CancellationToken.None);
        await PrepareFirstAsync(isCheck: false).ConfigureAwait(false);
        app = Build();
        await reserving.ConfigureAwait(false);
        // What loading has left is garbage; what stays is old from now on, and is not copied when the first collections come while requests wait.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await app.StartAsync(cancellation).ConfigureAwait(false);
        var tls = Configuration.Admin?.Listener is { Tls: not null, Place: { } place } ? () => Volatile.Read(ref certificates).GetValueOrDefault(place) : (Func<X509Certificate2?>?)null;
        await Administration.ListenAsync(Apps, Runtime, logging, tls, cancellation).ConfigureAwait(false);
        idle = new IdleApps(Apps, Configuration.IdleTime, time);
        health.IsReady = true;
    }

    /// <summary>Compiles what the configuration names, and listens nowhere.</summary>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    public Task CheckAsync() => PrepareFirstAsync(isCheck: true);

    /// <summary>Reads the configuration again and goes over to it.</summary>
    /// <exception cref="ConfigurationException">It cannot be used; nothing has changed.</exception>
    public async Task ReloadAsync()
    {
        await reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            var next = read();
            RequireSameListeners(next);
            var nextCertificates = ReadCertificates(next);
            await CommitAsync(next, nextCertificates, isCheck: false).ConfigureAwait(false);
        }
        finally
        {
            reloading.Release();
        }
    }

    /// <summary>Stops listening, and waits for the requests that are being served as long as the configuration says.</summary>
    public async ValueTask DisposeAsync()
    {
        health.IsReady = false;
        if (idle is not null) await idle.DisposeAsync().ConfigureAwait(false);
        if (Administration is not null) await Administration.CloseAsync().ConfigureAwait(false);
        if (app is not null)
        {
            await app.StopAsync().ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var each in Apps.All.ToList()) Apps.Remove(each.Name);
        if (Administration is not null) await Administration.DisposeAsync().ConfigureAwait(false);
        if (Runtime is not null) await Runtime.DisposeAsync().ConfigureAwait(false);
        if (others is not null) await others.DisposeAsync().ConfigureAwait(false);
        meter?.Dispose();
        reloading.Dispose();
    }

    private async Task PrepareFirstAsync(bool isCheck)
    {
        var first = read();
        Apps.Replacing = new VersionSlotOptions { DrainTime = first.DrainTime, TimeProvider = time };
        // The state is that of a server which runs, perhaps.
        Administration = await Administration.OpenAsync(isCheck ? null : first.Admin, isCheck ? null : first.Stores, files, Apps, time).ConfigureAwait(false);
        var host = Administration.Equip(new GuestHost { Logger = logging.CreateLogger("coffer.edge"), Time = time });
        Runtime = new AppRuntime(host, new AppLoader(host, native), first.Runtime, new LineLog(files, output));
        meter = new EdgeMeter(Apps, Runtime.Admission);
        others = new OtherTargets(files, logging);
        await CommitAsync(first, ReadCertificates(first), isCheck).ConfigureAwait(false);
        Administration.Serve(Apps, Runtime, Routes, logging.CreateLogger("coffer.deployment"));
    }

    // All that may fail comes first.
    private async Task CommitAsync(EdgeConfiguration next, Dictionary<JsonValue, X509Certificate2> nextCertificates, bool isCheck)
    {
        foreach (var (name, app) in next.Apps)
        {
            if (Administration.Deployments?.Has(name) ?? false) throw app.Error($"an app {name} was deployed; remove it there first, or name this one otherwise");
        }

        var versions = new AppSet(files, Apps, Runtime, others!, configuration.Apps);
        await versions.PrepareAsync(next).ConfigureAwait(false);
        try
        {
            versions.CheckRoutes(Routes, next);
            if (!isCheck) await versions.RehearseAsync().ConfigureAwait(false);
        }
        catch
        {
            await versions.DiscardAsync().ConfigureAwait(false);
            throw;
        }

        await versions.CommitAsync(Routes, next).ConfigureAwait(false);
        Volatile.Write(ref certificates, nextCertificates);
        Runtime.Log.Use(next.AccessLog);
        Volatile.Write(ref configuration, next);
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(logging);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // Or it makes an activity of every request, whether anybody listens or not.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // A line for each connection that is refused would fill the disk of a server that is flooded with them.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Error);
        builder.WebHost.UseKestrelHttpsConfiguration();
        // Where systemd has started this, it is told when requests are welcome and when no more.
        builder.Services.AddSystemd();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = configuration.DrainTime);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = LengthEncoding.Of!;
            kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
            foreach (var listener in configuration.Listeners) kestrel.Listen(listener.Address, options => Listen(options, listener));
            if (configuration.Monitor is { } monitor) kestrel.Listen(monitor.Address, options => options.Use(next => connection =>
            {
                connection.Features.Set(MonitorFeature.Instance);
                return next(connection);
            }));
        });
        // Each listener counts for itself.
        builder.BoundConnections(Descriptors.RoomForConnections(configuration.Listeners.Count + (configuration.Monitor is null ? 0 : 1)));
        ServerTelemetry.Add(builder.Services, configuration);
        var built = builder.Build();
        if (configuration.Monitor is not null) health.Map(built);
        built.Run(new RequestPath(Routes, Runtime.Log, time).InvokeAsync);
        return built;
    }

    private void Listen(ListenOptions options, EdgeListener listener)
    {
        options.Protocols = listener.Protocols;
        if (listener.Tls is null) return;
        var address = listener.Address;
        options.UseHttps(https => https.ServerCertificateSelector = (_, _) =>
            Volatile.Read(ref certificates).FirstOrDefault(pair => Configuration.Listeners.Any(one => one.Place == pair.Key && one.Address.Equals(address))).Value);
    }

    private Dictionary<JsonValue, X509Certificate2> ReadCertificates(EdgeConfiguration next)
    {
        var found = new Dictionary<JsonValue, X509Certificate2>();
        foreach (var listener in next.Admin is { } admin ? [.. next.Listeners, admin.Listener] : next.Listeners)
        {
            if (listener is not { Tls: { } tls, Place: { } place }) continue;
            try
            {
                found[place] = files.ReadCertificate(tls.Certificate, tls.Key);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw place.Error($"the certificate cannot be used: {exception.Message}");
            }
        }

        return found;
    }

    private void RequireSameListeners(EdgeConfiguration next)
    {
        var now = configuration.Listeners;
        if (!Equals(next.Admin?.Listener.Address, configuration.Admin?.Listener.Address) || !Equals(next.Monitor?.Address, configuration.Monitor?.Address))
        {
            const string moved = "where administration and monitoring listen changes with a restart only";
            throw (next.Monitor ?? next.Admin?.Listener)?.Place?.Error(moved) ?? new ConfigurationException(moved);
        }

        for (var i = 0; i < Math.Max(now.Count, next.Listeners.Count); i++)
        {
            var (old, changed) = (now.ElementAtOrDefault(i), next.Listeners.ElementAtOrDefault(i));
            if (old is not null && changed is not null && old.Address.Equals(changed.Address) && old.Protocols == changed.Protocols && old.Tls is null == changed.Tls is null) continue;
            var message = "where and how the server listens changes with a restart only";
            throw changed?.Place?.Error(message) ?? new ConfigurationException(message);
        }
    }
}
