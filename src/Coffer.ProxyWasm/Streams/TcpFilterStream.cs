using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.Streams;

/// <summary>One filter's view of one TCP connection.</summary>
internal sealed class TcpFilterStream : FilterStream
{
    private readonly TcpExchange exchange;

    public TcpFilterStream(FilterSlot slot, TcpExchange exchange) : base(slot)
    {
        this.exchange = exchange;
        Downstream = new TcpDirection(this, isDownstream: true);
        Upstream = new TcpDirection(this, isDownstream: false);
    }

    /// <summary>What comes from the client.</summary>
    public TcpDirection Downstream { get; }

    /// <summary>What comes from the upstream.</summary>
    public TcpDirection Upstream { get; }

    public bool IsClosed => exchange.IsClosed;

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
    public ValueTask<bool> OpenAsync() => OpenAsync(0, static (callbacks, context, _) => callbacks.NewConnection?.Invoke(context.Id) ?? 0);

    public ValueTask CloseAsync(PeerKind downstream, PeerKind upstream) => CloseAsync(
        (downstream, upstream),
        static (callbacks, context, state) =>
        {
            callbacks.DownstreamClose?.Invoke(context.Id, (int)state.downstream);
            callbacks.UpstreamClose?.Invoke(context.Id, (int)state.upstream);
            return 0;
        });

    protected override bool HasEnded => IsClosed;

    protected override void Refuse() => CloseConnection();

    private void Wake()
    {
        Downstream.Pause.Continue();
        Upstream.Pause.Continue();
    }
}
