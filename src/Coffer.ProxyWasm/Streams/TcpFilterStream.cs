using Coffer.Plugins.Versions;
using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.Streams;

/// <summary>One filter's view of one TCP connection.</summary>
internal sealed class TcpFilterStream : FilterStream
{
    private readonly FilterSlot slot;
    private Filter filter;
    private readonly TcpExchange exchange;
    private FilterVm? vm;
    private FilterContext? context;

    public TcpFilterStream(FilterSlot slot, TcpExchange exchange)
    {
        this.slot = slot;
        filter = (Filter)slot.Current;
        this.exchange = exchange;
        Downstream = new TcpDirection(this, isDownstream: true);
        Upstream = new TcpDirection(this, isDownstream: false);
    }

    /// <summary>What comes from the client.</summary>
    public TcpDirection Downstream { get; }

    /// <summary>What comes from the upstream.</summary>
    public TcpDirection Upstream { get; }

    public FilterOptions Options => filter.Options;

    public TimeProvider Time => filter.Host.Time;

    public Callbacks? Callbacks => context is null ? null : vm!.Callbacks;

    public bool IsClosed => exchange.IsClosed;

    public bool HasFailed => vm is { HasFailed: true };

    public override StreamProperties Properties => exchange.Properties;

    public override HeaderMap? Map(MapKind kind) => null;

    public override BodyBuffer? Buffer(BufferKind kind) => kind switch
    {
        BufferKind.DownstreamData => Downstream.Buffer,
        BufferKind.UpstreamData => Upstream.Buffer,
        _ => null,
    };

    public override bool Continue(StreamKind kind)
    {
        if (kind is not (StreamKind.Downstream or StreamKind.Upstream)) return false;
        (kind == StreamKind.Downstream ? Downstream : Upstream).Pause.Continue();
        return true;
    }

    public override bool Close(StreamKind kind)
    {
        if (kind is not (StreamKind.Downstream or StreamKind.Upstream)) return false;
        CloseConnection();
        return true;
    }

    public override bool TryRespond(LocalResponse response) => false;

    public override void Fail() => Wake();

    public void CloseConnection()
    {
        exchange.Close();
        Wake();
    }

    /// <summary>Gives the connection to a VM and tells the filter of it; whether it goes on.</summary>
    public async ValueTask<bool> OpenAsync()
    {
        (filter, vm) = await slot.EnterAsync().ConfigureAwait(false);
        if (vm is null) return FailByPolicy();
        try
        {
            context = vm.Open(this);
            return Call(0, static (callbacks, context, _) => callbacks.NewConnection?.Invoke(context.Id) ?? 0);
        }
        finally
        {
            vm.Leave();
        }
    }

    public async ValueTask<bool> ShowAsync<TState>(TState state, Func<Callbacks, FilterContext, TState, int> callback)
    {
        if (context is null) return true;
        await vm!.EnterAsync().ConfigureAwait(false);
        try
        {
            return Call(state, callback);
        }
        finally
        {
            vm.Leave();
        }
    }

    public bool FailByPolicy()
    {
        if (filter.Options.Failure == FailurePolicy.FailOpen) return true;
        CloseConnection();
        return false;
    }

    public async ValueTask CloseAsync(PeerKind downstream, PeerKind upstream)
    {
        if (context is null) return;
        await vm!.EnterAsync().ConfigureAwait(false);
        vm.Call(context, (downstream, upstream), 0, static (callbacks, context, state) =>
        {
            callbacks.DownstreamClose?.Invoke(context.Id, (int)state.downstream);
            callbacks.UpstreamClose?.Invoke(context.Id, (int)state.upstream);
            return 0;
        });
        vm.Close(context);
        vm.Leave();
    }

    private bool Call<TState>(TState state, Func<Callbacks, FilterContext, TState, int> callback)
    {
        var action = vm!.Call(context!, state, 0, callback);
        if (vm.HasFailed) return FailByPolicy();
        return action == 0 && !IsClosed;
    }

    private void Wake()
    {
        Downstream.Pause.Continue();
        Upstream.Pause.Continue();
    }
}
