using System.Security.Cryptography;

namespace Coffer.Edge.Ambient;

/// <summary>Files of modules, which a server has as long as it serves them.</summary>
internal static class ModuleFile
{
    /// <summary>
    /// The bytes of a file, where the garbage collector does not move them: of what many apps have just loaded it would copy megabytes,
    /// twice, while requests wait.
    /// </summary>
    /// <exception cref="IOException">It cannot be read, or is too large.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] Read(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        if (length > Array.MaxLength) throw new IOException($"{path} is too large for a module: {length} bytes");
        // What has no length by itself, such as a pipe, is read to its end.
        if (length == 0) return File.ReadAllBytes(path);
        var bytes = GC.AllocateUninitializedArray<byte>((int)length, pinned: true);
        var read = 0;
        for (int count; read < bytes.Length && (count = RandomAccess.Read(file, bytes.AsSpan(read), read)) > 0;) read += count;
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>The SHA-256 of a file's bytes, in hexadecimal.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string Digest(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
