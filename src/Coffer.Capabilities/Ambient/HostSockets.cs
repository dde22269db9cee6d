using System.Net;
using System.Net.Sockets;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>The one place where sockets are opened, and their errors translated.</summary>
internal static class HostSockets
{
    private const int Backlog = 128;

    /// <summary>Listens at an address.</summary>
    /// <exception cref="IOException">The system does not allow it; the message says where and why.</exception>
    public static HostListener Listen(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(address);
            socket.Listen(Backlog);
            return new HostListener(socket);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new IOException($"Cannot listen at {address}: {exception.Message}.", exception);
        }
    }

    public static Errno Translate(SocketError error) => error switch
    {
        SocketError.Success => Errno.Success,
        SocketError.WouldBlock or SocketError.IOPending => Errno.Again,
        SocketError.ConnectionAborted => Errno.ConnectionAborted,
        SocketError.ConnectionReset => Errno.ConnectionReset,
        SocketError.NotConnected => Errno.NotConnected,
        SocketError.Shutdown => Errno.BrokenPipe,
        SocketError.TimedOut => Errno.TimedOut,
        SocketError.TooManyOpenSockets => Errno.HostDescriptorLimit,
        SocketError.OperationAborted or SocketError.NotSocket => Errno.BadDescriptor,
        SocketError.InvalidArgument => Errno.Invalid,
        _ => Errno.Io,
    };
}
