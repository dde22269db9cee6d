using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// A directory on systems without relative opening of files. Conservative: no symbolic link (or other reparse point)
/// below the root is followed, made or read, so that a path names the same thing whichever way it is looked at.
/// Others who can write to the directory at the same time must be trusted.
/// </summary>
internal sealed class PortableDirectory(string root, DirectoryAccess access, DirectoryQuota? quota)
    : DirectoryHandle(access, quota)
{
    public static PortableDirectory OpenAmbient(string path, DirectoryAccess access, DirectoryQuota? quota) => Directory.Exists(path)
        ? new PortableDirectory(path, access, quota)
        : throw new DirectoryNotFoundException($"The directory {path} does not exist.");

    protected override Errno GetStatusCore(out FileStatus status) => PortableStatus.Get(root, out status);

    protected override Errno GetStatusCore(GuestPath path, bool followFinal, out FileStatus status)
    {
        status = default;
        var error = Resolve(path, out var full, out var mustBeDirectory);
        if (error != Errno.Success) return error;
        error = PortableStatus.Get(full, out status);
        if (error != Errno.Success) return error;
        if (mustBeDirectory && status.Type != FileType.Directory) return Errno.NotDirectory;
        return followFinal && status.Type == FileType.SymbolicLink ? Errno.Loop : Errno.Success;
    }

    protected override Errno ReadLinkCore(GuestPath path, Span<byte> destination, out int length)
    {
        length = 0;
        var error = GetStatus(path, followFinal: false, out var status);
        if (error != Errno.Success) return error;
        return status.Type == FileType.SymbolicLink ? Errno.NotSupported : Errno.Invalid;
    }

    protected override Errno ReadEntriesCore(ulong cookie, ref DirectoryEntryWriter writer)
    {
        List<(string Name, FileType Type)> entries = [(".", FileType.Directory), ("..", FileType.Directory)];
        try
        {
            var found = new DirectoryInfo(root).EnumerateFileSystemInfos()
                .OrderBy(entry => entry.Name, StringComparer.Ordinal);
            entries.AddRange(found.Select(entry => (entry.Name, PortableStatus.TypeOf(entry.Attributes))));
        }
        catch (Exception exception) when (PortableError.TryTranslate(exception, out var error))
        {
            return error;
        }

        for (var i = cookie; i < (ulong)entries.Count; i++)
        {
            var (name, type) = entries[(int)i];
            if (!writer.TryAdd(i + 1, 0, type, Encoding.UTF8.GetBytes(name))) break;
        }

        return Errno.Success;
    }

    public override Errno Sync(bool dataOnly) => Errno.Success;

    public override void Dispose()
    {
    }

    protected override Errno OpenCore(
        GuestPath path, OpenRequest request, out FileHandle? file, out DirectoryHandle? directory)
    {
        file = null;
        directory = null;
        var error = Resolve(path, out var full, out var mustBeDirectory);
        if (error != Errno.Success) return error;
        error = PortableStatus.Get(full, out var status);
        if (error is not (Errno.Success or Errno.NotFound)) return error;
        if (status.Type == FileType.SymbolicLink) return Errno.Loop;
        if (status.Type == FileType.Directory)
        {
            if (request.Create && request.Exclusive) return Errno.Exists;
            if (request.Create || request.Truncate || request.Write) return Errno.IsDirectory;
            directory = new PortableDirectory(full, Access, Quota);
            return Errno.Success;
        }

        if (error == Errno.NotFound && (!request.Create || mustBeDirectory))
        {
            return mustBeDirectory && request.Create ? Errno.IsDirectory : Errno.NotFound;
        }

        if (error == Errno.Success && (request.Directory || mustBeDirectory)) return Errno.NotDirectory;
        return PortableFile.Open(full, request, Access, Quota, out file);
    }

    protected override Errno SetTimesCore(in FileTimes times) => PortableStatus.SetTimes(root, times);

    protected override Errno SetTimesCore(GuestPath path, bool followFinal, in FileTimes times)
    {
        var error = ResolveExisting(path, out var full, out var type);
        if (error != Errno.Success) return error;
        return type == FileType.SymbolicLink ? Errno.Loop : PortableStatus.SetTimes(full, times);
    }

    protected override Errno CreateDirectoryCore(GuestPath path)
    {
        var error = Resolve(path, out var full, out _);
        if (error != Errno.Success) return error;
        if (PortableStatus.Get(full, out _) == Errno.Success) return Errno.Exists;
        return PortableError.Try(() => Directory.CreateDirectory(full));
    }

    protected override Errno RemoveDirectoryCore(GuestPath path)
    {
        var error = ResolveExisting(path, out var full, out var type);
        if (error != Errno.Success) return error;
        if (full == root) return Errno.Invalid;
        if (type != FileType.Directory) return Errno.NotDirectory;
        if (Directory.EnumerateFileSystemEntries(full).Any()) return Errno.NotEmpty;
        return PortableError.Try(() => Directory.Delete(full, recursive: false));
    }

    protected override Errno UnlinkCore(GuestPath path)
    {
        var error = ResolveExisting(path, out var full, out var type);
        if (error != Errno.Success) return error;
        return type == FileType.Directory ? Errno.IsDirectory : PortableError.Try(() => File.Delete(full));
    }

    protected override Errno CreateSymbolicLinkCore(ReadOnlySpan<byte> target, GuestPath path) => Errno.NotSupported;

    protected override Errno RenameCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath)
    {
        if (newDirectory is not PortableDirectory other) return Errno.CrossDevice;
        var error = ResolveExisting(path, out var from, out var type);
        if (error != Errno.Success) return error;
        error = other.Resolve(newPath, out var to, out var mustBeDirectory);
        if (error != Errno.Success) return error;
        if (mustBeDirectory && type != FileType.Directory) return Errno.NotDirectory;
        if (from == to) return Errno.Success;
        var exists = PortableStatus.Get(to, out var existing) == Errno.Success;
        if (type != FileType.Directory)
        {
            return exists && existing.Type == FileType.Directory
                ? Errno.IsDirectory
                : PortableError.Try(() => File.Move(from, to, overwrite: true));
        }

        if (exists && existing.Type != FileType.Directory) return Errno.NotDirectory;
        return PortableError.Try(() =>
        {
            if (exists) Directory.Delete(to, recursive: false);
            Directory.Move(from, to);
        });
    }

    protected override Errno CreateHardLinkCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath) =>
        Errno.NotSupported;

    private Errno ResolveExisting(GuestPath guestPath, out string full, out FileType type)
    {
        type = FileType.Unknown;
        var error = Resolve(guestPath, out full, out var mustBeDirectory);
        if (error != Errno.Success) return error;
        error = PortableStatus.Get(full, out var status);
        if (error != Errno.Success) return error;
        type = status.Type;
        return mustBeDirectory && type != FileType.Directory ? Errno.NotDirectory : Errno.Success;
    }

    /// <summary>Turns a path into one of the host, having looked at every directory on the way.</summary>
    private Errno Resolve(GuestPath guestPath, out string full, out bool mustBeDirectory)
    {
        full = root;
        var components = Encoding.UTF8.GetString(guestPath.Bytes).Split('/');
        mustBeDirectory = components[^1] is "" or "." or "..";
        var stack = new List<string>();
        for (var i = 0; i < components.Length; i++)
        {
            var component = components[i];
            if (component is "" or ".") continue;
            if (component == "..")
            {
                if (stack.Count == 0) return Errno.Escape;
                stack.RemoveAt(stack.Count - 1);
                continue;
            }

            if (!PortableName.IsAcceptable(component)) return Errno.NotFound;
            stack.Add(component);
            full = Path.Combine([root, .. stack]);
            var isFinal = components.AsSpan(i + 1).IndexOfAnyExcept("", ".") < 0;
            if (isFinal) continue;
            var error = PortableStatus.Get(full, out var status);
            if (error != Errno.Success) return error;
            if (status.Type == FileType.SymbolicLink) return Errno.Loop;
            if (status.Type != FileType.Directory) return Errno.NotDirectory;
        }

        full = Path.Combine([root, .. stack]);
        return Errno.Success;
    }
}
