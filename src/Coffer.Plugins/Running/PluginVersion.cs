using Coffer.Plugins.Versions;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Running;

/// <summary>
/// One version of a plugin: its compiled modules and its sandboxes. Disposed when nobody calls it any more; then nothing
/// of it is left, its machine code included.
/// </summary>
internal sealed class PluginVersion : IDisposable
{
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(49);

    // Calls that have nothing to do with each other may fail for what they are given. When this many have failed one after another,
    // and none was answered in between, it is the plugin.
    private const int FailuresInARow = 5;

    private readonly Lock gate = new();
    private readonly Stack<PluginSandbox> idle = new();
    private readonly HashSet<PluginSandbox> inUse = new(ReferenceEqualityComparer.Instance);
    private readonly RestartBackoff backoff;
    private readonly CircuitBreaker? breaker;
    private ModuleGraph? graph;
    private int failedInARow;
    private bool isDead;
    private bool isDisposed;

    public PluginVersion(string plugin, Engine engine, ModuleGraph graph, PluginOptions options, ILogger logger, TimeProvider time)
    {
        Plugin = plugin;
        Engine = engine;
        Options = options;
        Logger = logger;
        this.graph = graph;
        backoff = new RestartBackoff(options.Restarts, time);
        breaker = options.Breaker is null ? null : new CircuitBreaker(options.Breaker, time);
        var limits = options.Limits;
        Turns = new CallTurns(options.Instances == InstancePolicy.LongLived ? 1 : limits.Concurrency, limits.Queue);
        StoreLimits = new StoreLimits
        {
            MemoryBytes = (ulong)limits.MemoryBytes,
            TableElements = (ulong)limits.TableElements,
            ObjectBytes = limits.ObjectBytes,
            AllocatedBytes = limits.AllocatedBytes,
            StackBytes = (ulong)limits.StackBytes,
            Instances = 100,
            Fuel = limits.Fuel ?? long.MaxValue,
        };
    }

    public string Plugin { get; }

    public Engine Engine { get; }

    public PluginOptions Options { get; }

    public ILogger Logger { get; }

    public StoreLimits StoreLimits { get; }

    /// <summary>Who may call at a time, and who waits.</summary>
    public CallTurns Turns { get; }

    public ModuleGraph Graph => graph ?? throw new ObjectDisposedException(nameof(PluginVersion));

    /// <summary>Sandboxes that wait for calls.</summary>
    public int Idle
    {
        get
        {
            lock (gate) return idle.Count;
        }
    }

    /// <summary>Runs something in a sandbox, within all limits, unless too much has failed lately.</summary>
    /// <exception cref="PluginException">It failed.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled it.</exception>
    public TResult Run<TState, TResult>(PluginCall<TState, TResult> call)
    {
        if (breaker is null) return RunUnguarded(call);
        if (!breaker.TryEnter(out var isTrial))
        {
            throw new PluginException(
                PluginFailure.Unavailable, Plugin, $"too many of its calls have failed; calls are refused for {Options.Breaker!.BreakTime}") { Version = call.Version };
        }

        try
        {
            var result = RunUnguarded(call);
            breaker.Ended(isTrial, hasFailed: false);
            return result;
        }
        catch (PluginException failure)
        {
            // What was refused, cancelled or ended for a newer version tells nothing of the plugin.
            var hasFailed = Failures.IsTheSandboxs(failure.Failure);
            if (hasFailed || failure.Failure == PluginFailure.Refused) breaker.Ended(isTrial, hasFailed);
            throw;
        }
    }

    /// <summary>Tells calls under way to end, since the version was replaced.</summary>
    public void Stop()
    {
        PluginSandbox[] all;
        lock (gate) all = [.. inUse];
        // What functions of the host do when they are told to end must not keep the lock.
        foreach (var sandbox in all) sandbox.Interrupt(Interruption.Replaced);
    }

    /// <summary>Disposes the sandboxes that wait; those that are in use are disposed when they are given back.</summary>
    public void Dispose()
    {
        PluginSandbox[] left;
        lock (gate)
        {
            isDisposed = true;
            left = [.. idle];
            idle.Clear();
            graph = null;
        }

        foreach (var sandbox in left) sandbox.Dispose();
    }

    /// <summary>Like <see cref="Run"/>, whatever has failed before: for what is asked before a version takes calls.</summary>
    public TResult RunUnguarded<TState, TResult>(PluginCall<TState, TResult> call)
    {
        call.Cancellation.ThrowIfCancellationRequested();
        var sandbox = Rent(call.Version);
        var limits = Options.Limits;
        var isWell = false;
        sandbox.Store.SetDeadline(Bounded(limits.CallTimeout));
        var registration = call.Cancellation.CanBeCanceled
            ? call.Cancellation.UnsafeRegister(static state => ((PluginSandbox)state!).Interrupt(Interruption.Caller), sandbox)
            : default;
        var interruption = Interruption.None;
        var outer = PluginSandbox.OfThread;
        PluginSandbox.OfThread = sandbox;
        Exception? failure = null;
        try
        {
            sandbox.Begin(call.HostContext);
            var result = call.Body(sandbox, call.State);
            isWell = true;
            return result;
        }
        catch (PluginException plugin) when (plugin.Failure is PluginFailure.Refused or PluginFailure.NoFunction)
        {
            isWell = true;
            throw;
        }
#pragma warning disable CA1031 // Whatever a plugin brings about costs its call, and nothing else.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }
        finally
        {
            PluginSandbox.OfThread = outer;
            registration.Dispose();
            interruption = sandbox.InterruptionOf(failure);
            if (interruption != Interruption.None) isWell = false;
            GiveBack(sandbox, isWell);
            Note(isWell, interruption);
        }

        throw Failures.Describe(this, call.Function, call.Version, failure, interruption, call.Cancellation);
    }

    private PluginSandbox Rent(long version)
    {
        lock (gate)
        {
            if (isDead)
            {
                throw new PluginException(
                    PluginFailure.Unavailable, Plugin, "it has failed, and its policy is to fail closed. Swap in a version to start it again.") { Version = version };
            }

            if (idle.TryPop(out var kept))
            {
                kept.Version = version;
                inUse.Add(kept);
                return kept;
            }
        }

        return Start(version);
    }

    private PluginSandbox Start(long version)
    {
        if (backoff.Failures > 0 && !backoff.TryStart())
        {
            throw new PluginException(
                PluginFailure.Unavailable, Plugin, $"it has failed {backoff.Failures} times, and is started again in {backoff.Remaining}") { Version = version };
        }

        var sandbox = new PluginSandbox(this) { Version = version };
        lock (gate) inUse.Add(sandbox);
        sandbox.Store.SetDeadline(Bounded(Options.Limits.StartTimeout));
        Exception failure;
        try
        {
            sandbox.Start();
            return sandbox;
        }
#pragma warning disable CA1031 // A start function is the plugin's, as all else.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        lock (gate) inUse.Remove(sandbox);
        var interruption = sandbox.InterruptionOf(failure);
        backoff.Failed();
        sandbox.Dispose();
        throw Failures.Describe(this, "its start", version, failure, interruption, CancellationToken.None);
    }

    private void GiveBack(PluginSandbox sandbox, bool isWell)
    {
        sandbox.End();
        var isKept = isWell && Options.Instances != InstancePolicy.Fresh
            && (Options.CallsPerInstance == 0 || sandbox.Calls < Options.CallsPerInstance);
        lock (gate)
        {
            inUse.Remove(sandbox);
            if (isKept && !isDisposed)
            {
                idle.Push(sandbox);
                return;
            }
        }

        sandbox.Dispose();
    }

    /// <summary>Decides by how a call ended when the next sandbox may start.</summary>
    private void Note(bool isWell, Interruption interruption)
    {
        if (Options.Instances == InstancePolicy.LongLived)
        {
            // Whatever ended the call, the state is lost.
            if (isWell) return;
            if (Options.FailurePolicy == FailurePolicy.FailClosed) isDead = true;
            else backoff.Failed();
        }
        else if (isWell)
        {
            if (Volatile.Read(ref failedInARow) == 0 && backoff.Failures == 0) return;
            Volatile.Write(ref failedInARow, 0);
            backoff.Succeeded();
        }
        else if (interruption is Interruption.None or Interruption.Deadline && Interlocked.Increment(ref failedInARow) >= FailuresInARow)
        {
            backoff.Failed();
        }
    }

    // What is longer than any deadline of a store is none.
    private static TimeSpan Bounded(TimeSpan time) => time > LongestDeadline ? Timeout.InfiniteTimeSpan : time;
}

/// <summary>What is to be run in a sandbox.</summary>
internal readonly record struct PluginCall<TState, TResult>(
    string Function, TState State, Func<PluginSandbox, TState, TResult> Body, long Version, object? HostContext, CancellationToken Cancellation);
