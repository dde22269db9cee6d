using System.Formats.Tar;
using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Trees;

namespace Coffer.Capabilities.Archives;

/// <summary>The entries of a tar file, whose content is read where it lies.</summary>
internal static class TarFolder
{
    private const int BlockBytes = 512;

    public static void Load(Stream stream, ArchiveTree entries)
    {
        using var reader = new TarReader(stream, leaveOpen: true);
        var end = 0L;
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.DataOffset >= 0)
            {
                end = entry.DataOffset + (entry.Length + BlockBytes - 1) / BlockBytes * BlockBytes;
                if (end > stream.Length) throw new InvalidDataException("it ends in the middle of a file");
            }

            Add(stream, entry, entries);
        }

        // The end is marked, so that a file that was cut off between two entries is not taken for a smaller one.
        if (stream.Length < end + BlockBytes) throw new InvalidDataException("its end is missing");
    }

    private static void Add(Stream stream, TarEntry entry, ArchiveTree entries)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                entries.AddFolder(entry.Name, entry.ModificationTime);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                entries.AddFile(entry.Name, new TarOrigin(stream, entry.DataOffset, entry.Length), entry.ModificationTime);
                break;
            case TarEntryType.SymbolicLink:
                entries.AddLink(entry.Name, Encoding.UTF8.GetBytes(entry.LinkName), entry.ModificationTime);
                break;
            case TarEntryType.HardLink:
                entries.AddHardLink(entry.Name, entry.LinkName);
                break;
            // Devices and pipes are no files that a guest was granted.
        }
    }

    private sealed class TarOrigin(Stream stream, long start, long length) : FileOrigin
    {
        public override long Length => length;

        public override Errno Open() => Errno.Success;

        public override Errno ReadAt(Span<byte> destination, long offset, out int read)
        {
            read = 0;
            if (offset >= length) return Errno.Success;
            try
            {
                stream.Position = start + offset;
                read = stream.Read(destination[..(int)Math.Min(destination.Length, length - offset)]);
                return Errno.Success;
            }
            catch (IOException)
            {
                return Errno.Io;
            }
        }

        public override void Close()
        {
        }
    }
}
