using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Trees;

/// <summary>An open directory of a <see cref="FileTree"/>.</summary>
internal sealed class TreeDirectory : DirectoryHandle
{
    private readonly FileTree tree;
    private readonly FolderNode folder;
    private int disposed;

    /// <summary>Opens the root of a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="access">What the grant allows.</param>
    public TreeDirectory(FileTree tree, DirectoryAccess access) : this(tree, tree.Root, access)
    {
    }

    private TreeDirectory(FileTree tree, FolderNode folder, DirectoryAccess access) : base(access)
    {
        this.tree = tree;
        this.folder = folder;
        tree.Retain();
    }

    public override Errno Sync(bool dataOnly) => Errno.Success;

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0) tree.Release();
    }

    protected override Errno OpenCore(
        GuestPath path, OpenRequest request, out FileHandle? file, out DirectoryHandle? directory)
    {
        file = null;
        directory = null;
        lock (tree.Gate)
        {
            // An exclusive creation never follows: what is there, link or not, exists.
            var follow = request.FollowFinal && !(request.Create && request.Exclusive);
            var error = TreeWalk.Follow(tree, folder, path.Bytes, follow, request.Create, out var walk);
            if (error != Errno.Success) return error;
            if (walk.Node is null) return Create(walk, request, out file);
            if (request.Create && request.Exclusive) return Errno.Exists;
            switch (walk.Node)
            {
                case FolderNode found:
                    if (request.Create || request.Truncate || request.Write) return Errno.IsDirectory;
                    directory = new TreeDirectory(tree, found, Access);
                    return Errno.Success;
                case MountNode mount:
                    return mount.Open(request, out file, out directory);
                case LinkNode:
                    return request.Directory ? Errno.NotDirectory : Errno.Loop;
                case var _ when request.Directory:
                    return Errno.NotDirectory;
                case HostFileNode host:
                    return host.Open(request, out file);
                default:
                    return TreeFile.Open(tree, (FileNode)walk.Node, request, Access, out file);
            }
        }
    }

    protected override Errno GetStatusCore(out FileStatus status)
    {
        lock (tree.Gate) status = tree.Status(folder);
        return Errno.Success;
    }

    protected override Errno GetStatusCore(GuestPath path, bool followFinal, out FileStatus status)
    {
        status = default;
        lock (tree.Gate)
        {
            var error = FindExisting(path.Bytes, followFinal, out var node);
            if (error == Errno.Success) status = tree.Status(node);
            return error;
        }
    }

    protected override Errno ReadLinkCore(GuestPath path, Span<byte> destination, out int length)
    {
        length = 0;
        lock (tree.Gate)
        {
            var error = FindExisting(path.Bytes, followFinal: false, out var node);
            if (error != Errno.Success) return error;
            if (node is not LinkNode link) return Errno.Invalid;
            length = Math.Min(destination.Length, link.Target.Length);
            link.Target.AsSpan(0, length).CopyTo(destination);
            return Errno.Success;
        }
    }

    protected override Errno ReadEntriesCore(ulong cookie, ref DirectoryEntryWriter writer)
    {
        lock (tree.Gate)
        {
            // As on Linux, a directory that was removed has not even itself.
            if (folder.Links == 0) return Errno.NotFound;
            var error = tree.Load(folder);
            if (error == Errno.Success) folder.List(cookie, ref writer);
            return error;
        }
    }

    protected override Errno SetTimesCore(in FileTimes times)
    {
        lock (tree.Gate) return tree.SetTimes(folder, times);
    }

    protected override Errno SetTimesCore(GuestPath path, bool followFinal, in FileTimes times)
    {
        lock (tree.Gate)
        {
            var error = FindExisting(path.Bytes, followFinal, out var node);
            return error != Errno.Success ? error : tree.SetTimes(node, times);
        }
    }

    protected override Errno CreateDirectoryCore(GuestPath path)
    {
        lock (tree.Gate)
        {
            var error = FindName(path.Split(), out var parent, out var name, out var node);
            if (error != Errno.Success) return error;
            return node is not null
                ? Errno.Exists
                : tree.Make(parent, name, inode => new FolderNode(inode, parent, null), out _);
        }
    }

    protected override Errno RemoveDirectoryCore(GuestPath path)
    {
        lock (tree.Gate)
        {
            var error = FindName(path.Split(), out var parent, out var name, out var node);
            if (error != Errno.Success) return error;
            if (name.IsEmpty) return Errno.Invalid;
            if (node is null) return Errno.NotFound;
            if (node is not FolderNode removed) return Errno.NotDirectory;
            error = tree.Load(removed);
            if (error != Errno.Success) return error;
            if (!removed.IsEmpty) return Errno.NotEmpty;
            tree.Remove(parent, name, removed);
            return Errno.Success;
        }
    }

    protected override Errno UnlinkCore(GuestPath path)
    {
        lock (tree.Gate)
        {
            var split = path.Split();
            var error = FindName(split, out var parent, out var name, out var node);
            if (error != Errno.Success) return error;
            if (node is null) return Errno.NotFound;
            if (node is FolderNode) return Errno.IsDirectory;
            if (split.MustBeDirectory) return Errno.NotDirectory;
            tree.Remove(parent, name, node);
            return Errno.Success;
        }
    }

    protected override Errno CreateSymbolicLinkCore(ReadOnlySpan<byte> target, GuestPath path)
    {
        lock (tree.Gate)
        {
            var split = path.Split();
            var error = FindName(split, out var parent, out var name, out var node);
            if (error != Errno.Success) return error;
            if (node is not null) return split.MustBeDirectory && node is not FolderNode ? Errno.NotDirectory : Errno.Exists;
            if (split.MustBeDirectory) return Errno.NotFound;
            error = tree.Quota.ChargeBytes(target.Length);
            if (error != Errno.Success) return error;
            var copy = target.ToArray();
            error = tree.Make(parent, name, inode => new LinkNode(inode, copy), out _);
            if (error != Errno.Success) tree.Quota.RefundBytes(copy.Length);
            return error;
        }
    }

    protected override Errno RenameCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath)
    {
        if (newDirectory is not TreeDirectory other || other.tree != tree) return Errno.CrossDevice;
        lock (tree.Gate)
        {
            var from = path.Split();
            var to = newPath.Split();
            var error = FindName(from, out var parent, out var name, out var node);
            if (error != Errno.Success) return error;
            error = other.FindName(to, out var newParent, out var newName, out var replaced);
            if (error != Errno.Success) return error;
            if (name.IsEmpty || newName.IsEmpty) return Errno.Busy;
            if (node is null) return Errno.NotFound;
            if ((from.MustBeDirectory || to.MustBeDirectory) && node is not FolderNode) return Errno.NotDirectory;
            if (node == replaced) return Errno.Success;
            error = CheckReplace(parent, node, newParent, newName, replaced);
            if (error != Errno.Success) return error;
            if (replaced is not null) tree.Remove(newParent, newName, replaced);
            parent.Remove(name);
            tree.NoteChange(parent);
            tree.Add(newParent, newName, node);
            return Errno.Success;
        }
    }

    protected override Errno CreateHardLinkCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath)
    {
        if (newDirectory is not TreeDirectory other || other.tree != tree) return Errno.CrossDevice;
        lock (tree.Gate)
        {
            var from = path.Split();
            var to = newPath.Split();
            var error = FindName(from, out _, out _, out var node);
            if (error != Errno.Success) return error;
            error = other.FindName(to, out var newParent, out var newName, out var existing);
            if (error != Errno.Success) return error;
            if (node is null) return Errno.NotFound;
            if (from.MustBeDirectory && node is not FolderNode) return Errno.NotDirectory;
            if (to.MustBeDirectory && existing is null) return Errno.NotFound;
            if (existing is not null) return Errno.Exists;
            if (node is not (FileNode or LinkNode)) return Errno.Permission;
            error = FileTree.CheckNew(newParent, newName);
            if (error == Errno.Success) error = tree.Quota.ChargeFile();
            if (error != Errno.Success) return error;
            node.Links++;
            node.ChargedNames++;
            tree.Add(newParent, newName, node);
            return Errno.Success;
        }
    }

    private Errno Create(TreeWalk walk, in OpenRequest request, out FileHandle? file)
    {
        file = null;
        if (!request.Create) return Errno.NotFound;
        if (request.Directory) return Errno.IsDirectory;
        var error = tree.Make(walk.Parent, walk.Name, inode => new FileNode(inode, null), out var node);
        return error != Errno.Success ? error : TreeFile.Open(tree, (FileNode)node!, request, Access, out file);
    }

    private Errno CheckReplace(
        FolderNode parent, TreeNode node, FolderNode newParent, ReadOnlySpan<byte> newName, TreeNode? replaced)
    {
        if (newParent.IsWithin(node)) return Errno.Invalid;
        if (parent.IsWithin(replaced)) return Errno.NotEmpty;
        if (node is FolderNode && replaced is not (null or FolderNode)) return Errno.NotDirectory;
        if (replaced is FolderNode target)
        {
            if (node is not FolderNode) return Errno.IsDirectory;
            var error = tree.Load(target);
            if (error != Errno.Success) return error;
            if (!target.IsEmpty) return Errno.NotEmpty;
        }

        return FileTree.CheckNew(newParent, newName);
    }

    private Errno FindExisting(ReadOnlySpan<byte> path, bool followFinal, out TreeNode node)
    {
        var error = TreeWalk.Follow(tree, folder, path, followFinal, creates: false, out var walk);
        node = walk.Node!;
        return error == Errno.Success && node is null ? Errno.NotFound : error;
    }

    /// <summary>The directory that holds a name, and what has the name. The name is empty for the directory itself.</summary>
    private Errno FindName(
        in PathSplit split, out FolderNode parent, out ReadOnlySpan<byte> name, out TreeNode? node)
    {
        name = split.Name;
        node = null;
        parent = folder;
        if (!split.Parent.IsEmpty)
        {
            var error = FindExisting(split.Parent, followFinal: true, out var found);
            if (error != Errno.Success) return error;
            if (found is not FolderNode directory) return Errno.NotDirectory;
            parent = directory;
        }

        if (!name.SequenceEqual("."u8)) return tree.Find(parent, name, out node);
        name = [];
        node = parent;
        return Errno.Success;
    }
}
