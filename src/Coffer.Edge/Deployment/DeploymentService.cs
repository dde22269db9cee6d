using System.Collections.Concurrent;
using Coffer.Edge.Apps;
using Coffer.Edge.Deployment.State;
using Coffer.Edge.Routing;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Deployment;

/// <summary>
/// Deploys apps while they serve: a new version is compiled and asked first, written to disk next, and only then takes the place of
/// the one before, which serves its requests to their end. Thread-safe.
/// </summary>
internal sealed class DeploymentService : IAsyncDisposable
{
    private readonly DeploymentStore store;
    private readonly AppRegistry registry;
    private readonly AppRuntime runtime;
    private readonly DeploymentRoutes routes;
    private readonly DeployedVersions versions;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<string, DeployedApp> apps = new(StringComparer.Ordinal);

    // Held from looking whether routes are free to having them, so that two apps cannot both be given one.
    private readonly SemaphoreSlim changing = new(1, 1);

    /// <param name="store">Where all is written.</param>
    /// <param name="registry">The apps of the server.</param>
    /// <param name="runtime">What apps use together.</param>
    /// <param name="routes">The routes of the server.</param>
    /// <param name="time">The time.</param>
    /// <param name="logger">Where messages go.</param>
    public DeploymentService(DeploymentStore store, AppRegistry registry, AppRuntime runtime, RouteBook routes, TimeProvider time, ILogger logger)
    {
        this.store = store;
        this.registry = registry;
        this.runtime = runtime;
        this.routes = new DeploymentRoutes(routes, runtime);
        this.time = time;
        this.logger = logger;
        versions = new DeployedVersions(store, runtime, time);
        Rollbacks = new RollbackWatch(this, time);
        Operations = new DeploymentOperations(this, store, logger);
    }

    /// <summary>Called with each event, when it is on disk.</summary>
    public event Action<DeploymentEvent>? Happened;

    /// <summary>Where all is written.</summary>
    public DeploymentStore Store => store;

    /// <summary>Deployments that nobody waits for.</summary>
    public DeploymentOperations Operations { get; }

    /// <summary>What takes versions back that fail too often.</summary>
    public RollbackWatch Rollbacks { get; }

    /// <summary>What is deployed, by name.</summary>
    public IEnumerable<DeployedApp> Apps => apps.Values.OrderBy(app => app.Record.Name, StringComparer.Ordinal);

    /// <summary>Whether an app of a name is deployed.</summary>
    public bool Has(string name) => apps.ContainsKey(name);

    /// <summary>Lets serve what was deployed when the server ran last. What cannot be served is told of, and the rest serves.</summary>
    public void Start()
    {
        foreach (var record in store.Load())
        {
            if (registry.TryGet(record.Name, out _))
            {
                DeploymentLog.Skipped(logger, record.Name, "the configuration has an app of that name");
                continue;
            }

            try
            {
                var deployed = new DeployedApp(registry.GetOrAdd(record.Name), record);
                versions.Apply(deployed, record, null, isWatched: false);
                if (!apps.TryAdd(record.Name, deployed)) throw new InvalidOperationException(record.Name);
            }
            catch (DeploymentException exception)
            {
                registry.Remove(record.Name);
                DeploymentLog.Skipped(logger, record.Name, exception.Message);
            }
        }

        var routed = new List<DeployedApp>();
        foreach (var app in Apps)
        {
            try
            {
                routes.Check(app.Record.Name, app.Settings!, app.App, routed);
                routed.Add(app);
            }
            catch (DeploymentException exception)
            {
                // The configuration may have got routes of an app that was deployed before.
                DeploymentLog.Skipped(logger, app.Record.Name, exception.Message);
                app.Settings = app.Settings! with { Routes = [] };
            }
        }

        routes.Replace(routed);
        if (store.FailInterrupted() is > 0 and var interrupted) DeploymentLog.Interrupted(logger, interrupted);
        if (store.Collect() is > 0 and var removed) DeploymentLog.Collected(logger, removed);
        Rollbacks.Start();
    }

    /// <summary>An app that is deployed.</summary>
    /// <exception cref="DeploymentException">There is none of that name.</exception>
    public DeployedApp Get(string name) => apps.TryGetValue(CheckName(name), out var app)
        ? app
        : throw new DeploymentException(DeploymentFailure.NotFound, $"there is no app {name} that was deployed");

    /// <summary>Deploys a module. When this returns, requests that begin are served by the new version, or by it in its share.</summary>
    /// <param name="name">The app.</param>
    /// <param name="request">What is to be deployed.</param>
    /// <param name="cancellation">Ends it, unless it is being written already.</param>
    /// <param name="progress">Told how far it is; null for nobody.</param>
    /// <exception cref="DeploymentException">It could not be done; what served before does.</exception>
    public async Task<DeploymentResult> DeployAsync(string name, DeploymentRequest request, CancellationToken cancellation, DeploymentProgress? progress = null)
    {
        var (text, settings, same) = Check(name, request);
        if (same is not null) return new DeploymentResult(name, same.Number, false);
        var version = versions.Make(name, request.Digest, settings);
        // Else the health check would be the last to need it.
        version.Hold();
        var isUsed = false;
        try
        {
            await TryOutAsync(name, version, settings, progress, cancellation).ConfigureAwait(false);
            var deployed = apps.GetOrAdd(name, static (key, self) => new DeployedApp(self.registry.GetOrAdd(key), new AppRecord { Name = key }), this);
            var result = await ChangeAsync(deployed, record =>
            {
                if (Find(deployed, request, text) is { } meanwhile) return Change.None(meanwhile.Number);
                var now = time.GetUtcNow();
                var next = request.Canary is { } weight ? record.Tried(request.Digest, text, weight, now) : record.Deployed(request.Digest, text, now);
                isUsed = true;
                return request.Canary is { } share
                    ? new Change(next, record.Next, "candidate", $"version {record.Next} serves {share} of 100 requests", version)
                    : new Change(next, record.Next, "deployed", $"version {record.Next} serves", version);
            }, progress?.Operation).ConfigureAwait(false);
            return new DeploymentResult(name, result, isUsed);
        }
        finally
        {
            version.Release();
        }
    }

    /// <summary>Looks whether a deployment can be begun, and what of it is seen before the module is compiled.</summary>
    /// <returns>The settings, as a text and read; the version that serves just this already, where there is one.</returns>
    /// <exception cref="DeploymentException">It cannot be done.</exception>
    public (string Text, DeploymentSettings Settings, VersionRecord? Same) Check(string name, DeploymentRequest request)
    {
        CheckName(name);
        ModuleDigest.Check(request.Digest);
        var known = apps.GetValueOrDefault(name);
        if (known is null && registry.TryGet(name, out _))
            throw new DeploymentException(DeploymentFailure.Conflict, $"{name} is an app of the server's configuration; change it there");
        // One whose first version is being written has none yet.
        var text = request.Settings ?? (known is { Record: { Stable: > 0 } record } ? record[record.Stable].Settings : "{}");
        var settings = DeploymentSettings.Parse(name, text);
        if (Find(known, request, text) is { } same) return (text, settings, same);
        if (!store.Folder.HasModule(request.Digest))
            throw new DeploymentException(DeploymentFailure.NotFound, $"the module {ModuleDigest.Format(request.Digest)} was not uploaded");
        routes.Check(name, settings, AppOf(name), Apps);
        return (text, settings, null);
    }

    /// <summary>Lets the candidate serve another share.</summary>
    public Task SetWeightAsync(string name, int weight) =>
        ChangeAsync(Get(name), record => new Change(record.Weighted(weight), record.Candidate, "weighted", $"version {record.Candidate} serves {weight} of 100 requests"));

    /// <summary>Lets the candidate serve all requests.</summary>
    public Task PromoteAsync(string name) =>
        ChangeAsync(Get(name), record => new Change(record.Promoted(), record.Candidate, "promoted", $"version {record.Candidate} serves all requests"));

    /// <summary>Gives the candidate up.</summary>
    public Task AbortAsync(string name, string reason = "by request") =>
        ChangeAsync(Get(name), record => new Change(record.WithoutCandidate(), record.Candidate, "aborted", $"version {record.Candidate} was given up: {reason}"));

    /// <summary>Lets an earlier version serve.</summary>
    /// <param name="name">The app.</param>
    /// <param name="number">Its number; null for the last that served before.</param>
    /// <param name="reason">Why.</param>
    /// <returns>The number of the version that serves.</returns>
    public Task<int> RollBackAsync(string name, int? number, string reason = "by request") => ChangeAsync(Get(name), record =>
    {
        var next = record.RolledBack(number);
        if (!store.Folder.HasModule(next[next.Stable].Digest))
            throw new DeploymentException(DeploymentFailure.Damaged, $"the module of version {next.Stable} is gone");
        return new Change(next, next.Stable, "rolled-back", $"version {next.Stable} serves again instead of {record.Stable}: {reason}");
    });

    /// <summary>Removes an app. Requests that it serves go on.</summary>
    public async Task RemoveAsync(string name)
    {
        var deployed = Get(name);
        await deployed.Gate.WaitAsync().ConfigureAwait(false);
        await changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (deployed.IsRemoved) throw new DeploymentException(DeploymentFailure.NotFound, $"there is no app {name}");
            var happened = store.Remove(name);
            deployed.IsRemoved = true;
            deployed.Watches = [];
            apps.TryRemove(new KeyValuePair<string, DeployedApp>(name, deployed));
            routes.Replace(Apps);
            registry.Remove(name);
            Tell(happened);
        }
        finally
        {
            changing.Release();
            deployed.Gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Rollbacks.DisposeAsync().ConfigureAwait(false);
        await Operations.DisposeAsync().ConfigureAwait(false);
        store.Dispose();
        changing.Dispose();
    }

    /// <summary>The version that serves just this already.</summary>
    private static VersionRecord? Find(DeployedApp? app, DeploymentRequest request, string settings)
    {
        if (app is null || app.Record.Stable == 0) return null;
        var record = app.Record;
        var number = request.Canary is null ? record.Candidate is null ? record.Stable : (int?)null : record.Candidate;
        return number is { } wanted && record[wanted] is var version && version.Digest == request.Digest && version.Settings == settings
            && (request.Canary is null || request.Canary == record.Weight) ? version : null;
    }

    private async Task TryOutAsync(string name, AppVersion version, DeploymentSettings settings, DeploymentProgress? progress, CancellationToken cancellation)
    {
        try
        {
            progress?.Reached(OperationState.Compiling);
            await version.LoadAsync().AsTask().WaitAsync(cancellation).ConfigureAwait(false);
            progress?.Reached(OperationState.Checking);
            await HealthCheck.RunAsync(version, runtime, settings, name, logger, cancellation).ConfigureAwait(false);
            version.Outcomes.Clear();
        }
        catch (Exception exception) when (exception is CofferException or IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            Note(name, $"the module {ModuleDigest.Format(version.Source.Digest)} cannot be loaded: {exception.Message}");
            throw new DeploymentException(DeploymentFailure.NotLoadable, $"the module cannot be loaded: {exception.Message}", exception);
        }
        catch (DeploymentException exception)
        {
            Note(name, exception.Message);
            throw;
        }
    }

    /// <summary>Makes a change: on disk first, then in what serves.</summary>
    private async Task<int> ChangeAsync(DeployedApp deployed, Func<AppRecord, Change> change, long? operation = null)
    {
        await deployed.Gate.WaitAsync().ConfigureAwait(false);
        await changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (deployed.IsRemoved) throw new DeploymentException(DeploymentFailure.NotFound, $"{deployed.Record.Name} was removed meanwhile");
            var next = change(deployed.Record);
            if (next.Record is null) return next.Version!.Value;
            var settings = DeploymentSettings.Parse(next.Record.Name, next.Record[next.Record.Stable].Settings);
            routes.Check(next.Record.Name, settings, deployed.App, Apps);
            var happened = store.Save(next.Record, next.Version, next.Kind, next.Text, operation);
            versions.Apply(deployed, next.Record, next.Loaded, isWatched: true);
            routes.Replace(Apps);
            Tell(happened);
            return next.Version!.Value;
        }
        catch (DeploymentException) when (deployed.Record.Stable == 0)
        {
            // The first version of an app that is none then.
            deployed.IsRemoved = true;
            apps.TryRemove(new KeyValuePair<string, DeployedApp>(deployed.Record.Name, deployed));
            registry.Remove(deployed.Record.Name);
            throw;
        }
        finally
        {
            changing.Release();
            deployed.Gate.Release();
        }
    }

    private static string CheckName(string name) => AppNames.IsOne(name) ? name : throw new DeploymentException(DeploymentFailure.Invalid, AppNames.Rule);

    /// <summary>The app of a name, also one that is not there yet.</summary>
    private App AppOf(string name) => registry.TryGet(name, out var app) ? app : new App(name, logger);

    /// <summary>Notes what failed; if not even that can be done, the log has it.</summary>
    internal void Note(string app, string text)
    {
        try
        {
            Tell(store.Note(app, null, "failed", text));
        }
        catch (DeploymentException exception)
        {
            DeploymentLog.NotNoted(logger, app, text, exception.Message);
        }
    }

    private void Tell(DeploymentEvent happened)
    {
        DeploymentLog.Happened(logger, happened.App, happened.Kind, happened.Text);
        Happened?.Invoke(happened);
    }

    /// <summary>A change of an app, and what is noted of it.</summary>
    private sealed record Change(AppRecord? Record, int? Version, string Kind, string Text, AppVersion? Loaded = null)
    {
        public static Change None(int version) => new(null, version, "", "");
    }
}
