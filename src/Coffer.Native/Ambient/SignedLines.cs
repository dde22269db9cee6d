using System.Globalization;

namespace Coffer.Native.Ambient;

/// <summary>
/// What a cache says of a file in it that is not hashed at each use: lines, and behind them the signature of the cache. Of the file they
/// have its size, number and times. A file of which the system still says the same is the same, since nobody can set the time of a
/// file's last change. The lines are a file of their own, whose time of modification is when the other one was used last.
/// </summary>
internal static class SignedLines
{
    private const int MostBytes = 1 << 14;

    /// <summary>The lines in a file; null when there is none, or the cache did not write it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The key of the cache.</param>
    /// <param name="used">When what they are about was used last, in seconds since 1970.</param>
    public static byte[]? Read(string path, ReadOnlySpan<byte> key, out long used)
    {
        if (SystemFile.TryRead(path, MostBytes, followsLinks: false, out used) is not { Length: >= Sha256.Size } content) return null;
        var lines = content.AsSpan(0, content.Length - Sha256.Size);
        return content.AsSpan(lines.Length).SequenceEqual(Sha256.Authenticate(key, lines)) ? lines.ToArray() : null;
    }

    /// <summary>What the file of some lines has in it.</summary>
    public static byte[] Sign(byte[] lines, ReadOnlySpan<byte> key) => [.. lines, .. Sha256.Authenticate(key, lines)];

    /// <summary>What lines have of a file; null when it is none, another user's, or written by others.</summary>
    public static string? StatusOf(string path) => FileStatus.Of(path) is { } file ? StatusOf(file) : null;

    /// <inheritdoc cref="StatusOf(string)"/>
    public static string? StatusOf(FileStatus file) => file is { IsRegular: true, IsOwn: true, IsWrittenByOthers: false }
        ? string.Create(CultureInfo.InvariantCulture, $"{file.Size} {file.Inode} {file.Modified} {file.Changed}")
        : null;

    /// <summary>Writes down that what lines are about was used, when it was not for a while.</summary>
    public static void CountUse(string path, long used)
    {
        if (DateTime.UtcNow - DateTime.UnixEpoch.AddSeconds(used) <= CachePlace.UseInterval) return;
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process removed it meanwhile, or the folder is not to be written: then nothing is evicted either.
        }
    }
}
