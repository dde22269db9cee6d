using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Coffer.Edge.Static;

/// <summary>
/// The files below a folder of the host, by the handles that guests have: no path leads out of it, and no link does. What begins
/// with a dot is not there.
/// </summary>
internal sealed class FolderFiles : IFileProvider, IDisposable
{
    private readonly DirectoryHandle folder;

    /// <exception cref="IOException">The folder cannot be opened.</exception>
    public FolderFiles(string path) => folder = HostDirectory.Open(path, DirectoryAccess.Read);

    public IFileInfo GetFileInfo(string subpath)
    {
        var path = subpath.Trim('/');
        if (path.Length == 0 || path.Split('/').Any(part => part.Length == 0 || part[0] == '.') || path.Contains('\\', StringComparison.Ordinal)) return new NotFoundFileInfo(subpath);
        return TryOpen(path, out var status, out var file) ? Found(path, status, file!) : new NotFoundFileInfo(subpath);
    }

    public IDirectoryContents GetDirectoryContents(string subpath) => NotFoundDirectoryContents.Singleton;

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    public void Dispose() => folder.Dispose();

    /// <summary>Whether a path is a folder.</summary>
    public bool IsFolder(string path)
    {
        path = path.Trim('/');
        if (path.Length == 0) return true;
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        return !path.Contains("/.", StringComparison.Ordinal) && path[0] != '.'
            && GuestPath.TryCopy(Encoding.UTF8.GetBytes(path), buffer, out var guest) == Errno.Success
            && folder.GetStatus(guest, followFinal: true, out var status) == Errno.Success && status.Type == FileType.Directory;
    }

    private bool TryOpen(string path, out FileStatus status, out FileHandle? file)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        (status, file) = (default, null);
        if (GuestPath.TryCopy(Encoding.UTF8.GetBytes(path), buffer, out var guest) != Errno.Success) return false;
        // A pipe or a device would keep whoever opens it waiting.
        if (folder.GetStatus(guest, followFinal: true, out status) != Errno.Success || status.Type != FileType.RegularFile) return false;
        if (GuestPath.TryCopy(Encoding.UTF8.GetBytes(path), buffer, out guest) != Errno.Success) return false;
        if (folder.Open(guest, new OpenRequest { Read = true, FollowFinal = true }, out file, out var directory) != Errno.Success) return false;
        directory?.Dispose();
        if (file is not null && file.GetStatus(out status) == Errno.Success && status.Type == FileType.RegularFile) return true;
        file?.Dispose();
        return false;
    }

    // Facts and content are of one handle, so that a file which is exchanged meanwhile is either the old or the new one.
    private static FoundFile Found(string path, FileStatus status, FileHandle file) => new(Path.GetFileName(path), status, file);

    private sealed class FoundFile(string name, FileStatus status, FileHandle file) : IFileInfo
    {
        public bool Exists => true;

        public long Length => (long)status.Size;

        public string? PhysicalPath => null;

        public string Name => name;

        public DateTimeOffset LastModified => DateTimeOffset.UnixEpoch.AddTicks((long)(status.Modified / 100));

        public bool IsDirectory => false;

        public Stream CreateReadStream() => new HandleStream(file, (long)status.Size);
    }
}
