using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// A directory as a descriptor. A name is only ever given to the kernel together with the descriptor of its parent,
/// without slashes, and links are not followed.
/// </summary>
internal sealed class LinuxDirectory(
    Descriptor descriptor, DirectoryAccess access, PathMethod method, DirectoryQuota? quota)
    : DirectoryHandle(access, quota)
{
    private readonly LinuxListing listing = new(descriptor);

    /// <summary>Opens a directory by a path of the host: where the authority comes from.</summary>
    public static Errno OpenAmbient(
        string path, DirectoryAccess access, PathMethod method, DirectoryQuota? quota, out LinuxDirectory? directory)
    {
        directory = null;
        var bytes = System.Text.Encoding.UTF8.GetBytes(path + '\0');
        var number = Libc.OpenAt(-100, bytes, Libc.OpenReadOnly | Libc.OpenDirectory, 0);
        if (number < 0) return LinuxError.Last;
        directory = new LinuxDirectory(new Descriptor(number), access, method, quota);
        return Errno.Success;
    }

    protected override Errno GetStatusCore(out FileStatus status) => LinuxStatus.Get(descriptor.Number, [], out status);

    protected override Errno GetStatusCore(GuestPath path, bool followFinal, out FileStatus status)
    {
        // One call instead of three for a name in the directory itself, unless it is a link to be followed.
        Errno error;
        if (LinuxPath.IsName(path.Bytes))
        {
            error = LinuxStatus.Get(descriptor.Number, path.Bytes, out status);
            if (error != Errno.Success || !followFinal || status.Type != FileType.SymbolicLink) return error;
        }

        status = default;
        error = LinuxPath.Open(descriptor.Number, path.Bytes, Libc.OpenPath, followFinal, method, out var found);
        if (error != Errno.Success) return error;
        error = LinuxStatus.Get(found, [], out status);
        _ = Libc.Close(found);
        return error;
    }

    protected override Errno ReadLinkCore(GuestPath path, Span<byte> destination, out int length)
    {
        length = 0;
        Errno error;
        if (path.Bytes.EndsWith("/"u8))
        {
            // What stands before a slash is a directory, and no link, or it is nothing that can be named so.
            error = LinuxPath.Open(descriptor.Number, path.Bytes, Libc.OpenPath, followFinal: true, method, out var found);
            if (error != Errno.Success) return error;
            _ = Libc.Close(found);
            return Errno.Invalid;
        }

        var split = path.Split();
        error = LinuxPath.OpenParent(descriptor.Number, split, method, out var parent);
        if (error != Errno.Success) return error;
        using (parent)
        {
            if (split.MustBeDirectory) return Errno.Invalid;
            // The kernel does not look whether there is a link when it is given no room.
            Span<byte> atLeast = stackalloc byte[1];
            var read = Libc.ReadLinkAt(parent.Descriptor, split.Name, destination.IsEmpty ? atLeast : destination);
            if (read < 0) return LinuxError.Last;
            length = Math.Min(read, destination.Length);
            return Errno.Success;
        }
    }

    protected override Errno ReadEntriesCore(ulong cookie, ref DirectoryEntryWriter writer) =>
        listing.Read(cookie, ref writer);

    public override Errno Sync(bool dataOnly) =>
        LinuxError.Of(dataOnly ? Libc.SyncData(descriptor.Number) : Libc.Sync(descriptor.Number));

    public override void Dispose() => descriptor.Dispose();

    protected override Errno OpenCore(
        GuestPath path, OpenRequest request, out FileHandle? file, out DirectoryHandle? directory)
    {
        file = null;
        directory = null;
        var error = LinuxPath.Open(
            descriptor.Number, path.Bytes, Flags(request), request.FollowFinal, method, out var number);
        if (error != Errno.Success) return error;
        error = LinuxStatus.GetType(number, out var type);
        switch (type)
        {
            case FileType.Directory:
                directory = new LinuxDirectory(new Descriptor(number), Access, method, Quota);
                return Errno.Success;
            case FileType.RegularFile or FileType.CharacterDevice:
                file = new LinuxFile(new Descriptor(number), type, Access, Quota);
                return Errno.Success;
        }

        // Pipes, sockets and disks are no files a guest was granted.
        _ = Libc.Close(number);
        return error == Errno.Success ? Errno.NotSupported : error;
    }

    protected override Errno SetTimesCore(in FileTimes times) =>
        LinuxError.Of(Libc.SetTimes(descriptor.Number, LinuxStatus.Pair(times, stackalloc TimeSpecification[2])));

    protected override Errno SetTimesCore(GuestPath path, bool followFinal, in FileTimes times)
    {
        var error = LinuxPath.Open(descriptor.Number, path.Bytes, Libc.OpenPath, followFinal, method, out var found);
        if (error != Errno.Success) return error;
        error = LinuxError.Of(Libc.SetTimes(found, [], LinuxStatus.Pair(times, stackalloc TimeSpecification[2])));
        _ = Libc.Close(found);
        return error;
    }

    protected override Errno CreateDirectoryCore(GuestPath path)
    {
        var split = path.Split();
        var error = LinuxPath.OpenParent(descriptor.Number, split, method, out var parent);
        if (error != Errno.Success) return error;
        using (parent) return LinuxError.Of(Libc.MakeDirectoryAt(parent.Descriptor, split.Name));
    }

    protected override Errno RemoveDirectoryCore(GuestPath path)
    {
        var split = path.Split();
        var error = LinuxPath.OpenParent(descriptor.Number, split, method, out var parent);
        if (error != Errno.Success) return error;
        using (parent) return LinuxError.Of(Libc.UnlinkAt(parent.Descriptor, split.Name, Libc.AtRemoveDirectory));
    }

    protected override Errno UnlinkCore(GuestPath path)
    {
        var split = path.Split();
        var error = LinuxPath.OpenParent(descriptor.Number, split, method, out var parent);
        if (error != Errno.Success) return error;
        using (parent)
        {
            // "link/" is what the link points to: the kernel would have to follow it, so it must not see the name.
            if (!split.MustBeDirectory) return LinuxError.Of(Libc.UnlinkAt(parent.Descriptor, split.Name, 0));
            error = LinuxStatus.Get(parent.Descriptor, split.Name, out var status);
            if (error != Errno.Success) return error;
            return status.Type == FileType.Directory ? Errno.IsDirectory : Errno.NotDirectory;
        }
    }

    protected override Errno CreateSymbolicLinkCore(ReadOnlySpan<byte> target, GuestPath path)
    {
        var split = path.Split();
        var error = LinuxPath.OpenParent(descriptor.Number, split, method, out var parent);
        if (error != Errno.Success) return error;
        using (parent)
        {
            if (!split.MustBeDirectory) return LinuxError.Of(Libc.SymlinkAt(target, parent.Descriptor, split.Name));
            error = LinuxStatus.Get(parent.Descriptor, split.Name, out var status);
            if (error != Errno.Success) return error;
            return status.Type == FileType.Directory ? Errno.Exists : Errno.NotDirectory;
        }
    }

    protected override Errno RenameCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath)
    {
        if (newDirectory is not LinuxDirectory target) return Errno.CrossDevice;
        var from = path.Split();
        var to = newPath.Split();
        var error = LinuxPath.OpenParent(descriptor.Number, from, method, out var fromParent);
        if (error != Errno.Success) return error;
        using (fromParent)
        {
            error = LinuxPath.OpenParent(target.Number, to, method, out var toParent);
            if (error != Errno.Success) return error;
            using (toParent)
            {
                if (from.MustBeDirectory || to.MustBeDirectory)
                {
                    error = LinuxStatus.Get(fromParent.Descriptor, from.Name, out var status);
                    if (error != Errno.Success) return error;
                    if (status.Type != FileType.Directory) return Errno.NotDirectory;
                }

                return LinuxError.Of(Libc.RenameAt(fromParent.Descriptor, from.Name, toParent.Descriptor, to.Name));
            }
        }
    }

    protected override Errno CreateHardLinkCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath)
    {
        if (newDirectory is not LinuxDirectory target) return Errno.CrossDevice;
        var from = path.Split();
        var to = newPath.Split();
        var error = LinuxPath.OpenParent(descriptor.Number, from, method, out var fromParent);
        if (error != Errno.Success) return error;
        using (fromParent)
        {
            error = LinuxPath.OpenParent(target.Number, to, method, out var toParent);
            if (error != Errno.Success) return error;
            using (toParent)
            {
                // The kernel must not see names with a slash behind them; what it would say to them is said here.
                if (from.MustBeDirectory || to.MustBeDirectory)
                {
                    error = LinuxStatus.Get(fromParent.Descriptor, from.Name, out var status);
                    if (error != Errno.Success) return error;
                    if (from.MustBeDirectory && status.Type != FileType.Directory) return Errno.NotDirectory;
                }

                if (to.MustBeDirectory)
                {
                    error = LinuxStatus.Get(toParent.Descriptor, to.Name, out _);
                    return error == Errno.Success ? Errno.Exists : error;
                }

                return LinuxError.Of(Libc.LinkAt(fromParent.Descriptor, from.Name, toParent.Descriptor, to.Name));
            }
        }
    }

    private int Number => descriptor.Number;

    private static int Flags(in OpenRequest request)
    {
        // Opening a pipe must not wait for its other end.
        var flags = Libc.OpenNoTerminal | Libc.OpenNonBlocking;
        flags |= (request.Read, request.Write) switch
        {
            (true, true) => Libc.OpenReadWrite,
            (_, true) => Libc.OpenWriteOnly,
            _ => Libc.OpenReadOnly,
        };
        if (request.Create) flags |= Libc.OpenCreate;
        if (request.Create && request.Exclusive) flags |= Libc.OpenExclusive;
        if (request.Truncate) flags |= Libc.OpenTruncate;
        if (request.Directory) flags |= Libc.OpenDirectory;
        if (request.Append) flags |= Libc.OpenAppend;
        if (request.DataSync) flags |= Libc.OpenDataSync;
        if (request.Sync) flags |= Libc.OpenSync;
        return flags;
    }
}
