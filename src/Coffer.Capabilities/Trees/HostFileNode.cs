using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>A single file of the host at its place in a tree. What is done with it is done with the file itself.</summary>
internal sealed class HostFileNode(ulong inode, DirectoryHandle directory, byte[] name) : TreeNode(inode)
{
    public override FileType Type => FileType.RegularFile;

    public override ulong Size => 0;

    public Errno Open(OpenRequest request, out FileHandle? file)
    {
        GuestPath.TryCopy(name, stackalloc byte[GuestPath.Capacity], out var path);
        // What was granted is this file, not what somebody has linked in its place since.
        request = request with { FollowFinal = false, Create = false, Exclusive = false, Directory = false };
        var error = directory.Open(path, request, out file, out var unexpected);
        if (unexpected is null) return error;
        unexpected.Dispose();
        return Errno.NotFound;
    }

    public Errno GetStatus(out FileStatus status)
    {
        GuestPath.TryCopy(name, stackalloc byte[GuestPath.Capacity], out var path);
        return directory.GetStatus(path, followFinal: false, out status);
    }

    public Errno SetTimes(in FileTimes times)
    {
        GuestPath.TryCopy(name, stackalloc byte[GuestPath.Capacity], out var path);
        return directory.SetTimes(path, followFinal: false, times);
    }
}
