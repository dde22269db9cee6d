using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>The ways in which paths can be resolved; each must keep the same promises.</summary>
public enum Resolution
{
    Kernel,
    Walk,
    Portable,
}

/// <summary>
/// A granted directory <c>root</c> with a directory beside it that was not granted: <c>outside/secret</c>. Paths are
/// strings here.
/// </summary>
internal sealed class Tree : IDisposable
{
    public const string Secret = "secret of the host";
    private readonly TemporaryDirectory temporary = new();

    public Tree(Resolution resolution, DirectoryAccess access = DirectoryAccess.All)
    {
        Directory.CreateDirectory(temporary["root/sub/deep"]);
        Directory.CreateDirectory(temporary["outside/folder"]);
        File.WriteAllText(temporary["root/file"], "inside");
        File.WriteAllText(temporary["root/sub/file"], "inside sub");
        File.WriteAllText(temporary["outside/secret"], Secret);
        File.WriteAllText(temporary["secret"], Secret);
        Root = Open(resolution, "root", access);
    }

    public DirectoryHandle Root { get; }

    public string HostPath(string name) => temporary[name];

    public DirectoryHandle Open(Resolution resolution, string name, DirectoryAccess access)
    {
        Assert.SkipUnless(resolution == Resolution.Portable || Libc.IsSupported, "needs Linux");
        if (resolution == Resolution.Portable) return PortableDirectory.OpenAmbient(temporary[name], access, null);
        var method = resolution == Resolution.Walk ? PathMethod.Walk : PathMethod.Kernel;
        return HostDirectory.Open(temporary[name], access, method);
    }

    /// <summary>Everything outside the root, to be compared after an attempt.</summary>
    public string Outside() => Describe("outside") + Describe(temporary["secret"]);

    /// <summary>Everything inside the root.</summary>
    public string Inside() => Describe("root");

    /// <summary>A link in the host's way, which guests of a portable directory cannot make.</summary>
    public void Link(string name, string target) => File.CreateSymbolicLink(temporary["root/" + name], target);

    public Errno Open(string path, OpenRequest request, out string content)
    {
        content = "";
        var error = Paths.TryCopy(path, out var guestPath);
        if (error != Errno.Success) return error;
        error = Root.Open(guestPath, request, out var file, out var directory);
        using (file)
        using (directory)
        {
            if (file is null) return error;
            var bytes = new byte[100];
            if (file.Read(bytes, out var read) == Errno.Success) content = Encoding.UTF8.GetString(bytes, 0, read);
            return error;
        }
    }

    public Errno Rename(string from, DirectoryHandle directory, string to)
    {
        Assert.Equal(Errno.Success, Paths.TryCopy(from, out var path));
        Assert.Equal(Errno.Success, Paths.TryCopy(to, out var newPath));
        return Root.Rename(path, directory, newPath);
    }

    public Errno HardLink(string from, DirectoryHandle directory, string to)
    {
        Assert.Equal(Errno.Success, Paths.TryCopy(from, out var path));
        Assert.Equal(Errno.Success, Paths.TryCopy(to, out var newPath));
        return Root.CreateHardLink(path, directory, newPath);
    }

    public Errno CreateDirectory(string path)
    {
        var error = Paths.TryCopy(path, out var guest);
        return error != Errno.Success ? error : Root.CreateDirectory(guest);
    }

    public Errno RemoveDirectory(string path)
    {
        var error = Paths.TryCopy(path, out var guest);
        return error != Errno.Success ? error : Root.RemoveDirectory(guest);
    }

    public Errno Unlink(string path)
    {
        var error = Paths.TryCopy(path, out var guest);
        return error != Errno.Success ? error : Root.Unlink(guest);
    }

    public Errno Symlink(string target, string path)
    {
        var error = Paths.TryCopy(path, out var guest);
        if (error != Errno.Success) return error;
        var bytes = Encoding.UTF8.GetBytes(target + '\0');
        return Root.CreateSymbolicLink(bytes.AsSpan()[..^1], guest);
    }

    public Errno GetStatus(string path, bool follow, out FileStatus status)
    {
        status = default;
        var error = Paths.TryCopy(path, out var guest);
        return error != Errno.Success ? error : Root.GetStatus(guest, follow, out status);
    }

    public Errno SetTimes(string path, bool follow)
    {
        const ulong time = 1_000_000_000;
        var error = Paths.TryCopy(path, out var guest);
        return error != Errno.Success
            ? error
            : Root.SetTimes(guest, follow, new FileTimes(TimeChange.Set, time, TimeChange.Set, time));
    }

    public void Dispose()
    {
        Root.Dispose();
        temporary.Dispose();
    }

    private string Describe(string name)
    {
        var path = temporary[name];
        var entries = File.Exists(path)
            ? [path]
            : Directory.GetFileSystemEntries(path, "*", SearchOption.AllDirectories);
        return string.Join('\n', entries.Order(StringComparer.Ordinal).Select(entry =>
            $"{entry} {File.GetLastWriteTimeUtc(entry).Ticks} {(File.Exists(entry) ? File.ReadAllText(entry) : "")}"));
    }

    private static class Paths
    {
        public static Errno TryCopy(string path, out GuestPath guest) =>
            GuestPath.TryCopy(Encoding.UTF8.GetBytes(path), new byte[GuestPath.Capacity], out guest);
    }
}
