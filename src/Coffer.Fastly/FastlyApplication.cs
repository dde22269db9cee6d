using Coffer.Capabilities;
using Coffer.Fastly.Abi;
using Coffer.Fastly.Backends;
using Coffer.Fastly.Running;
using Coffer.Stores;
using Coffer.Types;
using Coffer.Wasi;

namespace Coffer.Fastly;

/// <summary>
/// A program for Fastly Compute, linked with its configuration and its services once for all requests. Thread-safe: every
/// request is run in a store of its own, by any thread.
/// </summary>
/// <example>
/// <code>
/// var application = await FastlyApplication.CreateAsync(module, FastlyConfiguration.Read("fastly.toml"));
/// …
/// using var store = new Store(module.Engine, limits);
/// store.SetDeadline(TimeSpan.FromSeconds(30));
/// var result = application.Run(store, request, response, cancellation);
/// </code>
/// </example>
public sealed class FastlyApplication : IDisposable
{
    private const string Start = "_start", MemoryName = "memory", AbiModules = "fastly_";
    private readonly WasiEnvironment wasi;

    private FastlyApplication(InstancePre program, FastlyConfiguration configuration, FastlyServices services, FastlyLimits limits)
    {
        Pre = program;
        Configuration = configuration;
        Services = services;
        Limits = limits;
        Cache = services.Cache ?? new ObjectCache(new ObjectCacheOptions { TimeProvider = services.Time });
        Rates = services.Rates ?? new Fastly.Rates.RateLimits(services.Time);
        Client = new BackendClient(services.Capabilities, services);
        wasi = new WasiEnvironment(services);
    }

    /// <summary>The program.</summary>
    public Module Module => Pre.Module;

    /// <summary>Its configuration.</summary>
    public FastlyConfiguration Configuration { get; }

    /// <summary>What it uses of its host.</summary>
    public FastlyServices Services { get; }

    /// <summary>What one run may use.</summary>
    public FastlyLimits Limits { get; }

    /// <summary>Its cache.</summary>
    public ObjectCache Cache { get; }

    internal Rates.RateLimits Rates { get; }

    internal BackendClient Client { get; }

    internal InstancePre Pre { get; }

    internal Dictionary<string, KeyValueStore> KeyValueStores { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a module is a program for Fastly Compute: it imports functions of its ABI.</summary>
    public static bool IsFastly(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.Imports.Any(import => import.Module.StartsWith(AbiModules, StringComparison.Ordinal)
            || (import.Module == HostLinker.LegacyModule && import.Name.StartsWith(HostLinker.LegacyPrefix, StringComparison.Ordinal)));
    }

    /// <summary>Links a program, and opens the stores of its configuration.</summary>
    /// <param name="module">The program.</param>
    /// <param name="configuration">Its configuration; null for an empty one.</param>
    /// <param name="services">What it uses of its host; null for what needs nothing.</param>
    /// <param name="limits">What one run may use; <see cref="FastlyLimits.Default"/> if null.</param>
    /// <param name="cancellationToken">Ends the opening of stores.</param>
    /// <exception cref="FastlyException">It is no such program, cannot be linked, or a store cannot be opened.</exception>
    public static Task<FastlyApplication> CreateAsync(
        Module module, FastlyConfiguration? configuration = null, FastlyServices? services = null, FastlyLimits? limits = null,
        CancellationToken cancellationToken = default) =>
        CreateAsync(Link(module), configuration, services, limits, cancellationToken);

    /// <summary>Opens the stores of the configuration of a program that was linked before (<see cref="Link"/>).</summary>
    /// <param name="program">The program.</param>
    /// <param name="configuration">Its configuration; null for an empty one.</param>
    /// <param name="services">What it uses of its host; null for what needs nothing.</param>
    /// <param name="limits">What one run may use; <see cref="FastlyLimits.Default"/> if null.</param>
    /// <param name="cancellationToken">Ends the opening of stores.</param>
    /// <exception cref="FastlyException">A store cannot be opened.</exception>
    public static async Task<FastlyApplication> CreateAsync(
        InstancePre program, FastlyConfiguration? configuration = null, FastlyServices? services = null, FastlyLimits? limits = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(program);
        var application = new FastlyApplication(program, configuration ?? FastlyConfiguration.Empty, services ?? new FastlyServices(), limits ?? FastlyLimits.Default);
        try
        {
            await application.OpenStoresAsync(cancellationToken).ConfigureAwait(false);
            return application;
        }
        catch (KeyValueException failure)
        {
            application.Dispose();
            throw new FastlyException($"the key-value stores of {application.Services.App} cannot be opened: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Runs the program for a request, on the calling thread, until it ends: its response may have been sent long before, and
    /// the body of it may be under way still (<see cref="FastlyResult.Completion"/>).
    /// </summary>
    /// <param name="store">
    /// A new store of the module's engine, with the limits and the deadline of the run. It can be disposed when this returns.
    /// </param>
    /// <param name="request">The request.</param>
    /// <param name="response">Where the response goes.</param>
    /// <param name="log">Where the messages of this run go; null for the log of the services.</param>
    /// <param name="cancellationToken">Ends the guest and whatever it waits for, and the response; for a client that leaves.</param>
    /// <returns>What it came to. What a guest does wrong is there, and no exception.</returns>
    public FastlyResult Run(Store store, DownstreamRequest request, DownstreamResponse response, FastlyLog? log = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(response);
        if (cancellationToken.CanBeCanceled) store.SetCancellation(cancellationToken);
        using var session = new FastlySession(this, store, request, response, log ?? Services.Log, cancellationToken);
        store.Data = session;
        using var host = wasi.HostFor(session, request.RequestId);
        host.Attach(store);
        try
        {
            var code = host.Run(Pre.Instantiate(store));
            return code != 0 ? Failed(session, FastlyOutcome.Exited, $"the guest exited with code {code}", null)
                : session.Reply.IsDecided ? new FastlyResult(FastlyOutcome.Responded, true, null, null, session.Reply.Completion)
                : Failed(session, FastlyOutcome.NoResponse, "the guest ended without a response", null);
        }
        catch (ExhaustionException failure)
        {
            var outcome = failure.Kind switch
            {
                ExhaustionKind.Deadline => FastlyOutcome.DeadlinePassed,
                ExhaustionKind.Cancelled => FastlyOutcome.Cancelled,
                _ => FastlyOutcome.LimitReached,
            };
            return Failed(session, outcome, failure.Message, failure);
        }
        catch (OperationCanceledException failure)
        {
            return Failed(session, FastlyOutcome.Cancelled, "the run was cancelled", failure);
        }
        catch (Exception failure)
        {
            // Whatever the guest, or a function of the host on its behalf, has failed with ends this run and nothing else.
            return Failed(session, FastlyOutcome.Trapped, failure is TrapException trap ? trap.ToString() : failure.Message, failure);
        }
    }

    /// <summary>Closes the connections to backends. No run may be under way.</summary>
    public void Dispose() => Client.Dispose();

    private static FastlyResult Failed(FastlySession session, FastlyOutcome outcome, string reason, Exception? failure) =>
        new(outcome, session.Reply.IsDecided, reason, failure, session.Reply.Completion);

    private async Task OpenStoresAsync(CancellationToken cancellation)
    {
        var database = Services.KeyValues ?? new MemoryKeyValueDatabase(Services.Time);
        foreach (var (name, entries) in Configuration.KeyValueStores)
        {
            var store = database.Open(Services.App, name);
            KeyValueStores.Add(name, store);
            foreach (var entry in entries)
            {
                await store.PutAsync(entry.Key, entry.Value, new KeyValuePut { IfAbsent = true, Metadata = entry.Metadata }, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Links a program with the functions that it imports.</summary>
    /// <exception cref="FastlyException">It is no such program, or cannot be linked.</exception>
    public static InstancePre Link(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (!module.Exports.Any(export => export is { Name: Start, Kind: ExternalKind.Function }))
        {
            throw new FastlyException($"{module.Name} is no program: it does not export {Start}");
        }

        if (IsFastly(module) && !module.Exports.Any(export => export is { Name: MemoryName, Kind: ExternalKind.Memory }))
        {
            throw new FastlyException($"{module.Name} is no program for Fastly Compute: it does not export its memory as \"{MemoryName}\"");
        }

        try
        {
            return HostLinker.For(module).InstantiatePre(module);
        }
        catch (LinkException exception)
        {
            throw new FastlyException($"{module.Name} cannot be linked: {exception.Message}", exception);
        }
    }
}
