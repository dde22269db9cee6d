using System.IO.Compression;
using System.IO.Hashing;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Trees;

namespace Coffer.Capabilities.Archives;

/// <summary>The entries of a zip file. One is unpacked when it is opened, and forgotten when it is closed.</summary>
internal static class ZipFolder
{
    private const int UnixTypeShift = 16, UnixTypeMask = 0xF000, UnixLink = 0xA000;

    public static void Load(Stream stream, ArchiveTree entries)
    {
        // Only read, and nothing to dispose of: the stream belongs to the tree.
        var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        foreach (var entry in archive.Entries)
        {
            // Its times have no zone: taken for UTC, they are the same on every host.
            var time = new DateTimeOffset(entry.LastWriteTime.DateTime, TimeSpan.Zero);
            if (entry.FullName.EndsWith('/'))
            {
                entries.AddFolder(entry.FullName, time);
                continue;
            }

            if (entry.IsEncrypted) throw new InvalidDataException($"the entry {entry.FullName} is encrypted");
            if (entry.CompressedLength > stream.Length) throw new InvalidDataException($"the entry {entry.FullName} is cut off");
            var origin = new ZipOrigin(entry);
            if (((entry.ExternalAttributes >> UnixTypeShift) & UnixTypeMask) == UnixLink) AddLink(entry, origin, entries, time);
            else entries.AddFile(entry.FullName, origin, time);
        }
    }

    private static void AddLink(ZipArchiveEntry entry, ZipOrigin origin, ArchiveTree entries, DateTimeOffset time)
    {
        if (entry.Length >= GuestPath.Capacity) throw new InvalidDataException($"the link {entry.FullName} leads to a name that is too long");
        var target = new byte[entry.Length];
        if (origin.Open() != Errno.Success) throw new InvalidDataException($"the link {entry.FullName} is damaged");
        _ = origin.ReadAt(target, 0, out _);
        origin.Close();
        entries.AddLink(entry.FullName, target, time);
    }

    private sealed class ZipOrigin(ZipArchiveEntry entry) : FileOrigin
    {
        private const int StepBytes = 1 << 16;
        private FileContent? content;

        public override long Length { get; } = entry.Length;

        public override Errno Open()
        {
            if (content is not null) return Errno.Success;
            var unpacked = new FileContent();
            var checksum = new Crc32();
            try
            {
                using var stream = entry.Open();
                var buffer = new byte[StepBytes];
                for (int count; (count = stream.Read(buffer)) > 0; unpacked.Write(buffer.AsSpan(0, count), unpacked.Length))
                {
                    // It holds more than it says.
                    if (unpacked.Length + count > Length) return Errno.Io;
                    checksum.Append(buffer.AsSpan(0, count));
                }
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or NotSupportedException)
            {
                return Errno.Io;
            }

            // The platform does not look whether the content is what was packed.
            if (unpacked.Length != Length || checksum.GetCurrentHashAsUInt32() != entry.Crc32) return Errno.Io;
            content = unpacked;
            return Errno.Success;
        }

        public override Errno ReadAt(Span<byte> destination, long offset, out int read)
        {
            read = content!.Read(destination, offset);
            return Errno.Success;
        }

        public override void Close() => content = null;
    }
}
