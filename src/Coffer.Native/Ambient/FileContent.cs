namespace Coffer.Native.Ambient;

/// <summary>
/// The bytes of a file that are looked at and then forgotten. A process that loads many modules would make garbage of all their files, and
/// wait for it to be collected; so one buffer is used again and again. Nothing may use the bytes once it is disposed.
/// </summary>
internal sealed class FileContent : IDisposable
{
    // What is larger is rare, and too much to keep.
    private const int MostKept = 1 << 20;

    private static byte[]? s_spare;

    private readonly int length;
    private byte[]? buffer;

    private FileContent(byte[] buffer, int length)
    {
        this.buffer = buffer;
        this.length = length;
    }

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => new(buffer, 0, length);

    /// <summary>Reads a file; null where the calls of the system (<see cref="SystemFile"/>) cannot.</summary>
    /// <param name="path">The file; no link.</param>
    /// <param name="mostBytes">How many bytes it may have.</param>
    /// <param name="modified">When it was written last, in seconds since 1970.</param>
    public static FileContent? TryRead(string path, long mostBytes, out long modified)
    {
        var spare = Interlocked.Exchange(ref s_spare, null);
        if (SystemFile.TryRead(path, mostBytes, followsLinks: false, spare, out var length, out modified) is { } read) return new FileContent(read, length);
        s_spare = spare;
        return null;
    }

    /// <summary>What was read otherwise.</summary>
    public static FileContent Of(byte[] read) => new(read, read.Length);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is { Length: <= MostKept } spare) s_spare = spare;
    }
}
