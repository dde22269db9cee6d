namespace Coffer.Plugins.Ambient;

/// <summary>The files that a host names as plugins. Guests never choose them.</summary>
internal static class PluginFiles
{
    public static async Task<byte[]> ReadAsync(string path, CancellationToken cancellation) =>
        await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false);

    /// <summary>The first file of a folder that is right, or null.</summary>
    public static async Task<byte[]?> FindAsync(string folder, Func<byte[], bool> isRight, CancellationToken cancellation)
    {
        foreach (var path in Modules(folder))
        {
            var bytes = await ReadAsync(path, cancellation).ConfigureAwait(false);
            if (isRight(bytes)) return bytes;
        }

        return null;
    }

    /// <summary>The modules of a folder by path, with what tells whether they have changed. Empty when there is no folder.</summary>
    public static Dictionary<string, (DateTime Written, long Length)> Snapshot(string folder)
    {
        var found = new Dictionary<string, (DateTime, long)>(StringComparer.Ordinal);
        foreach (var path in Modules(folder))
        {
            var file = new FileInfo(path);
            if (file.Exists) found[path] = (file.LastWriteTimeUtc, file.Length);
        }

        return found;
    }

    private static IEnumerable<string> Modules(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder).Where(path => Path.GetExtension(path) is ".wasm" or ".wat").Order(StringComparer.Ordinal)
        : [];
}
