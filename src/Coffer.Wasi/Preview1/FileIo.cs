using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// fd_read, fd_write, fd_pread and fd_pwrite: straight between the file and the guest's memory. Where a stream or a socket
/// has nothing yet, the guest waits, unless it asked not to.
/// </summary>
internal sealed class FileIo(WasiState state)
{
    // Between two looks whether the guest must stop.
    private const int MostAtOnce = 16 << 20;
    private const int BytesPerFuel = 64;

    public Errno Read(Call call, int number, int list, int count, int resultPointer)
    {
        while (true)
        {
            var error = Open(call, "fd_read", number, Rights.FdRead, list, count, resultPointer, out var entry, out var buffers);
            if (error != Errno.Success) return error;
            var file = entry.File!;
            var total = 0U;
            for (var i = 0; i < buffers.Count && error == Errno.Success; i++)
            {
                if (!buffers.TryGet(i, out var buffer)) error = Errno.Fault;
                else if (!buffer.IsEmpty && !ReadAll(call, file, buffer, ref total, out error)) break;
            }

            if (error == Errno.Again && total == 0 && (entry.Flags & DescriptorFlags.NonBlocking) == 0)
            {
                state.Gate.Wait(call.Store, file.WhenReadable());
                continue;
            }

            return End(call, resultPointer, total, error);
        }
    }

    public Errno Write(Call call, int number, int list, int count, int resultPointer)
    {
        const string operation = "fd_write";
        var error = Open(call, operation, number, Rights.FdWrite, list, count, resultPointer, out var entry, out var buffers);
        if (error != Errno.Success) return error;
        var total = 0U;
        for (var i = 0; i < buffers.Count && error == Errno.Success; i++)
        {
            if (!buffers.TryGet(i, out var buffer)) error = Errno.Fault;
            else if (!buffer.IsEmpty && !WriteAll(call, operation, number, entry, buffer, ref total, out error)) break;
        }

        // What another thread writes for the guest is reported when it is written, as if the guest had.
        if (error == Errno.Success && entry.File is StreamHandle stream)
        {
            error = EndWrite(call, stream);
            if (error != Errno.Success) return error;
        }

        return End(call, resultPointer, total, error);
    }

    public Errno ReadAt(Call call, int number, int list, int count, long offset, int resultPointer)
    {
        var error = Open(
            call, "fd_pread", number, Rights.FdRead | Rights.FdSeek, list, count, resultPointer, out var entry, out var buffers);
        if (error != Errno.Success) return error;
        if (offset < 0) return Errno.Invalid;
        var total = 0U;
        for (var i = 0; i < buffers.Count && error == Errno.Success && total <= (ulong)(long.MaxValue - offset); i++)
        {
            if (!buffers.TryGet(i, out var buffer)) error = Errno.Fault;
            else if (!ReadAllAt(call, entry.File!, buffer, offset, ref total, out error)) break;
        }

        return End(call, resultPointer, total, error);
    }

    public Errno WriteAt(Call call, int number, int list, int count, long offset, int resultPointer)
    {
        const string operation = "fd_pwrite";
        var error = Open(
            call, operation, number, Rights.FdWrite | Rights.FdSeek, list, count, resultPointer, out var entry, out var buffers);
        if (error != Errno.Success) return error;
        if (offset < 0) return Errno.Invalid;
        var total = 0U;
        for (var i = 0; i < buffers.Count && error == Errno.Success && total <= (ulong)(long.MaxValue - offset); i++)
        {
            if (!buffers.TryGet(i, out var buffer)) error = Errno.Fault;
            else if (!WriteAllAt(call, operation, entry, buffer, offset, ref total, out error)) break;
        }

        return End(call, resultPointer, total, error);
    }

    /// <summary>Waits until another thread has written, or passed on, what a stream was given.</summary>
    public Errno EndWrite(Call call, StreamHandle stream)
    {
        Errno error;
        while ((error = stream.EndWrite()) == Errno.Again) state.Gate.Wait(call.Store, stream.WhenWritable());
        return error;
    }

    /// <summary>Fills a buffer as far as it goes; false when there is no sense in trying the next one.</summary>
    private static bool ReadAll(Call call, FileHandle file, Span<byte> buffer, ref uint total, out Errno error)
    {
        do
        {
            var piece = buffer[..Math.Min(buffer.Length, MostAtOnce)];
            error = file.Read(piece, out var read);
            total += (uint)read;
            if (error != Errno.Success || read < piece.Length) return false;
            buffer = buffer[read..];
            if (!buffer.IsEmpty) call.Store.ThrowIfInterrupted();
        }
        while (!buffer.IsEmpty);
        return true;
    }

    private static bool ReadAllAt(
        Call call, FileHandle file, Span<byte> buffer, long offset, ref uint total, out Errno error)
    {
        error = Errno.Success;
        while (!buffer.IsEmpty)
        {
            var piece = buffer[..Math.Min(buffer.Length, MostAtOnce)];
            error = file.ReadAt(piece, offset + total, out var read);
            total += (uint)read;
            if (error != Errno.Success || read < piece.Length) return false;
            buffer = buffer[read..];
            if (!buffer.IsEmpty) call.Store.ThrowIfInterrupted();
        }

        return true;
    }

    private bool WriteAllAt(
        Call call, string operation, DescriptorEntry entry, Span<byte> buffer, long offset, ref uint total, out Errno error)
    {
        error = Errno.Success;
        while (!buffer.IsEmpty)
        {
            var wanted = Math.Min(buffer.Length, MostAtOnce);
            error = state.Quotas.Charge(MeteredBytes.Written, operation, entry, wanted, out var granted);
            if (error != Errno.Success) return false;
            error = entry.File!.WriteAt(buffer[..(int)granted], offset + total, out var written);
            state.Quotas.Refund(MeteredBytes.Written, granted - written);
            total += (uint)written;
            if (error != Errno.Success || written < wanted) return false;
            buffer = buffer[written..];
            if (!buffer.IsEmpty) call.Store.ThrowIfInterrupted();
        }

        return true;
    }

    /// <summary>Writes all of a buffer, waiting where it must; false when there is no sense in trying the next one.</summary>
    private bool WriteAll(
        Call call, string operation, int number, DescriptorEntry entry, Span<byte> buffer, ref uint total, out Errno error)
    {
        var file = entry.File!;
        var kind = MeteredKind(file);
        while (!buffer.IsEmpty)
        {
            var wanted = Math.Min(buffer.Length, MostAtOnce);
            error = state.Quotas.Charge(kind, operation, entry, wanted, out var granted);
            if (error != Errno.Success) return false;
            call.Store.ConsumeFuel(granted / BytesPerFuel);
            error = file.Write(buffer[..(int)granted], out var written);
            state.Quotas.Refund(kind, granted - written);
            total += (uint)written;
            buffer = buffer[written..];
            if (error == Errno.Again && (entry.Flags & DescriptorFlags.NonBlocking) == 0)
            {
                state.Gate.Wait(call.Store, file.WhenWritable());
                if (state.Descriptors.Holds(number, file)) continue;
                error = Errno.BadDescriptor;
            }

            if (error != Errno.Success) return false;
            // A file takes less than it was given when the disk is full, which the next attempt tells.
            if (written < granted && file is not PositionlessHandle) return false;
            if (!buffer.IsEmpty) call.Store.ThrowIfInterrupted();
        }

        error = Errno.Success;
        return true;
    }

    private static MeteredBytes MeteredKind(FileHandle file) => file switch
    {
        StreamHandle => MeteredBytes.Output,
        PositionlessHandle => MeteredBytes.Sent,
        _ => MeteredBytes.Written,
    };

    private Errno Open(
        Call call, string operation, int number, Rights rights, int list, int count, int resultPointer,
        out DescriptorEntry entry, out BufferList buffers)
    {
        buffers = default;
        var error = state.Descriptors.FindFile(number, rights, out entry);
        if (error != Errno.Success) return error;
        // Nothing is transferred that could not be reported.
        if (!call.Memory.TryGet(resultPointer, sizeof(uint), out _)) return Errno.Fault;
        if (entry.File is StreamHandle stream && !state.Streams.Allows(operation, stream)) return Errno.Access;
        if (count > state.Quotas.Quotas.Iovecs) state.Quotas.Record("iovecs", operation, entry);
        return BufferList.TryOpen(call.Memory, list, count, state.Quotas.Quotas.Iovecs, out buffers);
    }

    /// <summary>What was transferred before an error is a success; the guest meets the error when it goes on.</summary>
    private static Errno End(Call call, int resultPointer, uint total, Errno error)
    {
        if (error != Errno.Success && total == 0) return error;
        call.Store.ConsumeFuel(total / BytesPerFuel);
        return call.Memory.Store(resultPointer, total);
    }
}
