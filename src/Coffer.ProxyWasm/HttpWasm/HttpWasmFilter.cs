using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.HttpWasm;

/// <summary>
/// A handler of http-wasm with its instances. A request has one for itself until its response is done; there are as many as
/// there are requests at a time, up to a bound. Thread-safe.
/// </summary>
public sealed partial class HttpWasmFilter : IFilter
{
    private const int PerWorker = 32;
    private readonly ConcurrentStack<HttpWasmInstance> idle = new();
    private readonly SemaphoreSlim free;
    private readonly HttpWasmModule module;
    private int running;
    private volatile bool isDisposed;

    private HttpWasmFilter(HttpWasmModule module, FilterOptions options, FilterHost host)
    {
        this.module = module;
        Options = options;
        Host = host;
        free = new SemaphoreSlim(PerWorker * Math.Max(1, options.Workers));
    }

    /// <inheritdoc/>
    public FilterOptions Options { get; }

    /// <inheritdoc/>
    public Module Module => module.Module;

    /// <inheritdoc/>
    public string Abi => "http-wasm";

    /// <inheritdoc/>
    public int RunningWorkers => Volatile.Read(ref running);

    internal FilterHost Host { get; }

    internal void CountStream() => Interlocked.Increment(ref Host.Metrics.StreamsOf(Options.Name).Value);

    internal bool ReadsBodies => module.ReadsBodies;

    /// <summary>Starts one instance, so that what is wrong with a handler shows before it is given any request.</summary>
    /// <exception cref="FilterException">It does not start.</exception>
    public static async Task<HttpWasmFilter> StartAsync(HttpWasmModule module, FilterOptions options, FilterHost host)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        var filter = new HttpWasmFilter(module, options, host);
        filter.idle.Push(await Task.Run(filter.Make).ConfigureAwait(false));
        return filter;
    }

    /// <summary>An instance for one request; null when none can be made.</summary>
    internal async ValueTask<HttpWasmInstance?> RentAsync(CancellationToken cancellation)
    {
        await free.WaitAsync(cancellation).ConfigureAwait(false);
        if (idle.TryPop(out var instance)) return instance;
        try
        {
            return Make();
        }
        catch (FilterException exception)
        {
            free.Release();
            LogFailure(Host.Logger, Options.Name, exception.Message);
            return null;
        }
    }

    /// <summary>Gives an instance back, which is used again unless it failed.</summary>
    internal void Return(HttpWasmInstance instance, Exception? failure)
    {
        if (failure is not null)
        {
            Host.Metrics.CountFailure(Options.Name);
            LogFailure(Host.Logger, Options.Name, failure is TrapException trap ? $"trap: {trap}" : failure.Message);
        }

        if (failure is null) idle.Push(instance);
        else End(instance);
        free.Release();
        if (isDisposed) Clear();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        isDisposed = true;
        Clear();
        return default;
    }

    private HttpWasmInstance Make()
    {
        var instance = new HttpWasmInstance(module, Options, Host);
        Interlocked.Increment(ref running);
        Host.Metrics.CountStart(Options.Name);
        return instance;
    }

    private void Clear()
    {
        while (idle.TryPop(out var instance)) End(instance);
    }

    private void End(HttpWasmInstance instance)
    {
        Interlocked.Decrement(ref running);
        instance.Dispose();
    }

    [LoggerMessage(1104, LogLevel.Error, "filter {Filter} failed: {Reason}")]
    private static partial void LogFailure(ILogger logger, string filter, string reason);
}
