using System.Runtime.CompilerServices;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>path_open.</summary>
internal sealed class PathOpen(DescriptorTable descriptors)
{
    private const int FollowSymlink = 1;
    private const int Create = 1, Directory = 2, Exclusive = 4, Truncate = 8;

    [SkipLocalsInit]
    public Errno Open(
        Memory memory, int number, int lookup, int pointer, int length, int openFlags, long rights, long inheriting,
        int flags, int resultPointer)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var needed = Rights.PathOpen
            | ((openFlags & Create) != 0 ? Rights.PathCreateFile : 0)
            | ((openFlags & Truncate) != 0 ? Rights.PathFilestatSetSize : 0);
        var error = descriptors.FindDirectory(number, needed, out var parent);
        if (error != Errno.Success) return error;
        error = Paths.Copy(memory, pointer, length, buffer, out var path);
        if (error != Errno.Success) return error;
        if (!TryRead(lookup, openFlags, (Rights)rights, (DescriptorFlags)flags, out var request)) return Errno.Invalid;
        // What can fail afterwards fails first: an opened file that the guest cannot name would be lost.
        if (!memory.TryGet(resultPointer, sizeof(uint), out _)) return Errno.Fault;
        if (!descriptors.HasRoom) return Errno.DescriptorLimit;
        error = parent.Directory!.Open(path, request, out var file, out var directory);
        if (error != Errno.Success) return error;
        var baseRights = (Rights)rights & parent.Inheriting;
        var entry = file is not null
            ? new DescriptorEntry(file, baseRights & (file.Type == FileType.RegularFile ? Rights.File : Rights.Stream))
            : new DescriptorEntry(directory!, baseRights & Rights.Directory, (Rights)inheriting & parent.Inheriting);
        entry.Flags = (DescriptorFlags)flags;
        return memory.Store(resultPointer, (uint)descriptors.Add(entry));
    }

    private static bool TryRead(
        int lookup, int openFlags, Rights rights, DescriptorFlags flags, out OpenRequest request)
    {
        var directory = (openFlags & Directory) != 0;
        request = new OpenRequest
        {
            FollowFinal = (lookup & FollowSymlink) != 0,
            Create = (openFlags & Create) != 0,
            Exclusive = (openFlags & Exclusive) != 0,
            Truncate = (openFlags & Truncate) != 0,
            Directory = directory,
            Read = (rights & (Rights.FdRead | Rights.FdReaddir)) != 0,
            Write = (rights & Rights.Writing) != 0,
            Append = !directory && (flags & DescriptorFlags.Append) != 0,
            DataSync = (flags & DescriptorFlags.DataSync) != 0,
            Sync = (flags & (DescriptorFlags.Sync | DescriptorFlags.ReadSync)) != 0,
        };
        var contradictory = directory && (request.Create || request.Truncate);
        return !contradictory && (openFlags & ~15) == 0 && (flags & ~DescriptorFlags.All) == 0;
    }
}
