using System.Runtime.InteropServices;

namespace Coffer.Native.Ambient;

/// <summary>Whether a file or folder is the user's own and closed to others.</summary>
internal static partial class Ownership
{
    private const int CurrentFolder = -100, DoNotFollow = 0x100;
    private const uint WantsOwner = 0x8;

    /// <exception cref="IOException">It is a link, of somebody else, or open to others.</exception>
    public static void Require(FileSystemInfo file, UnixFileMode most)
    {
        if (!file.Exists) throw new IOException($"{file.FullName} does not exist.");
        if (file.LinkTarget is not null) throw new IOException($"{file.FullName} is a link; a cache must not be one.");
        if (OperatingSystem.IsWindows()) return;
        if ((file.UnixFileMode & ~most) != 0)
        {
            throw new IOException($"{file.FullName} is open to other users; close it (chmod go= {file.FullName}) or use another cache.");
        }

        if (OperatingSystem.IsLinux() && !IsOwned(file.FullName))
        {
            throw new IOException($"{file.FullName} belongs to another user; use another cache.");
        }
    }

    // statx has one layout on all architectures: the owner is at 20.
    private static unsafe bool IsOwned(string path)
    {
        var status = stackalloc uint[64];
        return Status(CurrentFolder, path, DoNotFollow, WantsOwner, status) == 0 && status[5] == EffectiveUser();
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Status(int folder, string path, int flags, uint wanted, uint* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
