using System.Security.Cryptography.X509Certificates;
using Coffer.Capabilities.Audit;
using Coffer.Edge.Ambient;
using Coffer.Edge.Apps;
using Coffer.Edge.Configuration;
using Coffer.Edge.Deployment;
using Coffer.Edge.Deployment.State;
using Coffer.Edge.Guests;
using Coffer.Edge.Routing;
using Coffer.Edge.Stores;
using Coffer.Edge.Telemetry;
using Coffer.Stores;
using Coffer.Stores.Ambient;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Admin;

/// <summary>
/// What of a server can be administered, from its start to its end: the state on disk, what is deployed, and the listener. Without
/// a configuration of it there is none of these, and apps keep what they keep in memory.
/// </summary>
internal sealed class Administration : IAsyncDisposable
{
    private readonly AdminConfiguration? configuration;
    private readonly ServerFiles files;
    private readonly DeploymentStore? state;
    private readonly DenialBook denials = new();
    private readonly AuditTrail trail;
    private readonly AppStores stores;
    private DeploymentService? deployments;
    private LoadSampler? load;
    private AdminServer? server;

    private Administration(AdminConfiguration? configuration, ServerFiles files, AppRegistry apps, DeploymentStore? state, KeyValueDatabase database, TimeProvider time)
    {
        this.configuration = configuration;
        this.files = files;
        this.state = state;
        trail = new AuditTrail([denials, new DenialSink(apps, time)]);
        stores = new AppStores(database, new ObjectCacheOptions { TimeProvider = time });
    }

    /// <summary>The address that it listens at; null for nowhere.</summary>
    public string? Address => server?.Address;

    /// <summary>What is deployed; null where nothing can be.</summary>
    public DeploymentService? Deployments => deployments;

    /// <summary>Opens the state.</summary>
    /// <exception cref="ConfigurationException">It cannot be used; the message says why.</exception>
    public static async Task<Administration> OpenAsync(AdminConfiguration? configuration, StoresConfiguration? stores, ServerFiles files, AppRegistry apps, TimeProvider time)
    {
        DeploymentStore? state = null;
        try
        {
            if (configuration?.State is { } folder) state = DeploymentStore.Open(files.PathOf(folder), configuration.Recover, time);
            var database = stores is not null ? await stores.OpenAsync(files, time).ConfigureAwait(false)
                : state is not null ? SqliteKeyValueDatabase.Open(state.Folder.Stores, time)
                : (KeyValueDatabase)new MemoryKeyValueDatabase(time);
            return new Administration(configuration, files, apps, state, database, time);
        }
        catch (Exception exception) when (exception is DeploymentException or KeyValueException)
        {
            state?.Dispose();
            throw configuration?.Listener.Place?.Error(exception.Message) ?? new ConfigurationException(exception.Message, exception);
        }
        catch
        {
            state?.Dispose();
            throw;
        }
    }

    /// <summary>What guests share, with what administration looks at.</summary>
    public GuestHost Equip(GuestHost host) => host with { Audit = trail, Stores = stores };

    /// <summary>Lets serve what was deployed.</summary>
    public void Serve(AppRegistry apps, AppRuntime runtime, RouteBook routes, ILogger logger)
    {
        if (state is null) return;
        deployments = new DeploymentService(state, apps, runtime, routes, runtime.Host.Time, logger);
        deployments.Start();
    }

    /// <summary>Listens, if it is to.</summary>
    /// <exception cref="ConfigurationException">There is no token, or none that can be used.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public async Task ListenAsync(AppRegistry apps, AppRuntime runtime, LogHub logs, Func<X509Certificate2?>? certificate, CancellationToken cancellation)
    {
        if (configuration is null) return;
        load = new LoadSampler(apps, runtime.Host.Time);
        load.Start();
        var services = new AdminServices
        {
            Deployments = deployments,
            Apps = apps,
            Runtime = runtime,
            Logs = logs,
            Load = load,
            Denials = denials,
            Stores = stores,
            Time = runtime.Host.Time,
            UploadBytes = configuration.UploadBytes,
        };
        try
        {
            server = new AdminServer(configuration, ReadToken(configuration), services, certificate, logs);
        }
        catch (ArgumentException exception)
        {
            throw Wrong(exception.Message, exception);
        }

        await server.StartAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Listens no more, and lets nobody change anything.</summary>
    public async Task CloseAsync()
    {
        if (server is not null) await server.DisposeAsync().ConfigureAwait(false);
        server = null;
        if (deployments is not null) await deployments.Operations.CloseAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        if (load is not null) await load.DisposeAsync().ConfigureAwait(false);
        trail.Dispose();
        await stores.DisposeAsync().ConfigureAwait(false);
        if (deployments is not null) await deployments.DisposeAsync().ConfigureAwait(false);
        else state?.Dispose();
    }

    private Secret ReadToken(AdminConfiguration from)
    {
        if (from.TokenVariable is { } variable)
            return SecretSources.FromEnvironment(variable) ?? throw Wrong($"the variable {variable}, which should have the token of administration, is not set", null);
        if (from.TokenFile is not { } name) throw Wrong("administration needs a token: a file with it, or a variable of the environment", null);
        try
        {
            return SecretSources.FromFile(files.PathOf(name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Wrong($"the token of administration cannot be read: {exception.Message}", exception);
        }
    }

    private ConfigurationException Wrong(string message, Exception? inner) =>
        configuration?.Listener.Place?.Error(message) ?? new ConfigurationException(message, inner!);
}
