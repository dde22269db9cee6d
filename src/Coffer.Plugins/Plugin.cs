using System.Buffers;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Coffer.Plugins.Running;
using Coffer.Plugins.Versions;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins;

/// <summary>
/// A plugin: what is called by one name, whichever version of it serves. Thread-safe. Made by
/// <see cref="PluginHost.LoadAsync"/>.
/// </summary>
#pragma warning disable CA1001 // Its host disposes it: users of a plugin share it.
public sealed class Plugin
#pragma warning restore CA1001
{
    private readonly PluginHost host;
    private readonly ILogger logger;
    private readonly VersionSlot<PluginVersion> slot;
    private readonly PluginTurns turns;
    private readonly SemaphoreSlim swapping = new(1);
    private PluginOptions options;
    private long calls;
    private long failures;
    private long skipped;
    private long rejected;
    private long running;
    private long failedLoads;

    internal Plugin(PluginHost host, string name, PluginOptions options, ILogger logger)
    {
        this.host = host;
        this.options = options;
        this.logger = logger;
        Name = name;
        slot = new VersionSlot<PluginVersion>(new VersionSlotOptions
        {
            DrainTime = options.DrainTime,
            Kept = options.KeptVersions,
            TimeProvider = host.TimeProvider,
        });
        turns = new PluginTurns(slot, name);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>How the version that takes calls is run.</summary>
    public PluginOptions Options => Volatile.Read(ref options);

    /// <summary>The number of the version that takes calls; 0 when none does.</summary>
    public long ActiveVersion => slot.ActiveVersion;

    /// <summary>Its versions and what has become of its calls.</summary>
    public PluginInfo Describe() => new(
        Name, [.. slot.List()],
        new PluginCounters(
            Interlocked.Read(ref calls), Interlocked.Read(ref failures), Interlocked.Read(ref skipped), Interlocked.Read(ref rejected),
            Interlocked.Read(ref running), Interlocked.Read(ref failedLoads)));

    /// <summary>
    /// Calls a function that takes and gives bytes by Extism's convention. The plugin runs on the thread of the caller, which
    /// waits when too many calls are under way.
    /// </summary>
    /// <param name="function">The name of the function.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="hostContext">What functions of the host that serve the call find in <see cref="PluginSandbox.HostContext"/>.</param>
    /// <param name="cancellationToken">Ends the call, even one that loops.</param>
    /// <exception cref="PluginException">The call failed. Plugins that fail open are skipped instead.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public PluginAnswer Call(
        string function, ReadOnlyMemory<byte> input = default, object? hostContext = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = Run(function, (function, input), CallBody, hostContext, cancellationToken);
            return new PluginAnswer(answer.Output, answer.Version);
        }
        catch (PluginException failure) when (MaySkip(failure))
        {
            return Skip(input, failure);
        }
    }

    /// <summary>Like <see cref="Call"/>, but waits for its turn without a thread. The plugin itself runs on the thread that is there then.</summary>
    public async ValueTask<PluginAnswer> CallAsync(
        string function, ReadOnlyMemory<byte> input = default, object? hostContext = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = await RunAsync(function, (function, input), CallBody, hostContext, cancellationToken).ConfigureAwait(false);
            return new PluginAnswer(answer.Output, answer.Version);
        }
        catch (PluginException failure) when (MaySkip(failure))
        {
            return Skip(input, failure);
        }
    }

    /// <summary>
    /// Like <see cref="Call"/>, but writes the answer where the caller says, for one that gives its memory back or uses it again: such
    /// a call allocates nothing. Nothing is written when the call fails.
    /// </summary>
    /// <param name="output">Gets the answer, on the thread of the call and after the plugin has ended. What it throws is thrown.</param>
    /// <param name="function">The name of the function.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="hostContext">What functions of the host that serve the call find in <see cref="PluginSandbox.HostContext"/>.</param>
    /// <param name="cancellationToken">Ends the call, even one that loops.</param>
    /// <exception cref="PluginException">The call failed. Plugins that fail open are skipped instead: the input is written.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public PluginWritten CallInto(
        IBufferWriter<byte> output, string function, ReadOnlyMemory<byte> input = default, object? hostContext = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        (PluginWritten Written, ExceptionDispatchInfo? Thrown) call;
        try
        {
            call = Run(function, (output, function, input), WriteBody, hostContext, cancellationToken);
        }
        catch (PluginException failure) when (MaySkip(failure))
        {
            return Skip(output, input, failure);
        }

        call.Thrown?.Throw();
        return call.Written;
    }

    /// <summary>Like <see cref="CallInto"/>, but waits for its turn without a thread.</summary>
    public async ValueTask<PluginWritten> CallIntoAsync(
        IBufferWriter<byte> output, string function, ReadOnlyMemory<byte> input = default, object? hostContext = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        (PluginWritten Written, ExceptionDispatchInfo? Thrown) call;
        try
        {
            call = await RunAsync(function, (output, function, input), WriteBody, hostContext, cancellationToken).ConfigureAwait(false);
        }
        catch (PluginException failure) when (MaySkip(failure))
        {
            return Skip(output, input, failure);
        }

        call.Thrown?.Throw();
        return call.Written;
    }

    /// <summary>Runs something in a sandbox of the plugin, within all its limits: what typed calls are made of.</summary>
    /// <param name="function">What it is called in messages.</param>
    /// <param name="state">What the body is given.</param>
    /// <param name="body">What calls the plugin.</param>
    /// <param name="hostContext">What functions of the host find in <see cref="PluginSandbox.HostContext"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="PluginException">The call failed, whatever the failure policy is.</exception>
    public TResult Run<TState, TResult>(
        string function, TState state, Func<PluginSandbox, TState, TResult> body, object? hostContext = null, CancellationToken cancellationToken = default)
    {
        PluginTurn turn;
        try
        {
            if (!turns.TryEnter(out turn)) turn = turns.EnterAsync(cancellationToken).AsTask().GetAwaiter().GetResult();
        }
        catch (PluginException refusal)
        {
            throw Refused(refusal);
        }

        return Execute(in turn, function, state, body, hostContext, cancellationToken);
    }

    /// <summary>Like <see cref="Run"/>, but waits for its turn without a thread.</summary>
    public async ValueTask<TResult> RunAsync<TState, TResult>(
        string function, TState state, Func<PluginSandbox, TState, TResult> body, object? hostContext = null, CancellationToken cancellationToken = default)
    {
        PluginTurn turn;
        try
        {
            if (!turns.TryEnter(out turn)) turn = await turns.EnterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PluginException refusal)
        {
            throw Refused(refusal);
        }

        return Execute(in turn, function, state, body, hostContext, cancellationToken);
    }

    /// <summary>
    /// Loads another version in the background and puts it in: calls that begin after this has put it in are the new one's,
    /// calls under way finish on the old one, which is then unloaded. A version that cannot be loaded changes nothing.
    /// </summary>
    /// <param name="source">The new version.</param>
    /// <param name="newOptions">How it is run; null for as before.</param>
    /// <param name="cancellationToken">Gives up loading it.</param>
    /// <returns>Ends when the new version takes the calls; the old one may still drain.</returns>
    /// <exception cref="PluginException">It cannot be loaded.</exception>
    public async Task SwapAsync(PluginSource source, PluginOptions? newOptions = null, CancellationToken cancellationToken = default) =>
        await SwapAndDrainAsync(source, newOptions, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Like <see cref="SwapAsync"/>. What it gives ends when the old version has drained, and was unloaded or put aside for a
    /// rollback.
    /// </summary>
    public async Task<Task> SwapAndDrainAsync(PluginSource source, PluginOptions? newOptions = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        await swapping.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var nextOptions = newOptions ?? Options;
            var loaded = await VersionLoader.LoadAsync(host, Name, source, nextOptions, logger, cancellationToken).ConfigureAwait(false);
            var draining = slot.Swap(loaded.Version, loaded.Digest);
            Volatile.Write(ref options, nextOptions);
            WatchStopping();
            PluginTelemetry.Swap(Name, succeeded: true);
            PluginEvents.Swapped(logger, Name, slot.ActiveVersion, source.Label, loaded.Digest);
            return draining;
        }
        catch (PluginException failure)
        {
            Interlocked.Increment(ref failedLoads);
            PluginTelemetry.Swap(Name, succeeded: false);
            PluginEvents.NotLoaded(logger, Name, source.Label, failure);
            throw;
        }
        finally
        {
            swapping.Release();
        }
    }

    /// <summary>
    /// Goes back to the version before, if it is still loaded (<see cref="PluginOptions.KeptVersions"/>), at once.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool TryRollback()
    {
        swapping.Wait();
        try
        {
            if (!slot.TryRollback(out _)) return false;
            using (var lease = slot.Acquire()) Volatile.Write(ref options, lease.Value.Options);
            WatchStopping();
            PluginEvents.RolledBack(logger, Name, slot.ActiveVersion);
            return true;
        }
        finally
        {
            swapping.Release();
        }
    }

    internal async ValueTask DisposeAsync()
    {
        await slot.DisposeAsync().ConfigureAwait(false);
        swapping.Dispose();
    }

    private static byte[] Invoke(PluginSandbox sandbox, (string Function, ReadOnlyMemory<byte> Input) state) =>
        sandbox.Call(state.Function, state.Input.Span);

    private static readonly Func<PluginSandbox, (string Function, ReadOnlyMemory<byte> Input), (byte[] Output, long Version)> CallBody =
        static (sandbox, state) => (Invoke(sandbox, state), sandbox.Version);

    private static readonly Func<PluginSandbox, (IBufferWriter<byte> Output, string Function, ReadOnlyMemory<byte> Input), (PluginWritten, ExceptionDispatchInfo?)> WriteBody =
        static (sandbox, state) =>
        {
            var length = sandbox.CallInto(state.Output, state.Function, state.Input.Span, out var thrown);
            return (new PluginWritten(length, sandbox.Version), thrown);
        };

    private bool MaySkip(PluginException failure) => Options.FailurePolicy == FailurePolicy.FailOpen
        && failure.Failure is not (PluginFailure.Refused or PluginFailure.NoFunction);

    private PluginAnswer Skip(ReadOnlyMemory<byte> input, PluginException failure)
    {
        Interlocked.Increment(ref skipped);
        return new PluginAnswer(input, failure);
    }

    private PluginWritten Skip(IBufferWriter<byte> output, ReadOnlyMemory<byte> input, PluginException failure)
    {
        Interlocked.Increment(ref skipped);
        output.Write(input.Span);
        return new PluginWritten(input.Length, failure.Version, failure);
    }

    private TResult Execute<TState, TResult>(
        in PluginTurn turn, string function, TState state, Func<PluginSandbox, TState, TResult> body, object? hostContext, CancellationToken cancellation)
    {
        using var activity = PluginTelemetry.Begin(Name, function);
        var started = PluginTelemetry.IsTimed ? Stopwatch.GetTimestamp() : 0;
        PluginFailure? failure = null;
        Interlocked.Increment(ref calls);
        Interlocked.Increment(ref running);
        try
        {
            return turn.Lease.Value.Run(new PluginCall<TState, TResult>(function, state, body, turn.Lease.Version, hostContext, cancellation));
        }
        catch (PluginException exception)
        {
            failure = exception.Failure;
            Interlocked.Increment(ref failures);
            if (failure == PluginFailure.Unavailable) Interlocked.Increment(ref rejected);
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            if (Failures.IsTheSandboxs(exception.Failure)) PluginEvents.Failed(logger, Name, function, exception);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref running);
            PluginTelemetry.Ended(Name, started, failure);
            turn.Dispose();
        }
    }

    private PluginException Refused(PluginException refusal)
    {
        Interlocked.Increment(ref calls);
        Interlocked.Increment(ref failures);
        Interlocked.Increment(ref rejected);
        PluginTelemetry.Ended(Name, 0, refusal.Failure);
        return refusal;
    }

    // To be called with the right to swap, so that the active version is the one that was just put in.
    private void WatchStopping()
    {
        using var lease = slot.Acquire();
        lease.Stopping.UnsafeRegister(static version => ((PluginVersion)version!).Stop(), lease.Value);
    }
}
