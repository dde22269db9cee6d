using Coffer.ProxyWasm.Streams;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.Vm;

/// <summary>
/// One VM: an instance with its contexts, of one filter or of several with the same VM id. Whoever calls into it holds it
/// (<see cref="EnterAsync"/>), so that one callback runs at a time; between callbacks nothing of it runs.
/// </summary>
internal sealed partial class FilterVm : IDisposable
{
    private const int MaximumUnfinished = 1024;

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<int, FilterContext> contexts = [];
    private readonly List<FilterRoot> roots = [];
    private readonly Queue<FilterContext> finished = new(), unfinished = new();
    private readonly FilterModule module;
    private readonly Store store;
    private readonly WasiEnvironment wasi;
    private Callbacks? callbacks;
    private int lastContext, lastCall;
    private bool failed, isOver, isDisposed;

    private FilterVm(FilterModule module, FilterOptions options, FilterHost host)
    {
        this.module = module;
        Host = host;
        store = new Store(module.Module.Engine, new StoreLimits { MemoryBytes = options.MemoryBytes, Instances = 1 }) { Data = this };
        wasi = new WasiEnvironment(options, () => Effective.Root.Log, host.GuestTime ?? host.Time);
        wasi.Attach(store);
    }

    public FilterHost Host { get; }

    public bool HasFailed => Volatile.Read(ref failed);

    /// <summary>Whether the runtime of AssemblyScript is in it.</summary>
    public bool IsAssemblyScript => module.IsAssemblyScript;

    public Callbacks Callbacks => callbacks!;

    /// <summary>The fuel that is left, where the engine counts it.</summary>
    public long Fuel { get => store.Fuel; set => store.Fuel = value; }

    /// <summary>What the functions of the host act on; set while a callback runs.</summary>
    public FilterContext Effective { get; set; } = null!;

    /// <summary>The stream for which the response of a call is being delivered to the root.</summary>
    public FilterContext? DeliveringFor { get; set; }

    /// <summary>The buffer and the maps that only the running callback has.</summary>
    public CallbackData Data { get; } = new();

    /// <summary>Whether nobody is in it.</summary>
    public bool IsIdle => gate.CurrentCount > 0;

    /// <summary>Makes a VM and lets a filter start in it and read its configuration.</summary>
    /// <param name="module">The module.</param>
    /// <param name="options">How the filter is run.</param>
    /// <param name="host">What it shares with others.</param>
    /// <param name="onFailed">Called once, within a callback, when the VM is of no use any more.</param>
    /// <exception cref="FilterException">It does not start, or refuses its configuration.</exception>
    public static FilterRoot Start(FilterModule module, FilterOptions options, FilterHost host, Action<FilterRoot> onFailed) =>
        new FilterVm(module, options, host).TryStart(options, onFailed)!;

    /// <summary>Lets a filter start in this VM; null when it takes no more.</summary>
    /// <exception cref="FilterException">It does not start, or refuses its configuration; the others in the VM go on unless it has failed.</exception>
    public FilterRoot? TryStart(FilterOptions options, Action<FilterRoot> onFailed)
    {
        gate.Wait();
        try
        {
            if (HasFailed || isOver) return null;
            var root = new FilterRoot(this, NextContextId(), options, onFailed);
            Start(root);
            Host.Metrics.CountStart(options.Name);
            return root;
        }
        finally
        {
            Leave();
        }
    }

    private void Start(FilterRoot root)
    {
        contexts.Add(root.Context.Id, root.Context);
        try
        {
            store.SetDeadline(root.Options.StartDeadline);
            Effective = root.Context;
            if (callbacks is null) Instantiate();
            Configure(root);
            roots.Add(root);
        }
        catch (Exception exception)
        {
            root.Stop();
            root.Context.IsDeleted = true;
            contexts.Remove(root.Context.Id);
            if (exception is FilterException) throw;
            // What a callback was in the middle of when it was ended is what the other filters would go on with.
            if (roots.Count > 0) Fail(exception, root.Options.Name);
            throw new FilterException($"filter {root.Options.Name} does not start: {Describe(exception)}", exception);
        }
        finally
        {
            Data.Configuration = null;
        }
    }

    private void Instantiate()
    {
        var instance = module.Pre.Instantiate(store);
        callbacks = new Callbacks(instance);
        callbacks.Initialize?.Invoke();
        callbacks.Main?.Invoke(0, 0);
        callbacks.Start?.Invoke();
    }

    private void Configure(FilterRoot root)
    {
        var (id, options) = (root.Context.Id, root.Options);
        Callbacks.ContextCreate?.Invoke(id, 0);
        Data.Configuration = options.VmConfiguration;
        if (Callbacks.VmStart?.Invoke(id, options.VmConfiguration.Length) == 0)
        {
            throw new FilterException($"filter {options.Name} refuses the configuration of its VM (proxy_on_vm_start)");
        }

        Data.Configuration = options.Configuration;
        if (Callbacks.Configure?.Invoke(id, options.Configuration.Length) == 0)
        {
            throw new FilterException($"filter {options.Name} refuses its configuration (proxy_on_configure)");
        }
    }

    /// <summary>Waits until nobody is in the VM. Whoever waited leaves it with <see cref="Leave"/>.</summary>
    public ValueTask EnterAsync() => gate.Wait(0) ? default : new ValueTask(gate.WaitAsync());

    public void Leave()
    {
        // Not while a callback runs: a filter may say that it is done in the middle of one.
        while (finished.TryDequeue(out var context)) Finish(context);
        for (var i = roots.Count - 1; i >= 0; i--)
        {
            if (roots[i].IsOver) End(roots[i]);
        }

        // Said while it is held, so that no filter starts in what is about to go.
        var dispose = isOver = roots.Count == 0;
        gate.Release();
        if (dispose) Dispose();
    }

    // The others in the VM go on; when there are none it goes, and need not be told.
    private void End(FilterRoot root)
    {
        root.Stop();
        roots.Remove(root);
        if (roots.Count > 0) Finish(root.Context);
    }

    /// <summary>
    /// Runs a callback for a context; whoever calls holds the VM. What the guest fails with stays here: then the VM is of no
    /// use, and the result is the one given.
    /// </summary>
    public TResult Call<TState, TResult>(
        FilterContext context, TState state, TResult failed, Func<Callbacks, FilterContext, TState, TResult> callback)
    {
        if (HasFailed || context.IsDeleted || isOver) return failed;
        var before = Effective;
        Effective = context;
        try
        {
            store.SetDeadline(context.Root.Options.CallbackDeadline);
            return callback(Callbacks, context, state);
        }
        catch (Exception exception)
        {
            Fail(exception, context.Root.Options.Name);
            return failed;
        }
        finally
        {
            Effective = before;
        }
    }

    /// <summary>Opens a context for a stream of a filter; whoever calls holds the VM.</summary>
    public FilterContext Add(FilterRoot root, FilterStream stream)
    {
        var context = new FilterContext(root, NextContextId(), stream);
        contexts.Add(context.Id, context);
        if (Callbacks.ContextCreate is not null)
        {
            Call(context, 0, 0, static (callbacks, context, _) =>
            {
                callbacks.ContextCreate!(context.Id, context.Root.Context.Id);
                return 0;
            });
        }

        return context;
    }

    /// <summary>Tells the filter that the host is done with a stream; whoever calls holds the VM.</summary>
    public void Close(FilterContext context)
    {
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

    /// <summary>A number for a call to an upstream: filters in one VM tell their calls apart by it.</summary>
    public int NextCallId()
    {
        int id;
        do id = Interlocked.Increment(ref lastCall) & int.MaxValue;
        while (id == 0);
        return id;
    }

    private int NextContextId()
    {
        do lastContext = lastContext == int.MaxValue ? 1 : lastContext + 1;
        while (contexts.ContainsKey(lastContext));
        return lastContext;
    }

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
        module.SharedVms.Forget(this);
        store.Dispose();
        wasi.Dispose();
    }

    private void Fail(Exception exception, string filter)
    {
        Volatile.Write(ref failed, true);
        Host.Failed?.Invoke(exception);
        LogFailure(Host.Logger, filter, Describe(exception));
        foreach (var root in roots)
        {
            if (root.Options.Name != filter) LogFailedBeside(Host.Logger, root.Options.Name, filter);
            root.Fail();
        }

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

    [LoggerMessage(1105, LogLevel.Error, "filter {Filter} failed with filter {Other}, which is in the same VM")]
    private static partial void LogFailedBeside(ILogger logger, string filter, string other);
}
