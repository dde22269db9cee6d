using System.Runtime.CompilerServices;

namespace Coffer.ProxyWasm.Vm;

/// <summary>
/// A filter in a VM: its root context, and what is its own there, whichever others are in the same VM. Used while the VM is held.
/// </summary>
internal sealed class FilterRoot
{
    private readonly Action<FilterRoot> onFailed;
    private readonly StrongBox<long> counted;
    private int streams;

    public FilterRoot(FilterVm vm, int id, FilterOptions options, Action<FilterRoot> onFailed)
    {
        Vm = vm;
        Options = options;
        this.onFailed = onFailed;
        Context = new FilterContext(this, id, null);
        Log = new FilterLog(options, vm.Host);
        Calls = new OutstandingCalls(this);
        Timer = new TickTimer(this);
        counted = vm.Host.Metrics.StreamsOf(options.Name);
    }

    public FilterVm Vm { get; }

    public FilterOptions Options { get; }

    public FilterContext Context { get; }

    public FilterLog Log { get; }

    /// <summary>The calls to upstreams that are under way.</summary>
    public OutstandingCalls Calls { get; }

    public TickTimer Timer { get; }

    /// <summary>Whether it is given no more streams; asked by whoever holds the VM.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Whether nothing of it is left to do.</summary>
    public bool IsOver => IsRetired && streams == 0;

    /// <summary>Opens a context for a stream.</summary>
    public FilterContext Open(FilterStream stream)
    {
        streams++;
        var context = Vm.Add(this, stream);
        Interlocked.Increment(ref counted.Value);
        return context;
    }

    /// <summary>Tells the filter that the host is done with a stream.</summary>
    public void Close(FilterContext context)
    {
        streams--;
        Vm.Close(context);
    }

    /// <summary>Starts no more streams; goes when the last has ended.</summary>
    public async ValueTask RetireAsync()
    {
        Timer.Stop();
        Vm.Host.Queues.Forget(this);
        await Vm.EnterAsync().ConfigureAwait(false);
        if (!IsRetired)
        {
            IsRetired = true;
            if (!Vm.HasFailed) Vm.Call(Context, 0, 0, static (callbacks, context, _) => callbacks.Done?.Invoke(context.Id) ?? 0);
        }

        Vm.Leave();
    }

    public void PostQueueReady(int queue) => _ = Vm.DeliverAsync(Context, queue, static (callbacks, context, queue) =>
    {
        callbacks.QueueReady?.Invoke(context.Id, queue);
        return 0;
    });

    /// <summary>The VM has failed.</summary>
    public void Fail()
    {
        Stop();
        Vm.Host.Metrics.CountFailure(Options.Name);
        onFailed(this);
    }

    /// <summary>Ends what would call the filter.</summary>
    public void Stop()
    {
        Timer.Stop();
        Calls.CancelAll();
        Vm.Host.Queues.Forget(this);
    }
}
