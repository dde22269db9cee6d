using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Trees;

/// <summary>An open file of a <see cref="FileTree"/>; it keeps its position itself.</summary>
internal sealed class TreeFile : FileHandle
{
    private readonly FileTree tree;
    private readonly FileNode node;
    private readonly OpenRequest request;
    private bool append;
    private long position;
    private int disposed;

    private TreeFile(FileTree tree, FileNode node, in OpenRequest request, DirectoryAccess access) : base(access)
    {
        this.tree = tree;
        this.node = node;
        this.request = request;
        append = request.Append;
        tree.Retain();
    }

    public override FileType Type => FileType.RegularFile;

    /// <summary>Opens a file, and empties it if that is wanted. The tree's gate is held.</summary>
    public static Errno Open(
        FileTree tree, FileNode node, in OpenRequest request, DirectoryAccess access, out FileHandle? file)
    {
        file = null;
        var error = node.Open();
        if (error != Errno.Success) return error;
        if (request.Truncate)
        {
            error = node.SetLength(0, tree.Quota);
            if (error != Errno.Success)
            {
                node.Close(tree.Quota);
                return error;
            }

            tree.NoteChange(node);
        }

        file = new TreeFile(tree, node, request, access);
        return Errno.Success;
    }

    public override Errno Seek(long offset, SeekOrigin origin, out long position)
    {
        lock (tree.Gate)
        {
            var start = origin switch
            {
                SeekOrigin.Begin => 0,
                SeekOrigin.Current => this.position,
                _ => node.Length,
            };
            position = this.position;
            if (offset > long.MaxValue - start || start + offset < 0) return Errno.Invalid;
            position = this.position = start + offset;
            return Errno.Success;
        }
    }

    public override Errno GetStatus(out FileStatus status)
    {
        lock (tree.Gate) status = tree.Status(node);
        return Errno.Success;
    }

    public override Errno Sync(bool dataOnly) => Errno.Success;

    public override Errno SetAppend(bool append)
    {
        this.append = append;
        return Errno.Success;
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        lock (tree.Gate) node.Close(tree.Quota);
        tree.Release();
    }

    protected override Errno ReadCore(Span<byte> destination, out int read)
    {
        lock (tree.Gate)
        {
            var error = ReadAtCore(destination, position, out read);
            position += read;
            return error;
        }
    }

    protected override Errno ReadAtCore(Span<byte> destination, long offset, out int read)
    {
        read = 0;
        if (!request.Read) return Errno.BadDescriptor;
        lock (tree.Gate) return node.ReadAt(destination, offset, out read);
    }

    protected override Errno WriteCore(ReadOnlySpan<byte> source, out int written)
    {
        lock (tree.Gate)
        {
            if (append) position = node.Length;
            var error = WriteAtCore(source, position, out written);
            position += written;
            return error;
        }
    }

    protected override Errno WriteAtCore(ReadOnlySpan<byte> source, long offset, out int written)
    {
        written = 0;
        if (!request.Write) return Errno.BadDescriptor;
        lock (tree.Gate)
        {
            // As on Linux: what is appended is so wherever the guest wants to have it.
            var error = node.WriteAt(source, append ? node.Length : offset, tree.Quota);
            if (error != Errno.Success) return error;
            written = source.Length;
            tree.NoteChange(node);
            return Errno.Success;
        }
    }

    protected override Errno SetLengthCore(long length)
    {
        if (!request.Write) return Errno.Invalid;
        lock (tree.Gate)
        {
            var error = node.SetLength(length, tree.Quota);
            if (error == Errno.Success) tree.NoteChange(node);
            return error;
        }
    }

    protected override Errno AllocateCore(long offset, long length)
    {
        if (!request.Write) return Errno.BadDescriptor;
        lock (tree.Gate) return node.Length >= offset + length ? Errno.Success : SetLengthCore(offset + length);
    }

    protected override Errno SetTimesCore(in FileTimes times)
    {
        lock (tree.Gate) return tree.SetTimes(node, times);
    }
}
