using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Files;

/// <summary>
/// An open directory: the root of every path that is resolved through it. Knows nothing of WebAssembly; failures are
/// error numbers, never exceptions. Whoever calls it has had the operation decided; that nothing beyond the access of
/// the grant happens even so is seen to here.
/// </summary>
/// <param name="access">What the grant allows.</param>
/// <param name="quota">What may be made and written altogether; null for any amount.</param>
internal abstract class DirectoryHandle(DirectoryAccess access, DirectoryQuota? quota = null) : IDisposable
{
    /// <summary>What the grant allows.</summary>
    public DirectoryAccess Access { get; } = access;

    /// <summary>What may still be made and written; null for any amount.</summary>
    protected DirectoryQuota? Quota { get; } = quota;

    /// <summary>What a guest is told when access is missing.</summary>
    public static Errno Refusal(DirectoryAccess access) =>
        (access & DirectoryAccess.Change) == 0 ? Errno.ReadOnly : Errno.Access;

    /// <summary>
    /// What taking a name away needs for a new one elsewhere. The file may have further names, through which what is done
    /// with it under the new one would be seen: so it must be allowed under the old one.
    /// </summary>
    public static DirectoryAccess RenameSource(DirectoryAccess source, DirectoryAccess target) =>
        DirectoryAccess.Delete | DirectoryAccess.Read
        | (target & ~source & (DirectoryAccess.Write | DirectoryAccess.Metadata));

    /// <summary>What giving a name needs where a file may be replaced.</summary>
    public const DirectoryAccess RenameTarget = DirectoryAccess.Create | DirectoryAccess.Delete;

    /// <summary>What the directory of a file needs for a link into one with some access.</summary>
    public static DirectoryAccess LinkSource(DirectoryAccess target) =>
        DirectoryAccess.Read | (target & (DirectoryAccess.Write | DirectoryAccess.Metadata));

    /// <summary>Opens a file or a directory; one of the two results is set.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="request">How it is to be opened.</param>
    /// <param name="total">What else a file that is made counts against; null for nothing.</param>
    /// <param name="file">The file.</param>
    /// <param name="directory">The directory.</param>
    public Errno Open(
        GuestPath path, OpenRequest request, DirectoryQuota? total, out FileHandle? file, out DirectoryHandle? directory)
    {
        file = null;
        directory = null;
        if (Lacks(request.Access)) return Refusal(Access);
        return request.Create && (total is not null || Quota is { LimitsFiles: true })
            ? OpenCharged(path, request, total, out file, out directory)
            : OpenCore(path, request, out file, out directory);
    }

    /// <summary>Opens a file or a directory; one of the two results is set.</summary>
    public Errno Open(GuestPath path, OpenRequest request, out FileHandle? file, out DirectoryHandle? directory) =>
        Open(path, request, null, out file, out directory);

    /// <summary>Facts about the directory itself.</summary>
    public Errno GetStatus(out FileStatus status)
    {
        status = default;
        return Lacks(DirectoryAccess.Read) ? Refusal(Access) : GetStatusCore(out status);
    }

    /// <summary>Facts about what a path names.</summary>
    public Errno GetStatus(GuestPath path, bool followFinal, out FileStatus status)
    {
        status = default;
        return Lacks(DirectoryAccess.Read) ? Refusal(Access) : GetStatusCore(path, followFinal, out status);
    }

    /// <summary>
    /// Reads where a symbolic link points to, as much as fits. An absolute target leads out, and is a name of the host,
    /// which guests do not learn.
    /// </summary>
    public Errno ReadLink(GuestPath path, Span<byte> destination, out int length)
    {
        length = 0;
        Span<byte> target = stackalloc byte[GuestPath.Capacity];
        var error = ReadTarget(path, target, out var full);
        if (error != Errno.Success) return error;
        if (target.StartsWith("/"u8)) return Errno.Escape;
        length = Math.Min(full, destination.Length);
        target[..length].CopyTo(destination);
        return Errno.Success;
    }

    /// <summary>Reads where a symbolic link points to, wherever that is: to resolve it, not for guests.</summary>
    public Errno ReadTarget(GuestPath path, Span<byte> destination, out int length)
    {
        length = 0;
        return Lacks(DirectoryAccess.Read) ? Refusal(Access) : ReadLinkCore(path, destination, out length);
    }

    /// <summary>Hands out entries after a cookie, 0 for the first, until the writer is full.</summary>
    public Errno ReadEntries(ulong cookie, ref DirectoryEntryWriter writer) =>
        Lacks(DirectoryAccess.Read) ? Refusal(Access) : ReadEntriesCore(cookie, ref writer);

    /// <summary>Waits until changes are on the device.</summary>
    public abstract Errno Sync(bool dataOnly);

    /// <summary>Changes the times of the directory itself.</summary>
    public Errno SetTimes(in FileTimes times) => Lacks(DirectoryAccess.Metadata) ? Refusal(Access) : SetTimesCore(times);

    /// <summary>Changes the times of what a path names.</summary>
    public Errno SetTimes(GuestPath path, bool followFinal, in FileTimes times) =>
        Lacks(DirectoryAccess.Metadata) ? Refusal(Access) : SetTimesCore(path, followFinal, times);

    /// <summary>Makes a directory.</summary>
    public Errno CreateDirectory(GuestPath path)
    {
        if (Lacks(DirectoryAccess.Create)) return Refusal(Access);
        var error = Quota?.ChargeFile() ?? Errno.Success;
        return error != Errno.Success ? error : Settle(CreateDirectoryCore(path));
    }

    /// <summary>Removes an empty directory.</summary>
    public Errno RemoveDirectory(GuestPath path) => Lacks(DirectoryAccess.Delete) ? Refusal(Access) : RemoveDirectoryCore(path);

    /// <summary>Removes a file or a symbolic link.</summary>
    public Errno Unlink(GuestPath path) => Lacks(DirectoryAccess.Delete) ? Refusal(Access) : UnlinkCore(path);

    /// <summary>
    /// Makes a symbolic link. An absolute target is refused; any other is checked when it is followed.
    /// </summary>
    public Errno CreateSymbolicLink(ReadOnlySpan<byte> target, GuestPath path)
    {
        if (Lacks(DirectoryAccess.Create)) return Refusal(Access);
        if (target.StartsWith("/"u8)) return Errno.Escape;
        var error = Quota?.ChargeFile() ?? Errno.Success;
        return error != Errno.Success ? error : Settle(CreateSymbolicLinkCore(target, path));
    }

    /// <summary>Gives a file another name: it goes from here, and may replace what is there.</summary>
    public Errno Rename(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath)
    {
        if (Lacks(RenameSource(Access, newDirectory.Access))) return Refusal(Access);
        return newDirectory.Lacks(RenameTarget) ? Refusal(newDirectory.Access) : RenameCore(path, newDirectory, newPath);
    }

    /// <summary>
    /// Gives a file a further name. Whatever the new directory allows must be allowed here too, or the file could be
    /// changed through the new name.
    /// </summary>
    public Errno CreateHardLink(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath)
    {
        if (newDirectory.Lacks(DirectoryAccess.Create)) return Refusal(newDirectory.Access);
        if (Lacks(LinkSource(newDirectory.Access))) return Refusal(Access);
        var error = newDirectory.Quota?.ChargeFile() ?? Errno.Success;
        return error != Errno.Success ? error : newDirectory.Settle(CreateHardLinkCore(path, newDirectory, newPath));
    }

    // A file that is there needs no quota, and only the system knows whether it is.
    private Errno OpenCharged(
        GuestPath path, OpenRequest request, DirectoryQuota? total, out FileHandle? file, out DirectoryHandle? directory)
    {
        file = null;
        directory = null;
        var error = request.Exclusive
            ? Errno.NotFound
            : OpenCore(path, request with { Create = false }, out file, out directory);
        if (directory is not null)
        {
            // No file can be made there, which nobody has looked at.
            directory.Dispose();
            directory = null;
            return Errno.IsDirectory;
        }

        if (error == Errno.Success) return error;
        var charge = ChargeFile(total);
        if (charge != Errno.Success) return error == Errno.NotFound ? charge : error;
        // What else is wrong is told by the attempt to make it.
        error = Settle(OpenCore(path, request, out file, out directory));
        if (error != Errno.Success) total?.RefundFile();
        return error;
    }

    private Errno ChargeFile(DirectoryQuota? total)
    {
        var error = total?.ChargeFile() ?? Errno.Success;
        if (error != Errno.Success) return error;
        error = Quota?.ChargeFile() ?? Errno.Success;
        if (error != Errno.Success) total?.RefundFile();
        return error;
    }

    // Nothing was made: the quota has not been used.
    private Errno Settle(Errno outcome)
    {
        if (outcome != Errno.Success) Quota?.RefundFile();
        return outcome;
    }

    private bool Lacks(DirectoryAccess needed) => (needed & ~Access) != 0;

    /// <summary>Closes the directory.</summary>
    public abstract void Dispose();

    protected abstract Errno OpenCore(
        GuestPath path, OpenRequest request, out FileHandle? file, out DirectoryHandle? directory);
    protected abstract Errno GetStatusCore(out FileStatus status);
    protected abstract Errno GetStatusCore(GuestPath path, bool followFinal, out FileStatus status);
    protected abstract Errno ReadLinkCore(GuestPath path, Span<byte> destination, out int length);
    protected abstract Errno ReadEntriesCore(ulong cookie, ref DirectoryEntryWriter writer);
    protected abstract Errno SetTimesCore(in FileTimes times);
    protected abstract Errno SetTimesCore(GuestPath path, bool followFinal, in FileTimes times);
    protected abstract Errno CreateDirectoryCore(GuestPath path);
    protected abstract Errno RemoveDirectoryCore(GuestPath path);
    protected abstract Errno UnlinkCore(GuestPath path);
    protected abstract Errno CreateSymbolicLinkCore(ReadOnlySpan<byte> target, GuestPath path);
    protected abstract Errno RenameCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath);
    protected abstract Errno CreateHardLinkCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath);
}
