namespace Coffer.Native.Ambient;

/// <summary>Where a cache is, and what must hold of it before anything in it is believed.</summary>
internal static class CachePlace
{
    /// <summary>The file with the key that entries are signed with.</summary>
    public const string KeyName = "key";

    /// <summary>How long the key is.</summary>
    public const int KeyBytes = 32;

    /// <summary>What the name of a note ends with that an entry cannot be made.</summary>
    public const string Failed = ".failed";

    /// <summary>So long that is remembered: its cause may have been the machine.</summary>
    public static readonly TimeSpan FailureLasts = TimeSpan.FromDays(1);

    /// <summary>When an entry is used again after so long, that is written down.</summary>
    public static readonly TimeSpan UseInterval = TimeSpan.FromMinutes(10);

    /// <summary>The folder that the system intends for the user's caches.</summary>
    public static string Standard
    {
        get
        {
            if (OperatingSystem.IsWindows())
            {
                return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "coffer", "cache");
            }

            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
            var set = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            return Path.Combine(Path.IsPathRooted(set) ? set : Path.Combine(home, ".cache"), "coffer");
        }
    }

    /// <summary>The key of a folder that was found to be the user's own.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="refusal">Why the key must not be trusted; null when it may be.</param>
    public static byte[]? ReadKey(string folder, out string? refusal)
    {
        var file = new FileInfo(Path.Combine(folder, KeyName));
        refusal = Ownership.Refusal(file, Ownership.MostOfFile);
        if (refusal is not null) return null;
        if (file.Length != KeyBytes)
        {
            refusal = $"{file.FullName} is not a key of a cache; remove the folder.";
            return null;
        }

        return SystemFile.TryRead(file.FullName, KeyBytes, followsLinks: false, out _) ?? File.ReadAllBytes(file.FullName);
    }

    /// <summary>Whether it is remembered that an entry cannot be made.</summary>
    public static bool HasFailed(string folder, string name) =>
        DateTime.UtcNow - File.GetLastWriteTimeUtc(Path.Combine(folder, name + Failed)) < FailureLasts;
}
