using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// A directory on systems without relative opening of files. Conservative: no symbolic link (or other reparse point)
/// below the root is followed, made or read, so that a path names the same thing whichever way it is looked at. Every
/// component is looked at before a file is opened and again afterwards; others who can write to the directory at the
/// same time, and put a link there for just that moment, must be trusted.
/// </summary>
/// <param name="system">The file system.</param>
/// <param name="root">The granted directory.</param>
/// <param name="place">The components from there to this directory.</param>
/// <param name="access">What the grant allows.</param>
/// <param name="quota">What may be made and written; null for any amount.</param>
internal sealed class PortableDirectory(
    PortableSystem system, string root, string[] place, DirectoryAccess access, DirectoryQuota? quota)
    : DirectoryHandle(access, quota)
{
    private int Depth => place.Length;

    public static PortableDirectory OpenAmbient(string path, DirectoryAccess access, DirectoryQuota? quota) => Directory.Exists(path)
        ? new PortableDirectory(HostSystem.Instance, path, [], access, quota)
        : throw new DirectoryNotFoundException($"The directory {path} does not exist.");

    public override Errno Sync(bool dataOnly) => Errno.Success;

    public override void Dispose()
    {
    }

    protected override Errno GetStatusCore(out FileStatus status)
    {
        status = default;
        var error = ResolveSelf(out var full);
        return error != Errno.Success ? error : system.GetStatus(full, out status);
    }

    protected override Errno GetStatusCore(GuestPath path, bool followFinal, out FileStatus status)
    {
        status = default;
        var error = Resolve(Split(path), out var found);
        if (error != Errno.Success) return error;
        error = system.GetStatus(found.Path, out status);
        if (error != Errno.Success) return error;
        if (found.MustBeDirectory && status.Type != FileType.Directory) return Errno.NotDirectory;
        return followFinal && status.Type == FileType.SymbolicLink ? Errno.Loop : Errno.Success;
    }

    protected override Errno ReadLinkCore(GuestPath path, Span<byte> destination, out int length)
    {
        length = 0;
        var error = ResolveExisting(path, out _, out var type);
        if (error != Errno.Success) return error;
        return type == FileType.SymbolicLink ? Errno.NotSupported : Errno.Invalid;
    }

    protected override Errno ReadEntriesCore(ulong cookie, ref DirectoryEntryWriter writer)
    {
        var error = ResolveSelf(out var full);
        if (error != Errno.Success) return error;
        error = system.List(full, out var found);
        if (error != Errno.Success) return error;
        List<(string Name, FileType Type)> entries = [(".", FileType.Directory), ("..", FileType.Directory), .. found];
        for (var i = cookie; i < (ulong)entries.Count; i++)
        {
            var (name, type) = entries[(int)i];
            if (!writer.TryAdd(i + 1, 0, type, Encoding.UTF8.GetBytes(name))) break;
        }

        return Errno.Success;
    }

    protected override Errno OpenCore(
        GuestPath path, OpenRequest request, out FileHandle? file, out DirectoryHandle? directory)
    {
        file = null;
        directory = null;
        var components = Split(path);
        var error = Resolve(components, out var found);
        if (error != Errno.Success) return error;
        error = system.GetStatus(found.Path, out var status);
        if (error is not (Errno.Success or Errno.NotFound)) return error;
        if (status.Type == FileType.SymbolicLink) return Errno.Loop;
        if (status.Type == FileType.Directory)
        {
            if (request.Create && request.Exclusive) return Errno.Exists;
            if (request.Create || request.Truncate || request.Write) return Errno.IsDirectory;
            directory = new PortableDirectory(system, root, found.Components, Access, Quota);
            return Errno.Success;
        }

        if (error == Errno.NotFound && (!request.Create || found.MustBeDirectory))
        {
            return found.MustBeDirectory && request.Create ? Errno.IsDirectory : Errno.NotFound;
        }

        if (error == Errno.Success && (request.Directory || found.MustBeDirectory)) return Errno.NotDirectory;
        return OpenChecked(components, found.Path, request, out file);
    }

    protected override Errno SetTimesCore(in FileTimes times)
    {
        var error = ResolveSelf(out var full);
        return error != Errno.Success ? error : system.SetTimes(full, times);
    }

    protected override Errno SetTimesCore(GuestPath path, bool followFinal, in FileTimes times)
    {
        var error = ResolveExisting(path, out var found, out var type);
        if (error != Errno.Success) return error;
        return type == FileType.SymbolicLink ? Errno.Loop : system.SetTimes(found.Path, times);
    }

    protected override Errno CreateDirectoryCore(GuestPath path)
    {
        var error = Resolve(Split(path), out var found);
        if (error != Errno.Success) return error;
        return system.GetStatus(found.Path, out _) == Errno.Success ? Errno.Exists : system.CreateDirectory(found.Path);
    }

    protected override Errno RemoveDirectoryCore(GuestPath path)
    {
        var error = ResolveExisting(path, out var found, out var type);
        if (error != Errno.Success) return error;
        if (found.Components.Length == place.Length) return Errno.Invalid;
        if (type != FileType.Directory) return Errno.NotDirectory;
        error = system.List(found.Path, out var entries);
        if (error != Errno.Success) return error;
        return entries.Count > 0 ? Errno.NotEmpty : system.RemoveDirectory(found.Path);
    }

    protected override Errno UnlinkCore(GuestPath path)
    {
        var error = ResolveExisting(path, out var found, out var type);
        if (error != Errno.Success) return error;
        return type == FileType.Directory ? Errno.IsDirectory : system.RemoveFile(found.Path);
    }

    protected override Errno CreateSymbolicLinkCore(ReadOnlySpan<byte> target, GuestPath path) => Errno.NotSupported;

    protected override Errno RenameCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath)
    {
        if (newDirectory is not PortableDirectory other) return Errno.CrossDevice;
        var error = ResolveExisting(path, out var from, out var type);
        if (error != Errno.Success) return error;
        error = other.Resolve(Split(newPath), out var to);
        if (error != Errno.Success) return error;
        if (from.Components.Length == Depth || to.Components.Length == other.Depth) return Errno.Busy;
        if (to.MustBeDirectory && type != FileType.Directory) return Errno.NotDirectory;
        if (from.Path == to.Path) return Errno.Success;
        var exists = system.GetStatus(to.Path, out var existing) == Errno.Success;
        if (type != FileType.Directory)
        {
            return exists && existing.Type == FileType.Directory ? Errno.IsDirectory : system.MoveFile(from.Path, to.Path);
        }

        if (exists && existing.Type != FileType.Directory) return Errno.NotDirectory;
        // Where case does not matter, "A" may be the very directory "a" that is to be renamed: not one to be replaced.
        if (exists && other.IsListed(to))
        {
            error = system.RemoveDirectory(to.Path);
            if (error != Errno.Success) return error;
        }

        return system.MoveDirectory(from.Path, to.Path);
    }

    protected override Errno CreateHardLinkCore(GuestPath path, DirectoryHandle newDirectory, GuestPath newPath) =>
        Errno.NotSupported;

    // What was checked may have been replaced before it was opened: it is checked again before anything is done with it.
    private Errno OpenChecked(string[] components, string path, OpenRequest request, out FileHandle? file)
    {
        var error = system.Open(path, request, Access, Quota, out file);
        if (error != Errno.Success) return error;
        error = Resolve(components, out _);
        FileStatus status = default;
        if (error == Errno.Success) error = system.GetStatus(path, out status);
        if (error == Errno.Success && status.Type == FileType.SymbolicLink) error = Errno.Loop;
        if (error == Errno.Success && request.Truncate) error = system.Truncate(file!);
        if (error == Errno.Success) return error;
        file!.Dispose();
        file = null;
        return error;
    }

    private Errno ResolveExisting(GuestPath path, out Found found, out FileType type)
    {
        type = FileType.Unknown;
        var error = Resolve(Split(path), out found);
        if (error != Errno.Success) return error;
        error = system.GetStatus(found.Path, out var status);
        if (error != Errno.Success) return error;
        type = status.Type;
        return found.MustBeDirectory && type != FileType.Directory ? Errno.NotDirectory : Errno.Success;
    }

    private Errno ResolveSelf(out string full)
    {
        var error = Resolve(["."], out var found);
        full = found.Path;
        if (error != Errno.Success || place.Length == 0) return error;
        error = system.GetStatus(full, out var status);
        return error == Errno.Success && status.Type != FileType.Directory ? Errno.NotFound : error;
    }

    /// <summary>Turns a path into one of the host, having looked at every directory on the way.</summary>
    private Errno Resolve(string[] components, out Found found)
    {
        found = default;
        var names = new List<string>(place);
        foreach (var component in components)
        {
            if (component is "" or ".") continue;
            if (component == "..")
            {
                if (names.Count == place.Length) return Errno.Escape;
                // What is left again must be there all the same.
                var gone = Look(names, names.Count, out _);
                if (gone != Errno.Success) return gone;
                names.RemoveAt(names.Count - 1);
                continue;
            }

            if (!PortableName.IsAcceptable(component, system.HasWindowsNames)) return Errno.NotFound;
            names.Add(component);
        }

        // A slash or a dot at the end makes the last name a directory, which whoever resolves it checks.
        var error = Look(names, names.Count - 1, out var full);
        if (names.Count > 0)
        {
            full = system.Join(full, names[^1]);
            if (error == Errno.Success && IsShortForm(full, names)) error = Errno.NotFound;
        }

        found = new Found(full, [.. names], components[^1] is "" or "." or "..");
        return error;
    }

    // All of the first so many names must be directories, and not links to any.
    private Errno Look(List<string> names, int count, out string path)
    {
        path = root;
        for (var i = 0; i < count; i++)
        {
            path = system.Join(path, names[i]);
            var error = system.GetStatus(path, out var status);
            if (error != Errno.Success) return error;
            if (status.Type == FileType.SymbolicLink) return Errno.Loop;
            if (status.Type != FileType.Directory) return Errno.NotDirectory;
            if (IsShortForm(path, names.GetRange(0, i + 1))) return Errno.NotFound;
        }

        return Errno.Success;
    }

    // Windows also finds files by short names that are in no listing.
    private bool IsShortForm(string path, List<string> names) => system.HasWindowsNames
        && PortableName.MayBeShort(names[^1])
        && system.GetStatus(path, out _) == Errno.Success
        && !IsListed(new Found(path, [.. names], false));

    private bool IsListed(Found found)
    {
        var parent = found.Components[..^1].Aggregate(root, system.Join);
        return system.List(parent, out var entries) == Errno.Success
            && entries.Any(entry => entry.Name == found.Components[^1]);
    }

    private static string[] Split(GuestPath path) => Encoding.UTF8.GetString(path.Bytes).Split('/');

    private readonly record struct Found(string Path, string[] Components, bool MustBeDirectory);
}
