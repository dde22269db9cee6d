namespace Coffer.Capabilities.Files;

/// <summary>
/// An open directory: the root of every path that is resolved through it. Knows nothing of WebAssembly; failures are
/// error numbers, never exceptions. Every operation that changes something passes one check of the grant, here.
/// </summary>
internal abstract class DirectoryHandle(bool readOnly) : IDisposable
{
    /// <summary>Whether the grant allows reading only.</summary>
    public bool IsReadOnly { get; } = readOnly;

    /// <summary>Opens a file or a directory; one of the two results is set.</summary>
    public Errno Open(GuestPath path, OpenRequest request, out FileHandle? file, out DirectoryHandle? directory)
    {
        file = null;
        directory = null;
        return request.Mutates && IsReadOnly ? Errno.ReadOnly : OpenCore(path, request, out file, out directory);
    }

    /// <summary>Facts about the directory itself.</summary>
    public abstract Errno GetStatus(out FileStatus status);

    /// <summary>Facts about what a path names.</summary>
    public abstract Errno GetStatus(GuestPath path, bool followFinal, out FileStatus status);

    /// <summary>Reads where a symbolic link points to, as much as fits.</summary>
    public abstract Errno ReadLink(GuestPath path, Span<byte> destination, out int length);

    /// <summary>Hands out entries after a cookie, 0 for the first, until the writer is full.</summary>
    public abstract Errno ReadEntries(ulong cookie, ref DirectoryEntryWriter writer);

    /// <summary>Waits until changes are on the device.</summary>
    public abstract Errno Sync(bool dataOnly);

    /// <summary>Changes the times of the directory itself.</summary>
    public Errno SetTimes(in FileTimes times) => IsReadOnly ? Errno.ReadOnly : SetTimesCore(times);

    /// <summary>Changes the times of what a path names.</summary>
    public Errno SetTimes(GuestPath path, bool followFinal, in FileTimes times) =>
        IsReadOnly ? Errno.ReadOnly : SetTimesCore(path, followFinal, times);

    /// <summary>Makes a directory.</summary>
    public Errno CreateDirectory(GuestPath path) => IsReadOnly ? Errno.ReadOnly : CreateDirectoryCore(path);

    /// <summary>Removes an empty directory.</summary>
    public Errno RemoveDirectory(GuestPath path) => IsReadOnly ? Errno.ReadOnly : RemoveDirectoryCore(path);

    /// <summary>Removes a file or a symbolic link.</summary>
    public Errno Unlink(GuestPath path) => IsReadOnly ? Errno.ReadOnly : UnlinkCore(path);

    /// <summary>
    /// Makes a symbolic link. An absolute target is refused; any other is checked when it is followed.
    /// </summary>
    public Errno CreateSymbolicLink(ReadOnlySpan<byte> target, GuestPath path)
    {
        if (IsReadOnly) return Errno.ReadOnly;
        return target.StartsWith("/"u8) ? Errno.Permission : CreateSymbolicLinkCore(target, path);
    }

    /// <summary>Gives a file another name. Both directories must be writable.</summary>
    public Errno Rename(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath) =>
        IsReadOnly || newDirectory.IsReadOnly ? Errno.ReadOnly : RenameCore(path, newDirectory, newPath);

    /// <summary>
    /// Gives a file a further name. Both directories must be writable, or a read-only file could be changed through the
    /// new name.
    /// </summary>
    public Errno CreateHardLink(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath) =>
        IsReadOnly || newDirectory.IsReadOnly ? Errno.ReadOnly : CreateHardLinkCore(path, newDirectory, newPath);

    /// <summary>Closes the directory.</summary>
    public abstract void Dispose();

    protected abstract Errno OpenCore(
        GuestPath path, OpenRequest request, out FileHandle? file, out DirectoryHandle? directory);
    protected abstract Errno SetTimesCore(in FileTimes times);
    protected abstract Errno SetTimesCore(GuestPath path, bool followFinal, in FileTimes times);
    protected abstract Errno CreateDirectoryCore(GuestPath path);
    protected abstract Errno RemoveDirectoryCore(GuestPath path);
    protected abstract Errno UnlinkCore(GuestPath path);
    protected abstract Errno CreateSymbolicLinkCore(ReadOnlySpan<byte> target, GuestPath path);
    protected abstract Errno RenameCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath);
    protected abstract Errno CreateHardLinkCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath);
}
