using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>Where a path leads in a tree. The rules are those of Linux below a directory that cannot be left.</summary>
internal ref struct TreeWalk
{
    private const int MaxLinks = 40;
    private const int MaxBytes = 64 * 1024;

    /// <summary>The directory that holds, or would hold, the last component.</summary>
    public FolderNode Parent { get; private init; }

    /// <summary>The last component; empty when the path ends in the directory itself.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>What the path names; null when only the last component is missing.</summary>
    public TreeNode? Node { get; private init; }

    /// <summary>Follows a path from a directory on.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="root">The directory.</param>
    /// <param name="path">The path.</param>
    /// <param name="followFinal">Whether a link at its end is followed.</param>
    /// <param name="creates">Whether a file may be made at its end, whose name no slash follows.</param>
    /// <param name="walk">Where it leads.</param>
    public static Errno Follow(
        FileTree tree, FolderNode root, ReadOnlySpan<byte> path, bool followFinal, bool creates, out TreeWalk walk)
    {
        walk = default;
        var current = root;
        var rest = path;
        var links = 0;
        while (true)
        {
            rest = rest.TrimStart((byte)'/');
            var end = rest.IndexOf((byte)'/');
            var name = end < 0 ? rest : rest[..end];
            var after = rest[name.Length..];
            if (name.IsEmpty)
            {
                walk = new TreeWalk { Parent = current, Node = current };
                return Errno.Success;
            }

            if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            {
                if (name.Length == 2 && current == root) return Errno.Escape;
                if (name.Length == 2) current = current.Parent!;
                rest = after;
                continue;
            }

            var isLast = after.TrimStart((byte)'/').IsEmpty;
            if (creates && isLast && !after.IsEmpty) return Errno.IsDirectory;
            var error = tree.Find(current, name, out var node);
            if (error != Errno.Success) return error;
            if (node is LinkNode link && (!isLast || !after.IsEmpty || followFinal))
            {
                if (++links > MaxLinks) return Errno.Loop;
                error = CheckTarget(link, after.Length);
                if (error != Errno.Success) return error;
                rest = (byte[])[.. link.Target, .. after];
                continue;
            }

            if (isLast)
            {
                walk = new TreeWalk { Parent = current, Name = name, Node = node };
                return !after.IsEmpty && node is not (null or FolderNode or MountNode)
                    ? Errno.NotDirectory
                    : Errno.Success;
            }

            if (node is null) return Errno.NotFound;
            if (node is not FolderNode folder) return Errno.NotDirectory;
            current = folder;
            rest = after;
        }
    }

    private static Errno CheckTarget(LinkNode link, int restBytes)
    {
        if (link.Target.Length == 0) return Errno.NotFound;
        if (link.Target[0] == '/') return Errno.Escape;
        return link.Target.Length + restBytes > MaxBytes ? Errno.NameTooLong : Errno.Success;
    }
}
