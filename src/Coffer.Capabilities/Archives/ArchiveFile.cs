using System.IO.Compression;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Trees;

namespace Coffer.Capabilities.Archives;

/// <summary>Opens an archive as a tree. What it is, its first bytes say; its name does not matter.</summary>
internal static class ArchiveFile
{
    /// <summary>The most that all entries may hold unpacked.</summary>
    public const long MaxUnpackedBytes = 512L << 20;

    /// <summary>The most files, directories and links.</summary>
    public const int MaxEntries = 1 << 17;

    private static readonly byte[] ZipEntry = [0x50, 0x4B, 3, 4], EmptyZip = [0x50, 0x4B, 5, 6], GZip = [0x1F, 0x8B];

    /// <summary>Puts the entries of an archive into a tree; the stream must stay open as long as the tree.</summary>
    /// <param name="stream">The archive; it must be seekable.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="tree">Where they go.</param>
    /// <param name="maxBytes">The most that all entries may hold unpacked.</param>
    /// <param name="maxEntries">The most files, directories and links.</param>
    /// <exception cref="InvalidDataException">It is no archive, damaged, or one that is refused; the message says why.</exception>
    public static void Load(
        Stream stream, string name, FileTree tree, long maxBytes = MaxUnpackedBytes, int maxEntries = MaxEntries)
    {
        try
        {
            var entries = new ArchiveTree(tree, maxBytes, maxEntries);
            var start = new byte[4];
            var length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            stream.Position = 0;
            if (start.AsSpan().SequenceEqual(ZipEntry) || start.AsSpan().SequenceEqual(EmptyZip)) ZipFolder.Load(stream, entries);
            else if (length >= 2 && start.AsSpan(0, 2).SequenceEqual(GZip)) TarFolder.Load(Unpack(stream, maxBytes), entries);
            else TarFolder.Load(stream, entries);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or FormatException
            or ArgumentException or OverflowException or NotSupportedException)
        {
            throw new InvalidDataException(
                $"The archive {name} cannot be used: {exception.Message.TrimEnd('.')}. It must be a zip, tar or tar.gz file.",
                exception);
        }
    }

    // There is no way to read from the middle of it.
    private static MemoryStream Unpack(Stream stream, long maxBytes)
    {
        var unpacked = new MemoryStream();
        var buffer = new byte[1 << 16];
        using var packed = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
        for (int count; (count = packed.Read(buffer)) > 0; unpacked.Write(buffer, 0, count))
        {
            if (unpacked.Length + count > maxBytes)
            {
                throw new InvalidDataException($"unpacked it has more than {ByteSize.Format(maxBytes)}");
            }
        }

        unpacked.Position = 0;
        return unpacked;
    }
}
