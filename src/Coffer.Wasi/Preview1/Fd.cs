using System.Buffers.Binary;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// The functions on open descriptors, except those that transfer bytes and those that list directories.
/// </summary>
internal sealed class Fd(WasiState state, bool isUnstable)
{
    private readonly DescriptorTable descriptors = state.Descriptors;
    private readonly Authority authority = state.Authority;
    private const int DescriptorStatusBytes = 24;

    public Errno Close(int number) => descriptors.Close(number);

    public Errno Renumber(int from, int to) => descriptors.Renumber(from, to);

    public Errno Sync(Call call, int number, bool dataOnly)
    {
        var error = descriptors.Find(number, dataOnly ? Rights.FdDatasync : Rights.FdSync, out var entry);
        if (error != Errno.Success) return error;
        error = entry.File?.Sync(dataOnly) ?? entry.Directory!.Sync(dataOnly);
        return error == Errno.Again && entry.File is StreamHandle stream ? state.Io.EndWrite(call, stream) : error;
    }

    public Errno Seek(Memory memory, int number, long offset, int whence, int resultPointer)
    {
        // Telling the position is all that a seek by nothing from the current position needs.
        if (!TryGetOrigin(whence, out var origin)) return Errno.Invalid;
        var rights = origin == SeekOrigin.Current && offset == 0 ? Rights.FdTell : Rights.FdSeek;
        var error = FindSeekable(number, rights, out var file);
        if (error != Errno.Success) return error;
        // A position that could not be reported does not change.
        if (!memory.TryGet(resultPointer, sizeof(ulong), out _)) return Errno.Fault;
        error = file.Seek(offset, origin, out var position);
        return error != Errno.Success ? error : memory.Store(resultPointer, (ulong)position);
    }

    public Errno Tell(Memory memory, int number, int resultPointer)
    {
        var error = FindSeekable(number, Rights.FdTell, out var file);
        if (error != Errno.Success) return error;
        error = file.Seek(0, SeekOrigin.Current, out var position);
        return error != Errno.Success ? error : memory.Store(resultPointer, (ulong)position);
    }

    /// <summary>fd_fdstat_get.</summary>
    /// <remarks><code>
    /// 0      1         2       4         8        16
    /// | type | padding | flags | padding | rights | inheriting rights |
    /// </code></remarks>
    public Errno GetDescriptorStatus(Memory memory, int number, int resultPointer)
    {
        var error = descriptors.Find(number, Rights.None, out var entry);
        if (error != Errno.Success) return error;
        if (!memory.TryGet(resultPointer, DescriptorStatusBytes, out var result)) return Errno.Fault;
        result.Clear();
        result[0] = (byte)entry.Type;
        BinaryPrimitives.WriteUInt16LittleEndian(result[2..], (ushort)entry.Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(result[8..], (ulong)entry.Rights);
        BinaryPrimitives.WriteUInt64LittleEndian(result[16..], (ulong)entry.Inheriting);
        return Errno.Success;
    }

    public Errno SetDescriptorFlags(int number, int flags)
    {
        var error = descriptors.Find(number, Rights.FdFdstatSetFlags, out var entry);
        if (error != Errno.Success) return error;
        if ((flags & ~(int)DescriptorFlags.All) != 0) return Errno.Invalid;
        const DescriptorFlags changeable = DescriptorFlags.Append | DescriptorFlags.NonBlocking;
        var wanted = (DescriptorFlags)flags;
        // As for fcntl, whether writes are synchronous is decided when the file is opened.
        if (((wanted ^ entry.Flags) & ~changeable) != 0) return Errno.NotSupported;
        if (entry.File is not null)
        {
            error = entry.File.SetAppend((wanted & DescriptorFlags.Append) != 0);
            if (error != Errno.Success) return error;
        }

        entry.Flags = wanted;
        return Errno.Success;
    }

    /// <summary>Rights can only be given up.</summary>
    public Errno SetRights(int number, long rights, long inheriting)
    {
        var error = descriptors.Find(number, Rights.None, out var entry);
        if (error != Errno.Success) return error;
        if (((Rights)rights & ~entry.Rights) != 0 || ((Rights)inheriting & ~entry.Inheriting) != 0)
        {
            return Errno.NotCapable;
        }

        entry.Rights = (Rights)rights;
        entry.Inheriting = (Rights)inheriting;
        return Errno.Success;
    }

    public Errno GetStatus(Memory memory, int number, int resultPointer)
    {
        var error = descriptors.Find(number, Rights.FdFilestatGet, out var entry);
        if (error != Errno.Success) return error;
        // Whoever may not read learns nothing of a directory; that a file is open was allowed before.
        if (entry.Directory is { } directory && (directory.Access & DirectoryAccess.Read) == 0)
        {
            error = authority.Check("fd_filestat_get", entry, DirectoryAccess.Read);
            if (error != Errno.Success) return error;
        }

        error = entry.File?.GetStatus(out var status) ?? entry.Directory!.GetStatus(out status);
        return error != Errno.Success ? error : StatusRecord.Write(memory, resultPointer, status, isUnstable);
    }

    public Errno SetLength(int number, long length)
    {
        var error = descriptors.FindFile(number, Rights.FdFilestatSetSize, out var entry);
        if (error != Errno.Success) return error;
        if (length < 0) return Errno.Invalid;
        error = CheckGrowth("fd_filestat_set_size", entry, length);
        return error != Errno.Success ? error : entry.File!.SetLength(length);
    }

    public Errno SetTimes(int number, long accessed, long modified, int flags)
    {
        var error = descriptors.Find(number, Rights.FdFilestatSetTimes, out var entry);
        if (error != Errno.Success) return error;
        if (!StatusRecord.TryReadTimes(accessed, modified, flags, out var times)) return Errno.Invalid;
        error = authority.Check("fd_filestat_set_times", entry, DirectoryAccess.Metadata);
        if (error != Errno.Success) return error;
        return entry.File?.SetTimes(times) ?? entry.Directory!.SetTimes(times);
    }

    /// <summary>Advice is taken note of, nothing more.</summary>
    public Errno Advise(int number, long offset, long length, int advice)
    {
        var error = descriptors.FindFile(number, Rights.FdAdvise, out _);
        if (error != Errno.Success) return error;
        return (uint)advice > 5 || offset < 0 || length < 0 ? Errno.Invalid : Errno.Success;
    }

    public Errno Allocate(int number, long offset, long length)
    {
        var error = descriptors.FindFile(number, Rights.FdAllocate, out var entry);
        if (error != Errno.Success) return error;
        if (offset < 0 || length <= 0 || length > long.MaxValue - offset) return Errno.Invalid;
        error = CheckGrowth("fd_allocate", entry, offset + length);
        return error != Errno.Success ? error : entry.File!.Allocate(offset, length);
    }

    /// <summary>Whether a file may have a length: what it gains is as good as written.</summary>
    private Errno CheckGrowth(string operation, DescriptorEntry entry, long length)
    {
        var error = authority.Check(operation, entry, DirectoryAccess.Write);
        if (error != Errno.Success || state.Quotas.Quotas.WrittenBytes is null) return error;
        error = entry.File!.GetStatus(out var status);
        if (error != Errno.Success || (ulong)length <= status.Size) return error;
        return state.Quotas.ChargeAll(MeteredBytes.Written, operation, entry, length - (long)status.Size);
    }

    /// <summary>A stream says that it cannot seek; anything else that lacks the right is not capable.</summary>
    private Errno FindSeekable(int number, Rights rights, out FileHandle file)
    {
        var error = descriptors.FindFile(number, rights, out var entry);
        file = entry?.File!;
        return error == Errno.NotCapable && file is PositionlessHandle ? Errno.IllegalSeek : error;
    }

    /// <summary>The numbers of whence were permuted between the two versions.</summary>
    private bool TryGetOrigin(int whence, out SeekOrigin origin)
    {
        origin = isUnstable
            ? whence switch { 0 => SeekOrigin.Current, 1 => SeekOrigin.End, _ => SeekOrigin.Begin }
            : (SeekOrigin)whence;
        return (uint)whence <= 2;
    }
}
