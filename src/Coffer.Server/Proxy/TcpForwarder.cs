using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Proxy;

/// <summary>Passes a connection on as it is.</summary>
internal static partial class TcpForwarder
{
    public static async Task RunAsync(ConnectionContext connection, Uri destination, ILogger logger)
    {
        using var upstream = new TcpClient { NoDelay = true };
        try
        {
            await upstream.ConnectAsync(destination.Host, destination.Port, connection.ConnectionClosed).ConfigureAwait(false);
            var stream = upstream.GetStream();
            await using (stream.ConfigureAwait(false))
            {
                var up = CopyUpAsync(connection, stream);
                await stream.CopyToAsync(connection.Transport.Output, connection.ConnectionClosed).ConfigureAwait(false);
                await connection.Transport.Output.CompleteAsync().ConfigureAwait(false);
                connection.Transport.Input.CancelPendingRead();
                await up.ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or ConnectionAbortedException)
        {
            LogEnded(logger, destination, exception.Message);
        }
    }

    private static async Task CopyUpAsync(ConnectionContext connection, NetworkStream stream)
    {
        try
        {
            await connection.Transport.Input.CopyToAsync(stream, connection.ConnectionClosed).ConfigureAwait(false);
            stream.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction tells of it.
        }
    }

    [LoggerMessage(1201, LogLevel.Debug, "the connection to {Destination} ended: {Reason}")]
    private static partial void LogEnded(ILogger logger, Uri destination, string reason);
}
