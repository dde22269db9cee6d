using System.Runtime.CompilerServices;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>The functions that take a path, except path_open.</summary>
internal sealed class Paths(DescriptorTable descriptors, bool isUnstable)
{
    private const int FollowSymlink = 1;

    [SkipLocalsInit]
    public Errno CreateDirectory(Memory memory, int number, int pointer, int length)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(
            memory, number, Rights.PathCreateDirectory, pointer, length, buffer, out var directory, out var path);
        return error != Errno.Success ? error : directory.CreateDirectory(path);
    }

    [SkipLocalsInit]
    public Errno RemoveDirectory(Memory memory, int number, int pointer, int length)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(
            memory, number, Rights.PathRemoveDirectory, pointer, length, buffer, out var directory, out var path);
        return error != Errno.Success ? error : directory.RemoveDirectory(path);
    }

    [SkipLocalsInit]
    public Errno Unlink(Memory memory, int number, int pointer, int length)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(
            memory, number, Rights.PathUnlinkFile, pointer, length, buffer, out var directory, out var path);
        return error != Errno.Success ? error : directory.Unlink(path);
    }

    [SkipLocalsInit]
    public Errno GetStatus(Memory memory, int number, int lookup, int pointer, int length, int resultPointer)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(
            memory, number, Rights.PathFilestatGet, pointer, length, buffer, out var directory, out var path);
        if (error != Errno.Success) return error;
        error = directory.GetStatus(path, (lookup & FollowSymlink) != 0, out var status);
        return error != Errno.Success ? error : StatusRecord.Write(memory, resultPointer, status, isUnstable);
    }

    [SkipLocalsInit]
    public Errno SetTimes(
        Memory memory, int number, int lookup, int pointer, int length, long accessed, long modified, int flags)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(
            memory, number, Rights.PathFilestatSetTimes, pointer, length, buffer, out var directory, out var path);
        if (error != Errno.Success) return error;
        if (!StatusRecord.TryReadTimes(accessed, modified, flags, out var times)) return Errno.Invalid;
        return directory.SetTimes(path, (lookup & FollowSymlink) != 0, times);
    }

    [SkipLocalsInit]
    public Errno ReadLink(
        Memory memory, int number, int pointer, int length, int resultPointer, int resultLength, int usedPointer)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(memory, number, Rights.PathReadlink, pointer, length, buffer, out var directory, out var path);
        if (error != Errno.Success) return error;
        if (!memory.TryGet(resultPointer, resultLength, out var destination)) return Errno.Fault;
        error = directory.ReadLink(path, destination, out var used);
        return error != Errno.Success ? error : memory.Store(usedPointer, (uint)used);
    }

    [SkipLocalsInit]
    public Errno Symlink(Memory memory, int targetPointer, int targetLength, int number, int pointer, int length)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        Span<byte> targetBuffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(memory, number, Rights.PathSymlink, pointer, length, buffer, out var directory, out var path);
        if (error != Errno.Success) return error;
        error = Copy(memory, targetPointer, targetLength, targetBuffer, out var target);
        return error != Errno.Success ? error : directory.CreateSymbolicLink(target.Bytes, path);
    }

    [SkipLocalsInit]
    public Errno Rename(
        Memory memory, int number, int pointer, int length, int newNumber, int newPointer, int newLength)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        Span<byte> newBuffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(
            memory, number, Rights.PathRenameSource, pointer, length, buffer, out var directory, out var path);
        if (error != Errno.Success) return error;
        error = Find(
            memory, newNumber, Rights.PathRenameTarget, newPointer, newLength, newBuffer,
            out var newDirectory, out var newPath);
        return error != Errno.Success ? error : directory.Rename(path, newDirectory, newPath);
    }

    /// <summary>
    /// A link to what a symbolic link points to is refused: no system can make it without resolving the path twice.
    /// </summary>
    [SkipLocalsInit]
    public Errno Link(
        Memory memory, int number, int lookup, int pointer, int length, int newNumber, int newPointer, int newLength)
    {
        if ((lookup & FollowSymlink) != 0) return Errno.Invalid;
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        Span<byte> newBuffer = stackalloc byte[GuestPath.Capacity];
        var error = Find(
            memory, number, Rights.PathLinkSource, pointer, length, buffer, out var directory, out var path);
        if (error != Errno.Success) return error;
        error = Find(
            memory, newNumber, Rights.PathLinkTarget, newPointer, newLength, newBuffer,
            out var newDirectory, out var newPath);
        return error != Errno.Success ? error : directory.CreateHardLink(path, newDirectory, newPath);
    }

    private Errno Find(
        Memory memory, int number, Rights rights, int pointer, int length, Span<byte> buffer,
        out DirectoryHandle directory, out GuestPath path)
    {
        path = default;
        var error = descriptors.FindDirectory(number, rights, out var entry);
        directory = entry?.Directory!;
        return error != Errno.Success ? error : Copy(memory, pointer, length, buffer, out path);
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
