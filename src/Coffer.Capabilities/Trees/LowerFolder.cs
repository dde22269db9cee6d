using System.Buffers.Binary;
using System.Text.Unicode;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>
/// A directory of the base of an overlay, which is only read. Looked at entry by entry, so that a large base costs what
/// is used of it.
/// </summary>
/// <param name="layer">The root of the base.</param>
/// <param name="path">Where the directory is in it; empty for the root.</param>
internal sealed class LowerFolder(DirectoryHandle layer, byte[] path)
{
    private const int HeaderBytes = 24;
    private const int ListBytes = 32 * 1024;

    /// <summary>Makes the node for an entry; null for what is neither file, directory nor link.</summary>
    public Errno Find(FileTree tree, FolderNode parent, ReadOnlySpan<byte> name, out TreeNode? node)
    {
        node = null;
        var full = Join(name);
        var error = GuestPath.TryCopy(full, stackalloc byte[GuestPath.Capacity], out var guestPath);
        if (error != Errno.Success) return error;
        error = layer.GetStatus(guestPath, followFinal: false, out var status);
        if (error != Errno.Success) return error;
        switch (status.Type)
        {
            case FileType.Directory:
                node = new FolderNode(tree.NewInode(), parent, new LowerFolder(layer, full));
                break;
            case FileType.RegularFile:
                node = new FileNode(tree.NewInode(), new LowerFile(layer, full, (long)status.Size));
                break;
            case FileType.SymbolicLink:
                error = ReadTarget(full, out var target);
                if (error != Errno.Success) return error;
                node = new LinkNode(tree.NewInode(), target);
                break;
        }

        node?.SetTimes(status.Accessed, status.Modified, status.Changed);
        return Errno.Success;
    }

    /// <summary>The names of all entries that a guest can say.</summary>
    public Errno List(out List<byte[]> names)
    {
        names = [];
        if (path.Length == 0) return List(layer, names);
        var error = GuestPath.TryCopy(path, stackalloc byte[GuestPath.Capacity], out var guestPath);
        if (error != Errno.Success) return error;
        error = layer.Open(guestPath, new OpenRequest { Read = true, Directory = true }, out _, out var directory);
        if (error != Errno.Success) return error;
        using (directory) return List(directory!, names);
    }

    private static Errno List(DirectoryHandle directory, List<byte[]> names)
    {
        var buffer = new byte[ListBytes];
        for (var cookie = 0UL; ;)
        {
            var writer = new DirectoryEntryWriter(buffer);
            var error = directory.ReadEntries(cookie, ref writer);
            if (error != Errno.Success) return error;
            var rest = buffer.AsSpan(0, writer.Written);
            while (rest.Length >= HeaderBytes)
            {
                var length = HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(rest[16..]);
                if (length > rest.Length) break;
                cookie = BinaryPrimitives.ReadUInt64LittleEndian(rest);
                var name = rest[HeaderBytes..length];
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && Utf8.IsValid(name)) names.Add(name.ToArray());
                rest = rest[length..];
            }

            if (!writer.IsFull) return Errno.Success;
            if (names.Count > FileTree.MaxBaseEntries) return Errno.NoMemory;
        }
    }

    private Errno ReadTarget(byte[] full, out byte[] target)
    {
        target = new byte[GuestPath.Capacity];
        GuestPath.TryCopy(full, stackalloc byte[GuestPath.Capacity], out var guestPath);
        var error = layer.ReadTarget(guestPath, target, out var length);
        target = target[..length];
        return error;
    }

    private byte[] Join(ReadOnlySpan<byte> name) => path.Length == 0 ? name.ToArray() : [.. path, (byte)'/', .. name];
}
