using System.Buffers;
using System.IO.Pipelines;
using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Connections;

namespace Coffer.ProxyWasm.AspNetCore.Tcp;

/// <summary>One connection of Kestrel on its way through a chain: a pipe each way between the client and what serves it.</summary>
internal sealed class FilteredConnection : IDuplexPipe
{
    private readonly ConnectionContext connection;
    private readonly TcpFilterChain chain;
    private readonly IDuplexPipe transport;
    private readonly Pipe toServer = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe toClient = new(new PipeOptions(useSynchronizationContext: false));

    public FilteredConnection(ConnectionContext connection, IReadOnlyList<FilterSlot> filters, HostProperties host)
    {
        this.connection = connection;
        transport = connection.Transport;
        chain = new TcpFilterChain(filters, new TcpExchange(
            new ConnectionProperties(connection, host),
            () => connection.Abort(new ConnectionAbortedException("a filter closed the connection"))));
    }

    PipeReader IDuplexPipe.Input => toServer.Reader;

    PipeWriter IDuplexPipe.Output => toClient.Writer;

    /// <summary>Takes the connection through the filters to what serves it.</summary>
    public async Task RunAsync(ConnectionDelegate next)
    {
        var closedBy = PeerKind.Local;
        try
        {
            if (!await chain.OpenAsync(connection.ConnectionClosed).ConfigureAwait(false)) return;
            var up = PumpAsync(chain.Downstream(new PipePieces(transport.Input).ReadAsync), toServer.Writer, transport.Input);
            var down = PumpAsync(chain.Upstream(new PipePieces(toClient.Reader).ReadAsync), transport.Output, toClient.Reader);
            connection.Transport = this;
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                connection.Transport = transport;
                await toClient.Writer.CompleteAsync().ConfigureAwait(false);
                await toServer.Reader.CompleteAsync().ConfigureAwait(false);
                await down.ConfigureAwait(false);
                if (up.IsCompleted) closedBy = PeerKind.Remote;
                transport.Input.CancelPendingRead();
                await up.ConfigureAwait(false);
            }
        }
        finally
        {
            await chain.CloseAsync(closedBy, PeerKind.Unknown).ConfigureAwait(false);
        }
    }

    private async Task PumpAsync(BodySource source, PipeWriter target, PipeReader origin)
    {
        Exception? failure = null;
        try
        {
            BodyPiece piece;
            do
            {
                piece = await source(connection.ConnectionClosed).ConfigureAwait(false);
                if (piece.Data.Length == 0) continue;
                var result = await target.WriteAsync(piece.Data, connection.ConnectionClosed).ConfigureAwait(false);
                if (result.IsCompleted) break;
            }
            while (!piece.IsEnd);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ConnectionAbortedException or ConnectionResetException)
        {
            failure = exception;
        }

        // The transport's own ends are closed by whoever made them.
        if (target != transport.Output) await target.CompleteAsync(failure).ConfigureAwait(false);
        if (origin != transport.Input) await origin.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>What a pipe has, piece by piece.</summary>
    private sealed class PipePieces(PipeReader reader)
    {
        private SequencePosition? consumed;

        public async ValueTask<BodyPiece> ReadAsync(CancellationToken cancellation)
        {
            if (consumed is { } position) reader.AdvanceTo(position);
            consumed = null;
            var result = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            consumed = result.Buffer.End;
            return new BodyPiece(
                result.Buffer.IsSingleSegment ? result.Buffer.First : result.Buffer.ToArray(), result.IsCompleted || result.IsCanceled);
        }
    }
}
