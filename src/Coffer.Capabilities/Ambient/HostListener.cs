using System.Net.Sockets;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// A socket that listens. One connection is accepted ahead when a guest asks for one, and kept until it takes it: waiting
/// can so be given up at any time.
/// </summary>
internal sealed class HostListener(Socket socket) : PositionlessHandle
{
    private Task<Socket>? pending;

    public override FileType Type => FileType.StreamSocket;

    /// <summary>Where it listens.</summary>
    public string Address => socket.LocalEndPoint?.ToString() ?? "";

    public override (ulong Bytes, bool HasHungUp) Available => (pending is { IsCompleted: true } ? 1UL : 0, false);

    public override Task WhenReadable() => pending ??= socket.AcceptAsync();

    /// <summary>Takes a connection; <see cref="Errno.Again"/> when there is none yet.</summary>
    public Errno Accept(out HostConnection? connection)
    {
        connection = null;
        if (!WhenReadable().IsCompleted) return Errno.Again;
        var finished = pending!;
        pending = null;
        try
        {
            connection = new HostConnection(finished.GetAwaiter().GetResult());
            return Errno.Success;
        }
        catch (SocketException exception)
        {
            return HostSockets.Translate(exception.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            return Errno.BadDescriptor;
        }
    }

    protected override Errno ReadCore(Span<byte> destination, out int read)
    {
        read = 0;
        return Errno.NotConnected;
    }

    public override void Dispose()
    {
        // A connection that nobody took is closed; the one who made it sees that.
        pending?.ContinueWith(
            static accepted => accepted.Result.Dispose(),
            CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        socket.Dispose();
    }

    protected override Errno WriteCore(ReadOnlySpan<byte> source, out int written)
    {
        written = 0;
        return Errno.NotConnected;
    }
}
