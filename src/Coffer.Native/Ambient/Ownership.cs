namespace Coffer.Native.Ambient;

/// <summary>Whether a file or folder is the user's own and closed to others.</summary>
internal static class Ownership
{
    /// <summary>The most that a folder of the cache may allow.</summary>
    public const UnixFileMode MostOfFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The most that a file of the cache may allow.</summary>
    public const UnixFileMode MostOfFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="IOException">It is a link, of somebody else, or open to others.</exception>
    public static void Require(FileSystemInfo file, UnixFileMode most)
    {
        if (Refusal(file, most) is { } refusal) throw new IOException(refusal);
    }

    /// <summary>Why it is not; null when it is.</summary>
    public static string? Refusal(FileSystemInfo file, UnixFileMode most)
    {
        if (!file.Exists) return $"{file.FullName} does not exist.";
        if (file.LinkTarget is not null) return $"{file.FullName} is a link; a cache must not be one.";
        if (OperatingSystem.IsWindows()) return null;
        if ((file.UnixFileMode & ~most) != 0)
        {
            return $"{file.FullName} is open to other users; close it (chmod go= {file.FullName}) or use another cache.";
        }

        return OperatingSystem.IsLinux() && FileStatus.Of(file.FullName) is not { IsOwn: true }
            ? $"{file.FullName} belongs to another user; use another cache."
            : null;
    }
}
