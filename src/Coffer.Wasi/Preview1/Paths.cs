using System.Runtime.CompilerServices;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>The functions that take a path, except path_open.</summary>
internal sealed class Paths(DescriptorTable descriptors, Authority authority, QuotaMeter quotas, bool isUnstable)
{
    private const int FollowSymlink = 1;

    [SkipLocalsInit]
    public Errno CreateDirectory(Memory memory, int number, int pointer, int length)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Begin(
            memory, "path_create_directory", number, Rights.PathCreateDirectory, DirectoryAccess.Create,
            pointer, length, buffer, out var use);
        if (error != Errno.Success) return error;
        error = quotas.ChargeFile("path_create_directory");
        if (error == Errno.Success) error = quotas.SettleFile(use.Directory.CreateDirectory(use.Path));
        return authority.Conclude(in use, error);
    }

    [SkipLocalsInit]
    public Errno RemoveDirectory(Memory memory, int number, int pointer, int length)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Begin(
            memory, "path_remove_directory", number, Rights.PathRemoveDirectory, DirectoryAccess.Delete,
            pointer, length, buffer, out var use);
        return error != Errno.Success ? error : authority.Conclude(in use, use.Directory.RemoveDirectory(use.Path));
    }

    [SkipLocalsInit]
    public Errno Unlink(Memory memory, int number, int pointer, int length)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Begin(
            memory, "path_unlink_file", number, Rights.PathUnlinkFile, DirectoryAccess.Delete,
            pointer, length, buffer, out var use);
        return error != Errno.Success ? error : authority.Conclude(in use, use.Directory.Unlink(use.Path));
    }

    [SkipLocalsInit]
    public Errno GetStatus(Memory memory, int number, int lookup, int pointer, int length, int resultPointer)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Begin(
            memory, "path_filestat_get", number, Rights.PathFilestatGet, DirectoryAccess.Read,
            pointer, length, buffer, out var use);
        if (error != Errno.Success) return error;
        error = use.Directory.GetStatus(use.Path, (lookup & FollowSymlink) != 0, out var status);
        error = authority.Conclude(in use, error);
        return error != Errno.Success ? error : StatusRecord.Write(memory, resultPointer, status, isUnstable);
    }

    [SkipLocalsInit]
    public Errno SetTimes(
        Memory memory, int number, int lookup, int pointer, int length, long accessed, long modified, int flags)
    {
        if (!StatusRecord.TryReadTimes(accessed, modified, flags, out var times)) return Errno.Invalid;
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Begin(
            memory, "path_filestat_set_times", number, Rights.PathFilestatSetTimes, DirectoryAccess.Metadata,
            pointer, length, buffer, out var use);
        if (error != Errno.Success) return error;
        return authority.Conclude(in use, use.Directory.SetTimes(use.Path, (lookup & FollowSymlink) != 0, times));
    }

    [SkipLocalsInit]
    public Errno ReadLink(
        Memory memory, int number, int pointer, int length, int resultPointer, int resultLength, int usedPointer)
    {
        if (!memory.TryGet(resultPointer, resultLength, out var destination)) return Errno.Fault;
        if (!memory.TryGet(usedPointer, sizeof(uint), out _)) return Errno.Fault;
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Begin(
            memory, "path_readlink", number, Rights.PathReadlink, DirectoryAccess.Read,
            pointer, length, buffer, out var use);
        if (error != Errno.Success) return error;
        error = authority.Conclude(in use, use.Directory.ReadLink(use.Path, destination, out var used));
        return error != Errno.Success ? error : memory.Store(usedPointer, (uint)used);
    }

    [SkipLocalsInit]
    public Errno Symlink(Memory memory, int targetPointer, int targetLength, int number, int pointer, int length)
    {
        Span<byte> targetBuffer = stackalloc byte[GuestPath.Capacity];
        var error = Copy(memory, targetPointer, targetLength, targetBuffer, out var target);
        // That an absolute target leads outside is for the directory to say, as of any other target.
        if (error is not (Errno.Success or Errno.Escape)) return error;
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        error = Begin(
            memory, "path_symlink", number, Rights.PathSymlink, DirectoryAccess.Create,
            pointer, length, buffer, out var use);
        if (error != Errno.Success) return error;
        error = quotas.ChargeFile("path_symlink");
        if (error == Errno.Success) error = quotas.SettleFile(use.Directory.CreateSymbolicLink(target.Bytes, use.Path));
        return authority.Conclude(in use, error);
    }

    [SkipLocalsInit]
    public Errno Rename(
        Memory memory, int number, int pointer, int length, int newNumber, int newPointer, int newLength)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Begin(
            memory, "path_rename", number, Rights.PathRenameSource, RenameSource(number, newNumber),
            pointer, length, buffer, out var use);
        if (error != Errno.Success) return error;
        Span<byte> newBuffer = stackalloc byte[GuestPath.Capacity];
        error = Begin(
            memory, "path_rename", newNumber, Rights.PathRenameTarget, DirectoryHandle.RenameTarget,
            newPointer, newLength, newBuffer, out var newUse);
        return error != Errno.Success
            ? error
            : ConcludeBoth(in use, in newUse, use.Directory.Rename(use.Path, newUse.Directory, newUse.Path));
    }

    // Where the source is refused and the target has the same grant, that is asked for what both need, or it would be
    // asked twice.
    private DirectoryAccess RenameSource(int number, int newNumber)
    {
        var isKnown = descriptors.FindDirectory(number, Rights.None, out var from) == Errno.Success
            & descriptors.FindDirectory(newNumber, Rights.None, out var to) == Errno.Success;
        if (!isKnown) return DirectoryHandle.RenameSource(default, default);
        var needed = DirectoryHandle.RenameSource(from.Directory!.Access, to.Directory!.Access);
        var isRefused = (needed & ~from.Directory.Access) != 0;
        return isRefused && to.Grant == from.Grant ? needed | DirectoryHandle.RenameTarget : needed;
    }

    /// <summary>
    /// A link to what a symbolic link points to is refused: no system can make it without resolving the path twice.
    /// </summary>
    [SkipLocalsInit]
    public Errno Link(
        Memory memory, int number, int lookup, int pointer, int length, int newNumber, int newPointer, int newLength)
    {
        if ((lookup & FollowSymlink) != 0) return Errno.Invalid;
        var error = descriptors.FindDirectory(newNumber, Rights.PathLinkTarget, out var target);
        if (error != Errno.Success) return error;
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        error = Begin(
            memory, "path_link", number, Rights.PathLinkSource, DirectoryHandle.LinkSource(target.Directory!.Access),
            pointer, length, buffer, out var use);
        if (error != Errno.Success) return error;
        Span<byte> newBuffer = stackalloc byte[GuestPath.Capacity];
        error = Begin(
            memory, "path_link", newNumber, Rights.PathLinkTarget, DirectoryAccess.Create,
            newPointer, newLength, newBuffer, out var newUse);
        if (error != Errno.Success) return error;
        error = quotas.ChargeFile("path_link");
        if (error == Errno.Success)
        {
            error = quotas.SettleFile(use.Directory.CreateHardLink(use.Path, newUse.Directory, newUse.Path));
        }

        return ConcludeBoth(in use, in newUse, error);
    }

    private Errno ConcludeBoth(in PathUse use, in PathUse newUse, Errno outcome)
    {
        authority.Conclude(in newUse, outcome);
        return authority.Conclude(in use, outcome);
    }

    private Errno Begin(
        Memory memory, string operation, int number, Rights rights, DirectoryAccess access,
        int pointer, int length, Span<byte> buffer, out PathUse use)
    {
        use = default;
        var error = descriptors.FindDirectory(number, rights, out var entry);
        if (error != Errno.Success) return error;
        error = Copy(memory, pointer, length, buffer, out var path);
        if (error == Errno.Escape) return authority.RefuseAbsolute(operation, entry, path, access);
        return error != Errno.Success ? error : authority.Begin(operation, entry, path, access, out use);
    }

    /// <summary>Copies a path out of the guest's memory.</summary>
    public static Errno Copy(Memory memory, int pointer, int length, Span<byte> buffer, out GuestPath path)
    {
        path = default;
        return memory.TryGet(pointer, length, out var source)
            ? GuestPath.TryCopy(source, buffer, out path)
            : Errno.Fault;
    }
}
