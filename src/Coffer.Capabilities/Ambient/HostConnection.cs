using System.Net.Sockets;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>A connected socket, which never waits by itself.</summary>
internal sealed class HostConnection : PositionlessHandle
{
    // Between two looks whether the socket is still open.
    private const int SliceMicroseconds = 200_000;
    private readonly Socket socket;
    private readonly SideThread side = new();
    private Task? readable, writable;
    private bool shutForReading;

    public HostConnection(Socket socket)
    {
        this.socket = socket;
        socket.Blocking = false;
        Peer = socket.RemoteEndPoint?.ToString() ?? "";
    }

    public override FileType Type => FileType.StreamSocket;

    /// <summary>The address of the other side.</summary>
    public string Peer { get; }

    public override (ulong Bytes, bool HasHungUp) Available
    {
        get
        {
            try
            {
                var bytes = socket.Available;
                return ((ulong)bytes, bytes == 0 && socket.Poll(0, SelectMode.SelectRead));
            }
            catch (SocketException)
            {
                return (0, true);
            }
        }
    }

    public override Task WhenReadable()
    {
        if (shutForReading) return Task.CompletedTask;
        // A read of no bytes completes when there are some.
        if (readable is null || readable.IsCompleted) readable = socket.ReceiveAsync(Memory<byte>.Empty).AsTask();
        return readable;
    }

    public override Task WhenWritable()
    {
        if (writable is { IsCompleted: false }) return writable;
        if (IsWritable(0)) return Task.CompletedTask;
        return writable = side.Run(() =>
        {
            while (!IsWritable(SliceMicroseconds))
            {
            }

            return true;
        });
    }

    protected override Errno ReadCore(Span<byte> destination, out int read) => Receive(destination, peek: false, out read);

    /// <summary>Takes bytes, or only looks at them; 0 at the end.</summary>
    public Errno Receive(Span<byte> destination, bool peek, out int received)
    {
        received = 0;
        if (shutForReading || destination.IsEmpty) return Errno.Success;
        received = socket.Receive(destination, peek ? SocketFlags.Peek : SocketFlags.None, out var error);
        return HostSockets.Translate(error);
    }

    /// <summary>Ends one direction or both.</summary>
    public Errno Shutdown(bool reading, bool writing)
    {
        try
        {
            socket.Shutdown(reading ? writing ? SocketShutdown.Both : SocketShutdown.Receive : SocketShutdown.Send);
            shutForReading |= reading;
            return Errno.Success;
        }
        catch (SocketException exception)
        {
            return HostSockets.Translate(exception.SocketErrorCode);
        }
    }

    public override void Dispose()
    {
        socket.Dispose();
        side.Dispose();
    }

    protected override Errno WriteCore(ReadOnlySpan<byte> source, out int written)
    {
        written = socket.Send(source, SocketFlags.None, out var error);
        if (error != SocketError.Success) written = 0;
        return HostSockets.Translate(error);
    }

    private bool IsWritable(int microseconds)
    {
        try
        {
            return socket.Poll(microseconds, SelectMode.SelectWrite);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }
}
