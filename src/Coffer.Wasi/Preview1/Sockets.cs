using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// The sock_ functions. Sockets that listen are open from the start, as they were granted; a guest accepts connections
/// through them, and cannot make any itself.
/// </summary>
internal sealed class Sockets(WasiState state)
{
    private const int Peek = 1, WaitAll = 2;
    private const int ShutRead = 1, ShutWrite = 2;
    private const int BytesPerFuel = 64;

    public Errno Accept(Call call, int number, int flags, int resultPointer)
    {
        while (true)
        {
            var error = Find(number, Rights.SockAccept, out var entry);
            if (error != Errno.Success) return error;
            if (entry.File is not HostListener listener) return Errno.Invalid;
            if ((flags & ~(int)DescriptorFlags.NonBlocking) != 0) return Errno.Invalid;
            if (!call.Memory.TryGet(resultPointer, sizeof(uint), out _)) return Errno.Fault;
            if (!state.HasRoom("sock_accept")) return Errno.DescriptorLimit;
            error = listener.Accept(out var connection);
            if (error == Errno.Again && (entry.Flags & DescriptorFlags.NonBlocking) == 0)
            {
                state.Gate.Wait(call.Store, listener.WhenReadable());
                continue;
            }

            return error != Errno.Success ? error : Add(call, entry, connection!, flags, resultPointer);
        }
    }

    public Errno Receive(Call call, int number, int list, int count, int flags, int usedPointer, int flagsPointer)
    {
        var total = 0U;
        while (true)
        {
            var error = FindConnection(number, Rights.FdRead, out var entry, out var connection);
            if (error != Errno.Success) return error;
            if ((flags & ~(Peek | WaitAll)) != 0) return Errno.Invalid;
            if (!call.Memory.TryGet(usedPointer, sizeof(uint), out _)) return Errno.Fault;
            if (!call.Memory.TryGet(flagsPointer, sizeof(ushort), out _)) return Errno.Fault;
            if (count > state.Quotas.Quotas.Iovecs) state.Quotas.Record("iovecs", "sock_recv", entry);
            error = BufferList.TryOpen(call.Memory, list, count, state.Quotas.Quotas.Iovecs, out var buffers);
            if (error != Errno.Success) return error;
            var peek = (flags & Peek) != 0;
            error = ReceiveOnce(connection, buffers, peek, ref total, out var isFull);
            // Who looks at bytes cannot wait for more of them: they would only be looked at again.
            var waitsForMore = (flags & WaitAll) != 0 && !peek && !isFull;
            if (error == Errno.Again && (total == 0 || waitsForMore) && (entry.Flags & DescriptorFlags.NonBlocking) == 0)
            {
                state.Gate.Wait(call.Store, connection.WhenReadable());
                // What has come is that of this connection, even if another thread has given its number to the next.
                if (total == 0 || state.Descriptors.Holds(number, connection)) continue;
            }

            if (error != Errno.Success && total == 0) return error;
            call.Store.ConsumeFuel(total / BytesPerFuel);
            // No flag: only a datagram can be cut off.
            call.Memory.GetSpan((uint)flagsPointer, sizeof(ushort)).Clear();
            return call.Memory.Store(usedPointer, total);
        }
    }

    public Errno Send(Call call, int number, int list, int count, int flags, int usedPointer)
    {
        var error = FindConnection(number, Rights.FdWrite, out _, out _);
        if (error != Errno.Success) return error;
        return flags != 0 ? Errno.Invalid : state.Io.Write(call, number, list, count, usedPointer);
    }

    public Errno Shutdown(int number, int how)
    {
        var error = FindConnection(number, Rights.SockShutdown, out _, out var connection);
        if (error != Errno.Success) return error;
        return how is <= 0 or > (ShutRead | ShutWrite)
            ? Errno.Invalid
            : connection.Shutdown((how & ShutRead) != 0, (how & ShutWrite) != 0);
    }

    /// <summary>Receives what is there, beyond the bytes that have been received already.</summary>
    private static Errno ReceiveOnce(
        HostConnection connection, BufferList buffers, bool peek, ref uint total, out bool isFull)
    {
        isFull = false;
        var skip = total;
        for (var i = 0; i < buffers.Count; i++)
        {
            if (!buffers.TryGet(i, out var buffer)) return Errno.Fault;
            var done = (int)Math.Min(skip, (uint)buffer.Length);
            skip -= (uint)done;
            buffer = buffer[done..];
            if (buffer.IsEmpty) continue;
            var error = connection.Receive(buffer, peek, out var received);
            if (error != Errno.Success) return error;
            total += (uint)received;
            // A second look would find the same bytes.
            if (received == 0 || peek) return Errno.Success;
            if (received < buffer.Length) return Errno.Again;
        }

        isFull = true;
        return Errno.Success;
    }

    private Errno Add(Call call, DescriptorEntry listening, HostConnection connection, int flags, int resultPointer)
    {
        if (!state.Authority.AllowsAccept(listening, connection.Peer))
        {
            connection.Dispose();
            return Errno.Access;
        }

        var entry = new DescriptorEntry(connection, Rights.Connection)
        {
            Grant = listening.Grant,
            GuestPath = Encoding.UTF8.GetBytes(connection.Peer),
            Flags = (DescriptorFlags)flags,
        };
        return call.Memory.Store(resultPointer, (uint)state.Descriptors.Add(entry));
    }

    private Errno FindConnection(int number, Rights rights, out DescriptorEntry entry, out HostConnection connection)
    {
        var error = Find(number, rights, out entry);
        connection = (entry?.File as HostConnection)!;
        return error == Errno.Success && connection is null ? Errno.NotConnected : error;
    }

    private Errno Find(int number, Rights rights, out DescriptorEntry entry)
    {
        var error = state.Descriptors.Find(number, Rights.None, out entry);
        if (error != Errno.Success) return error;
        if (entry.File is not (HostListener or HostConnection)) return Errno.NotSocket;
        return (entry.Rights & rights) == rights ? Errno.Success : Errno.NotCapable;
    }
}
