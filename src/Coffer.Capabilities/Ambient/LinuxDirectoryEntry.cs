using System.Buffers.Binary;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>struct linux_dirent64.</summary>
/// <remarks><code>
/// 0       8      16              18     19
/// | inode | next | record length | type | name … NUL
/// </code></remarks>
internal readonly ref struct LinuxDirectoryEntry(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public ulong Inode => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    public ulong Next => BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);

    public int RecordLength => BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]);

    public FileType Type => LinuxStatus.EntryType(bytes[18]);

    public ReadOnlySpan<byte> Name
    {
        get
        {
            var name = bytes[19..RecordLength];
            return name[..name.IndexOf((byte)0)];
        }
    }
}
