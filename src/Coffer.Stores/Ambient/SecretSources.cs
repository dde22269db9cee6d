using System.Text;

namespace Coffer.Stores.Ambient;

/// <summary>Where a host takes secrets from: its files and its environment. Guests choose none of them.</summary>
public static class SecretSources
{
    /// <summary>
    /// The secret in a file, without one line break at its end, which editors add.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read, or is larger than <see cref="SecretStore.ValueBytes"/>.</exception>
    public static Secret FromFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var buffer = new byte[SecretStore.ValueBytes + 3];
        var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var value = buffer.AsSpan(0, length);
        if (value.EndsWith("\r\n"u8)) value = value[..^2];
        else if (value.EndsWith("\n"u8)) value = value[..^1];
        if (value.Length > SecretStore.ValueBytes) throw new IOException($"{path} is larger than a secret may be ({SecretStore.ValueBytes} bytes)");
        var secret = new Secret(value);
        buffer.AsSpan().Clear();
        return secret;
    }

    /// <summary>
    /// The secrets in a folder, one a file, by their files' names. What begins with a dot is none (Kubernetes puts its own
    /// files of that kind beside mounted secrets).
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">It or a file cannot be read.</exception>
    public static IReadOnlyDictionary<string, Secret> FromFolder(string path) =>
        Directory.EnumerateFiles(path)
            .Where(file => !Path.GetFileName(file).StartsWith('.'))
            .ToDictionary(file => Path.GetFileName(file), FromFile, StringComparer.Ordinal);

    /// <summary>The secret in a variable of the environment; null when it is not set.</summary>
    /// <param name="variable">Its name.</param>
    public static Secret? FromEnvironment(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { } value ? new Secret(Encoding.UTF8.GetBytes(value)) : null;
}
