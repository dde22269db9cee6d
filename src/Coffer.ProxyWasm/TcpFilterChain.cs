using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm;

/// <summary>The way of one connection through filters: what the client sends from the first to the last, what it gets back.</summary>
internal sealed class TcpFilterChain
{
    private readonly TcpFilterStream[] streams;
    private readonly TcpExchange exchange;
    private int opened;

    public TcpFilterChain(IReadOnlyList<FilterSlot> filters, TcpExchange exchange)
    {
        this.exchange = exchange;
        streams = new TcpFilterStream[filters.Count];
        for (var i = 0; i < streams.Length; i++) streams[i] = new TcpFilterStream(filters[i], exchange);
    }

    /// <summary>Tells all filters of the connection; false when one closed it.</summary>
    public async ValueTask<bool> OpenAsync(CancellationToken cancellation)
    {
        while (opened < streams.Length)
        {
            var stream = streams[opened++];
            stream.Downstream.Pause.Reset();
            if (await stream.OpenAsync().ConfigureAwait(false)) continue;
            if (exchange.IsClosed || !await stream.Downstream.WaitUntilContinuedAsync(cancellation).ConfigureAwait(false)) return false;
        }

        return true;
    }

    /// <summary>What the client sends, behind the filters.</summary>
    public BodySource Downstream(BodySource client)
    {
        foreach (var stream in streams)
        {
            if (stream.Downstream.WantsData) client = new BodyStage(client, stream.Downstream).ReadAsync;
        }

        return client;
    }

    /// <summary>What the upstream sends, behind the filters.</summary>
    public BodySource Upstream(BodySource upstream)
    {
        for (var i = streams.Length - 1; i >= 0; i--)
        {
            if (streams[i].Upstream.WantsData) upstream = new BodyStage(upstream, streams[i].Upstream).ReadAsync;
        }

        return upstream;
    }

    /// <summary>Tells the filters that both ends are closed, and by whom.</summary>
    public async ValueTask CloseAsync(PeerKind downstream, PeerKind upstream)
    {
        for (var i = opened - 1; i >= 0; i--) await streams[i].CloseAsync(downstream, upstream).ConfigureAwait(false);
    }
}
