using Coffer.ProxyWasm.Vm;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm;

/// <summary>
/// A filter with its VMs. Each stream is given one of them and stays with it; a VM that fails is replaced, after a time that
/// grows. Thread-safe. Disposing lets the streams that there are come to their end.
/// </summary>
public sealed partial class Filter : IAsyncDisposable
{
    private readonly Worker[] workers;
    private uint next;
    private volatile bool isDisposed;

    private Filter(FilterModule module, FilterOptions options, FilterHost host)
    {
        Module = module;
        Options = options;
        Host = host;
        workers = new Worker[Math.Max(1, options.Workers)];
        for (var i = 0; i < workers.Length; i++) workers[i] = new Worker();
    }

    /// <summary>The module.</summary>
    public FilterModule Module { get; }

    /// <summary>How it is run.</summary>
    public FilterOptions Options { get; }

    /// <summary>What it shares with others.</summary>
    public FilterHost Host { get; }

    /// <summary>How many VMs work now.</summary>
    public int RunningWorkers => workers.Count(worker => worker.Vm is { HasFailed: false });

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
            await Task.Run(() => filter.workers[0].Vm = FilterVm.Start(module, options, host)).ConfigureAwait(false);
            await Task.WhenAll(filter.workers.Skip(1).Select(worker =>
                Task.Run(() => worker.Vm = FilterVm.Start(module, options, host)))).ConfigureAwait(false);
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
    internal async ValueTask<FilterVm?> EnterAsync()
    {
        var first = (int)(Interlocked.Increment(ref next) % (uint)workers.Length);
        Worker? busy = null;
        for (var i = 0; i < workers.Length; i++)
        {
            var worker = workers[(first + i) % workers.Length];
            if (worker.Vm is not { HasFailed: false } vm)
            {
                Replace(worker);
                continue;
            }

            if (vm.IsIdle && await TryEnterAsync(vm).ConfigureAwait(false)) return vm;
            busy ??= worker;
        }

        if (busy?.Vm is { } other && await TryEnterAsync(other).ConfigureAwait(false)) return other;
        if (Options.Failure != FailurePolicy.Reload) return null;
        foreach (var worker in workers)
        {
            if (worker.Replacement is { } replacement) await replacement.ConfigureAwait(false);
            if (worker.Vm is { } vm && await TryEnterAsync(vm).ConfigureAwait(false)) return vm;
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        isDisposed = true;
        foreach (var worker in workers)
        {
            if (worker.Replacement is { } replacement) await replacement.ConfigureAwait(false);
            if (worker.Vm is { } vm) await vm.RetireAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> TryEnterAsync(FilterVm vm)
    {
        await vm.EnterAsync().ConfigureAwait(false);
        if (!vm.HasFailed && !vm.IsRetired) return true;
        vm.Leave();
        return false;
    }

    // One at a time for each worker, and not before its time.
    private void Replace(Worker worker)
    {
        lock (worker)
        {
            if (isDisposed || worker.Replacement is { IsCompleted: false } || worker.Vm is { HasFailed: false }) return;
            var now = Host.Time.GetTimestamp();
            if (worker.Vm is not null) worker.Schedule(now, Host.Time, Options);
            if (worker.Vm is { } failed) _ = failed.RetireAsync().AsTask();
            worker.Vm = null;
            if (now < worker.NotBefore) return;
            worker.Replacement = Task.Run(() => Restart(worker));
        }
    }

    private void Restart(Worker worker)
    {
        try
        {
            worker.Vm = FilterVm.Start(Module, Options, Host);
        }
        catch (FilterException exception)
        {
            lock (worker) worker.Schedule(Host.Time.GetTimestamp(), Host.Time, Options);
            Host.Metrics.CountFailure(Options.Name);
            LogNotRestarted(Host.Logger, Options.Name, exception.Message);
        }
    }

    [LoggerMessage(1103, LogLevel.Error, "filter {Filter} was not started again: {Reason}")]
    private static partial void LogNotRestarted(ILogger logger, string filter, string reason);

    /// <summary>A place for one VM after the other.</summary>
    private sealed class Worker
    {
        private volatile FilterVm? vm;
        private TimeSpan backoff;
        private long lastFailure = long.MinValue;

        public FilterVm? Vm { get => vm; set => vm = value; }

        public Task? Replacement { get; set; }

        /// <summary>When the next VM may be made.</summary>
        public long NotBefore { get; private set; }

        /// <summary>Doubles the wait when the last failure was not long ago.</summary>
        public void Schedule(long now, TimeProvider time, FilterOptions options)
        {
            var isCalm = lastFailure == long.MinValue || time.GetElapsedTime(lastFailure, now) > 10 * (options.Backoff + backoff);
            backoff = isCalm ? options.Backoff : TimeSpan.FromTicks(Math.Min(2 * backoff.Ticks, options.MaximumBackoff.Ticks));
            lastFailure = now;
            NotBefore = now + (long)(backoff.TotalSeconds * time.TimestampFrequency);
        }
    }
}
