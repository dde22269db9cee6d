using System.Buffers.Binary;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>fd_readdir, fd_prestat_get and fd_prestat_dir_name.</summary>
internal sealed class Directories(DescriptorTable descriptors, Authority authority)
{
    /// <summary>
    /// Lists a directory from a cookie on. Less than the whole buffer used means that the end was reached; so a buffer
    /// is always filled, if need be with a part of an entry, which the guest asks for again.
    /// </summary>
    public Errno Read(Memory memory, int number, int buffer, int length, long cookie, int usedPointer)
    {
        var error = descriptors.FindDirectory(number, Rights.FdReaddir, out var entry);
        if (error != Errno.Success) return error;
        if (!memory.TryGet(buffer, length, out var destination)) return Errno.Fault;
        if (!memory.TryGet(usedPointer, sizeof(uint), out _)) return Errno.Fault;
        // Once for each listing: whoever goes on with a cookie was allowed to begin.
        error = cookie == 0 || (entry.Directory!.Access & DirectoryAccess.Read) == 0
            ? authority.Check("fd_readdir", entry, DirectoryAccess.Read)
            : Errno.Success;
        if (error != Errno.Success) return error;
        var writer = new DirectoryEntryWriter(destination);
        error = entry.Directory!.ReadEntries((ulong)cookie, ref writer);
        return error != Errno.Success ? error : memory.Store(usedPointer, (uint)writer.Written);
    }

    /// <summary>What kind of preopen a descriptor is, and how long its name is.</summary>
    public Errno GetPreopen(Memory memory, int number, int resultPointer)
    {
        var error = FindPreopen(number, out var name);
        if (error != Errno.Success) return error;
        if (!memory.TryGet(resultPointer, 8, out var result)) return Errno.Fault;
        // Tag 0, a directory; three bytes of padding; the length.
        result.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(result[4..], name.Length);
        return Errno.Success;
    }

    public Errno GetPreopenName(Memory memory, int number, int pointer, int length)
    {
        var error = FindPreopen(number, out var name);
        if (error != Errno.Success) return error;
        if ((uint)length < (uint)name.Length) return Errno.NameTooLong;
        if (!memory.TryGet(pointer, name.Length, out var destination)) return Errno.Fault;
        name.CopyTo(destination);
        return Errno.Success;
    }

    private Errno FindPreopen(int number, out byte[] name)
    {
        var error = descriptors.Find(number, Rights.None, out var entry);
        name = error == Errno.Success ? entry.GuestPath : [];
        return error == Errno.Success && !entry.IsPreopened ? Errno.BadDescriptor : error;
    }
}
