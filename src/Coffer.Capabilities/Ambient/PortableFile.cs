using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Microsoft.Win32.SafeHandles;

namespace Coffer.Capabilities.Ambient;

/// <summary>A file opened beneath a <see cref="PortableDirectory"/>; it keeps its position itself.</summary>
internal sealed class PortableFile : FileHandle
{
    private readonly SafeFileHandle handle;
    private readonly OpenRequest request;
    private bool append;
    private long position;

    private PortableFile(SafeFileHandle handle, in OpenRequest request, DirectoryAccess access, DirectoryQuota? quota)
        : base(access, quota)
    {
        this.handle = handle;
        this.request = request;
        append = request.Append;
    }

    public override FileType Type => FileType.RegularFile;

    public static Errno Open(
        string path, OpenRequest request, DirectoryAccess access, DirectoryQuota? quota, out FileHandle? file)
    {
        file = null;
        try
        {
            var exists = File.Exists(path);
            if (exists && request.Create && request.Exclusive) return Errno.Exists;
            var mode = exists ? FileMode.Open : FileMode.CreateNew;
            var fileAccess = request.Write || request.Truncate || !exists ? FileAccess.ReadWrite : FileAccess.Read;
            var options = request.Sync || request.DataSync ? FileOptions.WriteThrough : FileOptions.None;
            var handle = File.OpenHandle(path, mode, fileAccess, FileShare.ReadWrite | FileShare.Delete, options);
            file = new PortableFile(handle, request, access, quota);
            return Errno.Success;
        }
        catch (Exception exception) when (PortableError.TryTranslate(exception, out var error))
        {
            return error;
        }
    }

    protected override Errno ReadCore(Span<byte> destination, out int read)
    {
        var error = ReadAt(destination, position, out read);
        position += read;
        return error;
    }

    protected override Errno ReadAtCore(Span<byte> destination, long offset, out int read)
    {
        read = 0;
        if (!request.Read) return Errno.BadDescriptor;
        try
        {
            read = RandomAccess.Read(handle, destination, offset);
            return Errno.Success;
        }
        catch (Exception exception) when (PortableError.TryTranslate(exception, out var error))
        {
            return error;
        }
    }

    /// <summary>Empties it, which opening for that has allowed.</summary>
    public Errno Truncate() => PortableError.Try(() => RandomAccess.SetLength(handle, 0));

    public override Errno Seek(long offset, SeekOrigin origin, out long position)
    {
        position = this.position;
        var start = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => this.position,
            _ => RandomAccess.GetLength(handle),
        };
        if (offset > long.MaxValue - start || start + offset < 0) return Errno.Invalid;
        position = this.position = start + offset;
        return Errno.Success;
    }

    public override Errno GetStatus(out FileStatus status)
    {
        var modified = PortableStatus.Timestamp(File.GetLastWriteTimeUtc(handle));
        var accessed = PortableStatus.Timestamp(File.GetLastAccessTimeUtc(handle));
        status = new FileStatus(
            0, 0, FileType.RegularFile, 1, (ulong)RandomAccess.GetLength(handle), accessed, modified, modified);
        return Errno.Success;
    }

    public override Errno Sync(bool dataOnly) => PortableError.Try(() => RandomAccess.FlushToDisk(handle));

    public override Errno SetAppend(bool append)
    {
        this.append = append;
        return Errno.Success;
    }

    public override void Dispose() => handle.Dispose();

    protected override Errno WriteCore(ReadOnlySpan<byte> source, out int written)
    {
        if (append) position = RandomAccess.GetLength(handle);
        var error = WriteAtCore(source, position, out written);
        position += written;
        return error;
    }

    protected override Errno WriteAtCore(ReadOnlySpan<byte> source, long offset, out int written)
    {
        written = 0;
        if (!request.Write) return Errno.BadDescriptor;
        try
        {
            // As on Linux: what is appended is so wherever the guest wants to have it.
            RandomAccess.Write(handle, source, append ? RandomAccess.GetLength(handle) : offset);
            written = source.Length;
            return Errno.Success;
        }
        catch (Exception exception) when (PortableError.TryTranslate(exception, out var error))
        {
            return error;
        }
    }

    protected override Errno SetLengthCore(long length) =>
        request.Write ? PortableError.Try(() => RandomAccess.SetLength(handle, length)) : Errno.Invalid;

    protected override Errno AllocateCore(long offset, long length) =>
        RandomAccess.GetLength(handle) >= offset + length ? Errno.Success : SetLengthCore(offset + length);

    protected override Errno SetTimesCore(in FileTimes times)
    {
        var wanted = times;
        return PortableError.Try(() =>
        {
            if (wanted.Access != TimeChange.Keep)
            {
                File.SetLastAccessTimeUtc(handle, PortableStatus.Time(wanted.Access, wanted.Accessed));
            }

            if (wanted.Modification != TimeChange.Keep)
            {
                File.SetLastWriteTimeUtc(handle, PortableStatus.Time(wanted.Modification, wanted.Modified));
            }

        });
    }
}
