using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>A file: its content is in memory once it was changed, and with its origin before.</summary>
internal sealed class FileNode(ulong inode, FileOrigin? origin) : TreeNode(inode)
{
    private const int CopyBytes = 1 << 16;

    private readonly FileContent content = new();
    private FileOrigin? origin = origin;
    private int handles;

    public override FileType Type => FileType.RegularFile;

    public override ulong Size => (ulong)Length;

    public long Length => origin?.Length ?? content.Length;

    /// <summary>Takes note of a further handle.</summary>
    public Errno Open()
    {
        var error = origin?.Open() ?? Errno.Success;
        if (error == Errno.Success) handles++;
        return error;
    }

    /// <summary>A handle is closed.</summary>
    public void Close(DirectoryQuota quota)
    {
        handles--;
        Release(quota);
        if (handles == 0) origin?.Close();
    }

    /// <summary>Gives its memory back when it has neither a name nor a handle.</summary>
    public void Release(DirectoryQuota quota)
    {
        if (Links > 0 || handles > 0 || origin is not null) return;
        quota.RefundBytes(content.Length);
        content.SetLength(0);
    }

    public Errno ReadAt(Span<byte> destination, long offset, out int read)
    {
        if (origin is not null) return origin.ReadAt(destination, offset, out read);
        read = content.Read(destination, offset);
        return Errno.Success;
    }

    public Errno WriteAt(ReadOnlySpan<byte> source, long offset, DirectoryQuota quota)
    {
        if (offset > long.MaxValue - source.Length) return Errno.FileTooBig;
        var error = Own(quota, long.MaxValue);
        if (error != Errno.Success) return error;
        error = quota.ChargeBytes(Math.Max(0, offset + source.Length - content.Length));
        if (error == Errno.Success) content.Write(source, offset);
        return error;
    }

    public Errno SetLength(long length, DirectoryQuota quota)
    {
        var error = Own(quota, length);
        if (error != Errno.Success) return error;
        var growth = length - content.Length;
        error = growth > 0 ? quota.ChargeBytes(growth) : Errno.Success;
        if (error != Errno.Success) return error;
        content.SetLength(length);
        if (growth < 0) quota.RefundBytes(-growth);
        return Errno.Success;
    }

    // The copy at the first change. What is to be cut off anyway is not copied.
    private Errno Own(DirectoryQuota quota, long wanted)
    {
        if (origin is not { } source) return Errno.Success;
        var length = Math.Min(source.Length, wanted);
        var error = quota.ChargeBytes(length);
        if (error != Errno.Success) return error;
        var buffer = new byte[(int)Math.Min(length, CopyBytes)];
        for (var offset = 0L; offset < length && error == Errno.Success;)
        {
            error = source.ReadAt(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset)), offset, out var read);
            // Somebody has cut the file of the base off.
            if (error == Errno.Success && read == 0) error = Errno.Io;
            content.Write(buffer.AsSpan(0, read), offset);
            offset += read;
        }

        if (error != Errno.Success)
        {
            content.SetLength(0);
            quota.RefundBytes(length);
            return error;
        }

        source.Close();
        origin = null;
        return Errno.Success;
    }
}
