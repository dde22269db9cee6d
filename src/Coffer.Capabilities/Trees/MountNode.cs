using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>
/// A granted directory at its place in the tree that shows where everything is. Paths do not lead through it: guests
/// reach what is below by the directory itself, which they know by its longer name.
/// </summary>
/// <param name="inode">The number of the node.</param>
/// <param name="directory">The directory, opened for this node.</param>
internal sealed class MountNode(ulong inode, DirectoryHandle directory) : TreeNode(inode)
{
    public DirectoryHandle Directory => directory;

    public override FileType Type => FileType.Directory;

    public override ulong Size => 0;

    public Errno Open(OpenRequest request, out FileHandle? file, out DirectoryHandle? opened)
    {
        GuestPath.TryCopy("."u8, stackalloc byte[GuestPath.Capacity], out var path);
        return directory.Open(path, request, out file, out opened);
    }
}
