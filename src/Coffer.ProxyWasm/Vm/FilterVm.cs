using System.Diagnostics;
using System.Runtime.CompilerServices;
using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Streams;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.Vm;

/// <summary>
/// One VM of a filter: an instance with its contexts. Whoever calls into it holds it (<see cref="EnterAsync"/>), so that one
/// callback runs at a time; between callbacks nothing of it runs.
/// </summary>
internal sealed partial class FilterVm : IDisposable
{
    private const int MaximumUnfinished = 1024;

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<int, FilterContext> contexts = [];
    private readonly Queue<FilterContext> finished = new(), unfinished = new();
    private readonly Store store;
    private readonly WasiEnvironment wasi;
    private readonly long halfDeadline;
    private readonly StrongBox<long> counted;
    private readonly Action<FilterVm> onFailed;
    private Callbacks callbacks = null!;
    private FilterContext root = null!;
    private int lastContext;
    private long deadlineSet;
    private int streams;
    private bool failed, isRetired, isDisposed;

    private FilterVm(FilterModule module, FilterOptions options, FilterHost host, Action<FilterVm> onFailed)
    {
        this.onFailed = onFailed;
        Module = module;
        Options = options;
        Host = host;
        Log = new FilterLog(options, host);
        Calls = new OutstandingCalls(this);
        Timer = new TickTimer(this);
        store = new Store(module.Module.Engine, new StoreLimits { MemoryBytes = options.MemoryBytes, Instances = 1 }) { Data = this };
        wasi = new WasiEnvironment(options, Log, host.GuestTime ?? host.Time);
        wasi.Attach(store);
        counted = host.Metrics.StreamsOf(options.Name);
        halfDeadline = (long)(options.CallbackDeadline.TotalSeconds * Stopwatch.Frequency / 2);
    }

    public FilterModule Module { get; }

    public FilterOptions Options { get; }

    public FilterHost Host { get; }

    public FilterLog Log { get; }

    /// <summary>The calls to upstreams that are under way.</summary>
    public OutstandingCalls Calls { get; }

    public TickTimer Timer { get; }

    /// <summary>Why it is of no use any more; null while it is.</summary>
    public Exception? Failure { get; private set; }

    public bool HasFailed => Volatile.Read(ref failed);

    /// <summary>Whether it takes no more streams; asked by whoever holds it.</summary>
    public bool IsRetired => isRetired;

    public Callbacks Callbacks => callbacks;

    /// <summary>The fuel that is left, where the engine counts it.</summary>
    public long Fuel { get => store.Fuel; set => store.Fuel = value; }

    public FilterContext Root => root;

    /// <summary>What the functions of the host act on; set while a callback runs.</summary>
    public FilterContext Effective { get; set; } = null!;

    /// <summary>The stream for which the response of a call is being delivered to the root.</summary>
    public FilterContext? DeliveringFor { get; set; }

    /// <summary>The buffer and the maps that only the running callback has.</summary>
    public CallbackData Data { get; } = new();

    /// <summary>Whether nobody is in it.</summary>
    public bool IsIdle => gate.CurrentCount > 0;

    /// <summary>Makes a VM and lets the filter read its configuration.</summary>
    /// <param name="module">The module.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="host">What it shares with others.</param>
    /// <param name="onFailed">Called once, within a callback, when it is of no use any more.</param>
    /// <exception cref="FilterException">It does not start, or refuses its configuration.</exception>
    public static FilterVm Start(FilterModule module, FilterOptions options, FilterHost host, Action<FilterVm> onFailed)
    {
        var vm = new FilterVm(module, options, host, onFailed);
        try
        {
            vm.Start();
            host.Metrics.CountStart(options.Name);
            return vm;
        }
        catch (Exception exception)
        {
            vm.Dispose();
            if (exception is FilterException) throw;
            throw new FilterException($"filter {options.Name} does not start: {Describe(exception)}", exception);
        }
    }

    private void Start()
    {
        gate.Wait();
        try
        {
            store.SetDeadline(Options.StartDeadline);
            deadlineSet = long.MaxValue;
            root = new FilterContext(this, ++lastContext, null, null);
            contexts.Add(root.Id, root);
            Effective = root;
            var instance = Module.Pre.Instantiate(store);
            callbacks = new Callbacks(instance);
            callbacks.Initialize?.Invoke();
            callbacks.Main?.Invoke(0, 0);
            callbacks.Start?.Invoke();
            callbacks.ContextCreate?.Invoke(root.Id, 0);
            Data.Configuration = Options.VmConfiguration;
            if (callbacks.VmStart?.Invoke(root.Id, Options.VmConfiguration.Length) == 0)
            {
                throw new FilterException($"filter {Options.Name} refuses the configuration of its VM (proxy_on_vm_start)");
            }

            Data.Configuration = Options.Configuration;
            if (callbacks.Configure?.Invoke(root.Id, Options.Configuration.Length) == 0)
            {
                throw new FilterException($"filter {Options.Name} refuses its configuration (proxy_on_configure)");
            }
        }
        finally
        {
            Data.Configuration = null;
            deadlineSet = 0;
            gate.Release();
        }
    }

    /// <summary>Waits until nobody is in the VM. Whoever waited leaves it with <see cref="Leave"/>.</summary>
    public ValueTask EnterAsync() => gate.Wait(0) ? default : new ValueTask(gate.WaitAsync());

    public void Leave()
    {
        // Not while a callback runs: a filter may say that it is done in the middle of one.
        while (finished.TryDequeue(out var context)) Finish(context);
        var dispose = isRetired && streams == 0;
        gate.Release();
        if (dispose) Dispose();
    }

    /// <summary>
    /// Runs a callback for a context; whoever calls holds the VM. What the guest fails with stays here: then the VM is of no
    /// use, and the result is the one given.
    /// </summary>
    public TResult Call<TState, TResult>(
        FilterContext context, TState state, TResult failed, Func<Callbacks, FilterContext, TState, TResult> callback)
    {
        if (HasFailed || context.IsDeleted || isDisposed) return failed;
        var before = Effective;
        Effective = context;
        try
        {
            var now = Stopwatch.GetTimestamp();
            if (now - deadlineSet > halfDeadline)
            {
                // A deadline costs a timer. One that was set within the last half is good for this callback as well.
                store.SetDeadline(Options.CallbackDeadline);
                deadlineSet = now;
            }

            return callback(callbacks, context, state);
        }
        catch (Exception exception)
        {
            Fail(exception);
            return failed;
        }
        finally
        {
            Effective = before;
        }
    }

    /// <summary>Opens a context for a stream; whoever calls holds the VM.</summary>
    public FilterContext Open(FilterStream stream)
    {
        streams++;
        do lastContext = lastContext == int.MaxValue ? 1 : lastContext + 1;
        while (contexts.ContainsKey(lastContext));
        var context = new FilterContext(this, lastContext, root, stream);
        contexts.Add(context.Id, context);
        if (callbacks.ContextCreate is not null)
        {
            Call(context, 0, 0, static (callbacks, context, _) =>
            {
                callbacks.ContextCreate!(context.Id, context.Root.Id);
                return 0;
            });
        }

        Interlocked.Increment(ref counted.Value);
        return context;
    }

    /// <summary>Tells the filter that the host is done with a stream; whoever calls holds the VM.</summary>
    public void Close(FilterContext context)
    {
        streams--;
        var isDone = Call(context, 0, 1, static (callbacks, context, _) => callbacks.Done?.Invoke(context.Id) ?? 1);
        if (isDone != 0) Finish(context);
        else
        {
            context.IsDonePending = true;
            unfinished.Enqueue(context);
        }

        // A filter that never says that it is done does not keep streams for ever.
        while (unfinished.Count > MaximumUnfinished) TryFinishLater(unfinished.Dequeue());
    }

    /// <summary>The filter is done as well; false when it was not asked.</summary>
    public bool TryFinishLater(FilterContext context)
    {
        if (!context.IsDonePending) return false;
        context.IsDonePending = false;
        finished.Enqueue(context);
        return true;
    }

    private void Finish(FilterContext context)
    {
        Call(context, 0, 0, static (callbacks, context, _) =>
        {
            callbacks.Log?.Invoke(context.Id);
            callbacks.Delete?.Invoke(context.Id);
            return 0;
        });
        context.IsDeleted = true;
        contexts.Remove(context.Id);
    }

    public FilterContext? Find(int id) => contexts.GetValueOrDefault(id);

    /// <summary>Starts no more streams; goes when the last has ended.</summary>
    public async ValueTask RetireAsync()
    {
        Timer.Stop();
        Host.Queues.Forget(this);
        await EnterAsync().ConfigureAwait(false);
        if (!isRetired)
        {
            isRetired = true;
            if (!HasFailed) Call(root, 0, 0, static (callbacks, context, _) => callbacks.Done?.Invoke(context.Id) ?? 0);
        }

        Leave();
    }

    public void PostQueueReady(int queue) => _ = DeliverAsync(root, queue, static (callbacks, context, queue) =>
    {
        callbacks.QueueReady?.Invoke(context.Id, queue);
        return 0;
    });

    /// <summary>Enters, runs a callback and leaves.</summary>
    public async Task DeliverAsync<TState>(FilterContext context, TState state, Func<Callbacks, FilterContext, TState, int> callback)
    {
        Host.BeginDelivery();
        await EnterAsync().ConfigureAwait(false);
        try
        {
            Call(context, state, 0, callback);
        }
        finally
        {
            Leave();
            Host.EndDelivery();
        }
    }

    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        Timer.Stop();
        Calls.CancelAll();
        Host.Queues.Forget(this);
        store.Dispose();
        wasi.Dispose();
    }

    private void Fail(Exception exception)
    {
        Failure = exception;
        Volatile.Write(ref failed, true);
        Timer.Stop();
        Calls.CancelAll();
        Host.Queues.Forget(this);
        Host.Metrics.CountFailure(Options.Name);
        Host.Failed?.Invoke(exception);
        LogFailure(Host.Logger, Options.Name, Describe(exception));
        onFailed(this);
        foreach (var context in contexts.Values) context.Stream?.Fail();
    }

    private static string Describe(Exception exception) => exception switch
    {
        TrapException trap => $"trap: {trap}",
        ExhaustionException { Kind: ExhaustionKind.Deadline } late =>
            $"it ran longer than it may\n{string.Join('\n', late.WasmTrace.Take(16).Select(frame => "  at " + frame))}",
        _ => exception.Message,
    };

    [LoggerMessage(1101, LogLevel.Error, "filter {Filter} failed: {Reason}")]
    private static partial void LogFailure(ILogger logger, string filter, string reason);
}
