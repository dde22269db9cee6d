using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>fd_read, fd_write, fd_pread and fd_pwrite: straight between the file and the guest's memory.</summary>
internal sealed class FileIo(DescriptorTable descriptors, StandardStreams streams)
{
    public Errno Read(Memory memory, int number, int list, int count, int resultPointer)
    {
        var error = Open("fd_read", number, Rights.FdRead, memory, list, count, resultPointer, out var file, out var buffers);
        if (error != Errno.Success) return error;
        var total = 0U;
        for (var i = 0; i < buffers.Count; i++)
        {
            if (!buffers.TryGet(i, out var buffer)) return Partial(memory, resultPointer, total, Errno.Fault);
            error = file.Read(buffer, out var read);
            if (error != Errno.Success) return Partial(memory, resultPointer, total, error);
            total += (uint)read;
            if (read < buffer.Length) break;
        }

        return memory.Store(resultPointer, total);
    }

    public Errno Write(Memory memory, int number, int list, int count, int resultPointer)
    {
        var error = Open("fd_write", number, Rights.FdWrite, memory, list, count, resultPointer, out var file, out var buffers);
        if (error != Errno.Success) return error;
        var total = 0U;
        for (var i = 0; i < buffers.Count; i++)
        {
            if (!buffers.TryGet(i, out var buffer)) return Partial(memory, resultPointer, total, Errno.Fault);
            if (buffer.IsEmpty) continue;
            error = file.Write(buffer, out var written);
            if (error != Errno.Success) return Partial(memory, resultPointer, total, error);
            total += (uint)written;
            if (written < buffer.Length) break;
        }

        return memory.Store(resultPointer, total);
    }

    public Errno ReadAt(Memory memory, int number, int list, int count, long offset, int resultPointer)
    {
        var error = Open(
            "fd_pread", number, Rights.FdRead | Rights.FdSeek, memory, list, count, resultPointer,
            out var file, out var buffers);
        if (error != Errno.Success) return error;
        if (offset < 0) return Errno.Invalid;
        var total = 0U;
        for (var i = 0; i < buffers.Count && total <= (ulong)(long.MaxValue - offset); i++)
        {
            if (!buffers.TryGet(i, out var buffer)) return Partial(memory, resultPointer, total, Errno.Fault);
            error = file.ReadAt(buffer, offset + total, out var read);
            if (error != Errno.Success) return Partial(memory, resultPointer, total, error);
            total += (uint)read;
            if (read < buffer.Length) break;
        }

        return memory.Store(resultPointer, total);
    }

    public Errno WriteAt(Memory memory, int number, int list, int count, long offset, int resultPointer)
    {
        var error = Open(
            "fd_pwrite", number, Rights.FdWrite | Rights.FdSeek, memory, list, count, resultPointer,
            out var file, out var buffers);
        if (error != Errno.Success) return error;
        if (offset < 0) return Errno.Invalid;
        var total = 0U;
        for (var i = 0; i < buffers.Count && total <= (ulong)(long.MaxValue - offset); i++)
        {
            if (!buffers.TryGet(i, out var buffer)) return Partial(memory, resultPointer, total, Errno.Fault);
            if (buffer.IsEmpty) continue;
            error = file.WriteAt(buffer, offset + total, out var written);
            if (error != Errno.Success) return Partial(memory, resultPointer, total, error);
            total += (uint)written;
            if (written < buffer.Length) break;
        }

        return memory.Store(resultPointer, total);
    }

    private Errno Open(
        string operation, int number, Rights rights, Memory memory, int list, int count, int resultPointer,
        out FileHandle file, out BufferList buffers)
    {
        buffers = default;
        var error = descriptors.FindFile(number, rights, out file);
        if (error != Errno.Success) return error;
        // Nothing is transferred that could not be reported.
        if (!memory.TryGet(resultPointer, sizeof(uint), out _)) return Errno.Fault;
        if (file is StreamHandle stream && !streams.Allows(operation, stream)) return Errno.Access;
        return BufferList.TryOpen(memory, list, count, out buffers);
    }

    /// <summary>What was transferred before an error is a success; the guest meets the error when it goes on.</summary>
    private static Errno Partial(Memory memory, int resultPointer, uint total, Errno error) =>
        total > 0 ? memory.Store(resultPointer, total) : error;
}
