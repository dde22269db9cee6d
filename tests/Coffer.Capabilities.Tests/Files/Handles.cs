using System.Buffers.Binary;
using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>The operations of a directory with strings for paths.</summary>
internal static class Handles
{
    public static readonly OpenRequest Reading = new() { Read = true, FollowFinal = true };

    public static readonly OpenRequest Writing = new() { Read = true, Write = true, Create = true, FollowFinal = true };

    public static Errno Try(this DirectoryHandle directory, string path, OpenRequest request)
    {
        var error = directory.Open(Path(path), request, out var file, out var opened);
        file?.Dispose();
        opened?.Dispose();
        return error;
    }

    public static FileHandle OpenFile(this DirectoryHandle directory, string path, OpenRequest request)
    {
        Assert.Equal(Errno.Success, directory.Open(Path(path), request, out var file, out _));
        return file!;
    }

    public static DirectoryHandle OpenDirectory(this DirectoryHandle directory, string path)
    {
        var request = new OpenRequest { Read = true, Directory = true, FollowFinal = true };
        Assert.Equal(Errno.Success, directory.Open(Path(path), request, out _, out var opened));
        return opened!;
    }

    public static Errno Write(this DirectoryHandle directory, string path, string content)
    {
        var error = directory.Open(Path(path), Writing with { Truncate = true }, out var file, out _);
        if (error != Errno.Success) return error;
        using (file) return file!.Write(Encoding.UTF8.GetBytes(content), out _);
    }

    public static string Read(this DirectoryHandle directory, string path)
    {
        using var file = directory.OpenFile(path, Reading);
        return file.ReadAll();
    }

    public static string ReadAll(this FileHandle file)
    {
        var bytes = new byte[1000];
        Assert.Equal(Errno.Success, file.ReadAt(bytes, 0, out var read));
        return Encoding.UTF8.GetString(bytes, 0, read);
    }

    public static Errno MakeDirectory(this DirectoryHandle directory, string path) => directory.CreateDirectory(Path(path));

    public static Errno RemoveDirectory(this DirectoryHandle directory, string path) => directory.RemoveDirectory(Path(path));

    public static Errno Unlink(this DirectoryHandle directory, string path) => directory.Unlink(Path(path));

    public static Errno Rename(this DirectoryHandle directory, string from, string to) =>
        directory.Rename(Path(from), directory, Path(to));

    public static Errno HardLink(this DirectoryHandle directory, string from, string to) =>
        directory.CreateHardLink(Path(from), directory, Path(to));

    public static Errno Symlink(this DirectoryHandle directory, string target, string path) =>
        directory.CreateSymbolicLink(Encoding.UTF8.GetBytes(target + '\0').AsSpan()[..^1], Path(path));

    public static string ReadLink(this DirectoryHandle directory, string path)
    {
        var bytes = new byte[1000];
        Assert.Equal(Errno.Success, directory.ReadLink(Path(path), bytes, out var length));
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    public static Errno Status(this DirectoryHandle directory, string path, out FileStatus status, bool follow = false) =>
        directory.GetStatus(Path(path), follow, out status);

    public static FileStatus Status(this DirectoryHandle directory, string path)
    {
        Assert.Equal(Errno.Success, directory.Status(path, out var status));
        return status;
    }

    /// <summary>All names but the dots, in the order of the listing, asked for with a buffer of a size.</summary>
    public static List<string> List(this DirectoryHandle directory, int bufferBytes = 4096, Action? between = null)
    {
        var names = new List<string>();
        for (var cookie = 0UL; ;)
        {
            var (used, next) = directory.ListFrom(cookie, bufferBytes, names);
            if (!used) return names;
            cookie = next;
            between?.Invoke();
        }
    }

    public static (bool IsFull, ulong Cookie) ListFrom(
        this DirectoryHandle directory, ulong cookie, int bufferBytes, List<string> names)
    {
        var buffer = new byte[bufferBytes];
        var writer = new DirectoryEntryWriter(buffer);
        Assert.Equal(Errno.Success, directory.ReadEntries(cookie, ref writer));
        for (var offset = 0; offset + 24 <= writer.Written;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(offset + 16));
            if (offset + 24 + length > writer.Written) break;
            cookie = BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(offset));
            var name = Encoding.UTF8.GetString(buffer, offset + 24, length);
            if (name is not ("." or "..")) names.Add(name);
            offset += 24 + length;
        }

        return (writer.IsFull, cookie);
    }

    private static GuestPath Path(string path)
    {
        Assert.Equal(Errno.Success, GuestPath.TryCopy(Encoding.UTF8.GetBytes(path), new byte[GuestPath.Capacity], out var guest));
        return guest;
    }
}
