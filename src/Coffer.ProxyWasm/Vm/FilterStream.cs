using Coffer.Plugins.Versions;
using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Vm;

/// <summary>What a filter can do with a stream: an HTTP request with its response, or a TCP connection.</summary>
internal abstract class FilterStream(FilterSlot slot)
{
    private Filter filter = (Filter)slot.Current;
    private FilterRoot? root;
    private FilterContext? context;

    public FilterOptions Options => filter.Options;

    public TimeProvider Time => filter.Host.Time;

    /// <summary>What the filter has; null while it has not been shown anything, or when it was passed over.</summary>
    public Callbacks? Callbacks => context is null ? null : root!.Vm.Callbacks;

    /// <summary>Whether its module can answer by itself at all.</summary>
    public bool CanRespond => filter.FilterModule.CanRespond;

    /// <summary>Whether the filter works no more, which decides what becomes of what it has paused.</summary>
    public bool HasFailed => root is { Vm.HasFailed: true };

    /// <summary>Whether nothing of the stream goes on any more: it was answered, or closed.</summary>
    protected abstract bool HasEnded { get; }

    /// <summary>A map, or null when there is none now.</summary>
    public abstract HeaderMap? Map(MapKind kind);

    /// <summary>A buffer, or null when there is none now.</summary>
    public abstract BodyBuffer? Buffer(BufferKind kind);

    /// <summary>Continues what was paused; false when the stream has nothing of the kind.</summary>
    public abstract bool Continue(StreamKind kind);

    /// <summary>Closes or resets; false when the stream has nothing of the kind.</summary>
    public abstract bool Close(StreamKind kind);

    /// <summary>Answers instead of the upstream; false when that is not possible any more.</summary>
    public abstract bool TryRespond(LocalResponse response);

    /// <summary>What the host says of the stream.</summary>
    public abstract StreamProperties Properties { get; }

    /// <summary>The VM has failed: nothing that it paused will be continued.</summary>
    public abstract void Fail();

    /// <summary>What the policy says of a stream whose filter does not work: whether it goes on.</summary>
    public bool FailByPolicy()
    {
        if (Options.Failure == FailurePolicy.FailOpen) return true;
        Refuse();
        return false;
    }

    /// <summary>Calls the filter for this stream; whether what it was shown goes on.</summary>
    public async ValueTask<bool> ShowAsync<TState>(TState state, Func<Callbacks, FilterContext, TState, int> callback)
    {
        if (context is null) return true;
        var vm = root!.Vm;
        await vm.EnterAsync().ConfigureAwait(false);
        try
        {
            return Call(state, callback);
        }
        finally
        {
            vm.Leave();
        }
    }

    /// <summary>Ends a stream that does not go on because its filter does not work.</summary>
    protected abstract void Refuse();

    /// <summary>Gives the stream to a VM and shows it the first there is of it; whether that goes on.</summary>
    protected async ValueTask<bool> OpenAsync<TState>(TState state, Func<Callbacks, FilterContext, TState, int> callback)
    {
        (filter, root) = await slot.EnterAsync().ConfigureAwait(false);
        if (root is null) return FailByPolicy();
        try
        {
            context = root.Open(this);
            return Call(state, callback);
        }
        finally
        {
            root.Vm.Leave();
        }
    }

    /// <summary>Tells the filter what a callback says, and that all is over.</summary>
    protected async ValueTask CloseAsync<TState>(TState state, Func<Callbacks, FilterContext, TState, int>? callback)
    {
        if (context is null) return;
        var vm = root!.Vm;
        await vm.EnterAsync().ConfigureAwait(false);
        if (callback is not null) vm.Call(context, state, 0, callback);
        root.Close(context);
        vm.Leave();
    }

    private bool Call<TState>(TState state, Func<Callbacks, FilterContext, TState, int> callback)
    {
        var vm = root!.Vm;
        var action = vm.Call(context!, state, 0, callback);
        if (vm.HasFailed) return FailByPolicy();
        return action == 0 && !HasEnded;
    }
}
