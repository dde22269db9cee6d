using System.Text.Unicode;

namespace Coffer.Capabilities.Files;

/// <summary>
/// A relative path that came from a guest: checked, copied out of its memory, and followed by a NUL. The bytes are the
/// sandbox's own, so that nothing can change between a check and a use.
/// </summary>
internal readonly ref struct GuestPath
{
    /// <summary>Bytes of a path with its NUL, as on Linux; also the size that buffers need.</summary>
    public const int Capacity = 4096;

    private GuestPath(Span<byte> bytes) => Bytes = bytes;

    /// <summary>The path without the NUL that follows it.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>
    /// Copies and checks a path. Absolute paths are refused here, and nowhere else need to be thought of; the path is
    /// there for the record of the refusal.
    /// </summary>
    public static Errno TryCopy(ReadOnlySpan<byte> source, Span<byte> buffer, out GuestPath path)
    {
        path = default;
        if (source.Length >= Math.Min(buffer.Length, Capacity)) return Errno.NameTooLong;
        source.CopyTo(buffer);
        var bytes = buffer[..source.Length];
        buffer[source.Length] = 0;
        if (bytes.IsEmpty) return Errno.NotFound;
        if (bytes.Contains((byte)0)) return Errno.Invalid;
        if (!Utf8.IsValid(bytes)) return Errno.IllegalSequence;
        path = new GuestPath(bytes);
        return bytes[0] == '/' ? Errno.Escape : Errno.Success;
    }

    /// <summary>
    /// Splits off the last component. A path that ends in <c>.</c> or <c>..</c> is a directory as a whole, so that
    /// neither ever becomes a name within some parent. Overwrites separators by NUL: the path cannot be used again.
    /// </summary>
    public PathSplit Split()
    {
        var end = Bytes.Length;
        while (end > 0 && Bytes[end - 1] == '/') end--;
        var start = Bytes[..end].LastIndexOf((byte)'/') + 1;
        var trailing = end < Bytes.Length;
        var name = Bytes[start..end];
        if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            return new PathSplit(Bytes, "."u8, MustBeDirectory: true);
        }

        if (trailing) Bytes[end] = 0;
        if (start == 0) return new PathSplit([], name, trailing);
        var parent = Bytes[..(start - 1)];
        Bytes[start - 1] = 0;
        return new PathSplit(parent, name, trailing);
    }
}

/// <summary>A path taken apart. Both parts are followed by a NUL; an empty parent is the starting directory.</summary>
internal readonly ref struct PathSplit(ReadOnlySpan<byte> parent, ReadOnlySpan<byte> name, bool MustBeDirectory)
{
    /// <summary>All but the last component.</summary>
    public readonly ReadOnlySpan<byte> Parent = parent;

    /// <summary>The last component, never <c>..</c>, and <c>.</c> only for the parent itself.</summary>
    public readonly ReadOnlySpan<byte> Name = name;

    /// <summary>The path ended in a slash or a dot component.</summary>
    public readonly bool MustBeDirectory = MustBeDirectory;
}
