using Coffer.Plugins.Versions;
using Coffer.ProxyWasm.Vm;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm;

/// <summary>
/// A filter with its VMs. Each stream is given one of them and stays with it; a VM that fails is replaced, after a time that
/// grows. Thread-safe. Disposing lets the streams that there are come to their end.
/// </summary>
public sealed partial class Filter : IFilter
{
    private readonly Worker[] workers;
    private readonly CancellationTokenSource disposal = new();
    private uint next;

    private Filter(FilterModule module, FilterOptions options, FilterHost host)
    {
        FilterModule = module;
        Options = options;
        Host = host;
        workers = new Worker[Math.Max(1, options.Workers)];
        for (var i = 0; i < workers.Length; i++) workers[i] = new Worker(i, options, host.Time);
    }

    /// <summary>The module, linked with the host.</summary>
    public FilterModule FilterModule { get; }

    /// <inheritdoc/>
    public Module Module => FilterModule.Module;

    /// <inheritdoc/>
    public string Abi => FilterModule.Version switch
    {
        AbiVersion.Version010 => "proxy-wasm 0.1.0",
        AbiVersion.Version020 => "proxy-wasm 0.2.0",
        _ => "proxy-wasm 0.2.1",
    };

    /// <inheritdoc/>
    public FilterOptions Options { get; }

    /// <summary>What it shares with others.</summary>
    public FilterHost Host { get; }

    /// <inheritdoc/>
    public int RunningWorkers => workers.Count(worker => worker.Root is { Vm.HasFailed: false });

    /// <summary>What it is in the first of its VMs; null while there is none that works.</summary>
    internal FilterRoot? FirstRoot => workers[0].Root;

    /// <summary>
    /// Starts all VMs of a filter, so that what is wrong with it shows before any stream is given to it.
    /// </summary>
    /// <exception cref="FilterException">It does not start, or refuses its configuration.</exception>
    public static async Task<Filter> StartAsync(FilterModule module, FilterOptions options, FilterHost host)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        var filter = new Filter(module, options, host);
        try
        {
            // The first makes the machine code that the others share.
            await Task.Run(() => filter.Start(filter.workers[0])).ConfigureAwait(false);
            await Task.WhenAll(filter.workers.Skip(1).Select(worker => Task.Run(() => filter.Start(worker)))).ConfigureAwait(false);
            return filter;
        }
        catch
        {
            await filter.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// A VM for a stream, which whoever calls holds; null when there is none that works, and the policy decides.
    /// </summary>
    internal async ValueTask<FilterRoot?> EnterAsync()
    {
        var first = (int)(Interlocked.Increment(ref next) % (uint)workers.Length);
        Worker? busy = null;
        for (var i = 0; i < workers.Length; i++)
        {
            var worker = workers[(first + i) % workers.Length];
            if (worker.Root is not { Vm.HasFailed: false } root) continue;
            if (root.Vm.IsIdle && await TryEnterAsync(root).ConfigureAwait(false)) return root;
            busy ??= worker;
        }

        if (busy?.Root is { } other && await TryEnterAsync(other).ConfigureAwait(false)) return other;
        if (Options.Failure != FailurePolicy.FailReload) return null;
        foreach (var worker in workers)
        {
            if (worker.Starting is { } starting) await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (worker.Root is { } root && await TryEnterAsync(root).ConfigureAwait(false)) return root;
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await disposal.CancelAsync().ConfigureAwait(false);
        foreach (var worker in workers)
        {
            if (worker.Replacing is { } replacing) await replacing.ConfigureAwait(false);
            if (worker.Root is { } root) await root.RetireAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> TryEnterAsync(FilterRoot root)
    {
        await root.Vm.EnterAsync().ConfigureAwait(false);
        if (!root.Vm.HasFailed && !root.IsRetired) return true;
        root.Vm.Leave();
        return false;
    }

    private void Start(Worker worker) => worker.Root = FilterModule.SharedVms.Start(FilterModule, worker.Index, Options, Host, failed =>
    {
        worker.Root = null;
        // Within a callback of what has failed, and of whoever waits for it: neither waits for what follows.
        worker.Replacing = Task.Run(() => ReplaceAsync(worker, failed));
    });

    private async Task ReplaceAsync(Worker worker, FilterRoot failed)
    {
        await failed.RetireAsync().ConfigureAwait(false);
        while (!disposal.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(worker.Backoff.Failed(), Host.Time, disposal.Token).ConfigureAwait(false);
                worker.Starting = Task.Run(() => Start(worker));
                await worker.Starting.ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (FilterException exception)
            {
                Host.Metrics.CountFailure(Options.Name);
                LogNotRestarted(Host.Logger, Options.Name, exception.Message);
            }
        }
    }

    [LoggerMessage(1103, LogLevel.Error, "filter {Filter} was not started again: {Reason}")]
    private static partial void LogNotRestarted(ILogger logger, string filter, string reason);

    /// <summary>A place for one VM after the other.</summary>
    private sealed class Worker(int index, FilterOptions options, TimeProvider time)
    {
        private volatile FilterRoot? root;
        private volatile Task? starting, replacing;

        public int Index => index;

        /// <summary>What the filter is in its VM; null while there is none that works.</summary>
        public FilterRoot? Root { get => root; set => root = value; }

        /// <summary>The start of the next VM, when it is under way or was the last.</summary>
        public Task? Starting { get => starting; set => starting = value; }

        /// <summary>All that there is to do until there is a VM again.</summary>
        public Task? Replacing { get => replacing; set => replacing = value; }

        /// <summary>When the next VM may be made.</summary>
        public RestartBackoff Backoff { get; } = new(options.Backoff, time);
    }
}
