using System.Text;
using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>Who ends a connection.</summary>
public enum ConnectionPeer
{
    /// <summary>It is not known.</summary>
    Unknown = PeerKind.Unknown,

    /// <summary>This host.</summary>
    Local = PeerKind.Local,

    /// <summary>The client, or the upstream.</summary>
    Remote = PeerKind.Remote,
}

/// <summary>
/// A TCP connection that a test takes through a filter step by step: each method shows the filter something, waits until nothing
/// is under way, and says what became of it.
/// </summary>
public sealed class TestConnection : IAsyncDisposable
{
    private readonly FilterFixture fixture;
    private readonly TcpExchange exchange;
    private readonly TcpFilterStream stream;
    private readonly StreamSide downstream, upstream;
    private bool isClosed;

    internal TestConnection(FilterFixture fixture, IReadOnlyDictionary<string, byte[]> values)
    {
        this.fixture = fixture;
        exchange = new TcpExchange(new TestProperties(values, request: null), static () => { });
        stream = new TcpFilterStream(fixture.Slot, exchange);
        downstream = new StreamSide("client's side", stream.Downstream, fixture.Host);
        upstream = new StreamSide("upstream's side", stream.Upstream, fixture.Host);
    }

    /// <summary>What became of the connection when the filter was told of it.</summary>
    public FilterAction Opened { get; private set; }

    /// <summary>What has gone on to the upstream, as text.</summary>
    public string SentUpstream => Encoding.UTF8.GetString(downstream.Passed);

    /// <summary>What has gone back to the client, as text.</summary>
    public string SentDownstream => Encoding.UTF8.GetString(upstream.Passed);

    /// <summary>Whether the filter, or the host in its place, has closed it.</summary>
    public bool IsClosed => exchange.IsClosed;

    /// <summary>Shows what the client sends.</summary>
    public Task<FilterAction> DownstreamAsync(ReadOnlyMemory<byte> data, bool endOfStream = false) => ShowAsync(downstream, data, endOfStream);

    /// <summary>Shows what the client sends, as UTF-8.</summary>
    public Task<FilterAction> DownstreamAsync(string data, bool endOfStream = false) => DownstreamAsync(Encoding.UTF8.GetBytes(data), endOfStream);

    /// <summary>Shows what the upstream sends.</summary>
    public Task<FilterAction> UpstreamAsync(ReadOnlyMemory<byte> data, bool endOfStream = false) => ShowAsync(upstream, data, endOfStream);

    /// <summary>Shows what the upstream sends, as UTF-8.</summary>
    public Task<FilterAction> UpstreamAsync(string data, bool endOfStream = false) => UpstreamAsync(Encoding.UTF8.GetBytes(data), endOfStream);

    /// <summary>Tells the filter that both ends are closed, and by whom.</summary>
    public async Task CloseAsync(ConnectionPeer client = ConnectionPeer.Remote, ConnectionPeer server = ConnectionPeer.Unknown)
    {
        if (isClosed) return;
        isClosed = true;
        await stream.CloseAsync((PeerKind)client, (PeerKind)server).ConfigureAwait(false);
        await fixture.Host.SettleAsync().ConfigureAwait(false);
    }

    /// <summary>Closes it.</summary>
    public ValueTask DisposeAsync() => new(CloseAsync());

    internal async Task OpenAsync()
    {
        stream.Downstream.Pause.Reset();
        await downstream.ShowHeadersAsync(stream.OpenAsync, endOfStream: false).ConfigureAwait(false);
        Opened = Result(downstream);
    }

    private async Task<FilterAction> ShowAsync(StreamSide side, ReadOnlyMemory<byte> data, bool endOfStream)
    {
        if (isClosed || IsClosed) throw new FilterAssertionException("The connection is closed: nothing more of it is shown.");
        if (Opened == FilterAction.Pause && downstream.IsPaused && side == upstream) throw new FilterAssertionException("The filter has paused the new connection, so there is no upstream yet.");
        await side.ShowBodyAsync(data, endOfStream).ConfigureAwait(false);
        return Result(side);
    }

    private FilterAction Result(StreamSide side) => IsClosed ? FilterAction.Reset : side.IsPaused ? FilterAction.Pause : FilterAction.Continue;
}
