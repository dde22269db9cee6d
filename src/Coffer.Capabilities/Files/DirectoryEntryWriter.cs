using System.Buffers.Binary;

namespace Coffer.Capabilities.Files;

/// <summary>
/// Collects directory entries as the guest wants them: a 24-byte record, then the name. The last entry may be cut off;
/// a full buffer tells the guest that there is more.
/// </summary>
/// <remarks><code>
/// 0        8        16           20      21        24
/// | cookie | inode  | name bytes | type  | padding | name …
/// </code></remarks>
internal ref struct DirectoryEntryWriter(Span<byte> destination)
{
    private const int RecordBytes = 24;
    private readonly Span<byte> destination = destination;

    /// <summary>The bytes written.</summary>
    public int Written { get; private set; }

    /// <summary>Whether nothing more fits.</summary>
    public readonly bool IsFull => Written == destination.Length;

    /// <summary>Adds an entry; false when it did not fit as a whole.</summary>
    /// <param name="next">The cookie with which the entry after this one is found.</param>
    /// <param name="inode">The file's number, 0 when it is not known.</param>
    /// <param name="type">What the file is.</param>
    /// <param name="name">Its name.</param>
    public bool TryAdd(ulong next, ulong inode, FileType type, scoped ReadOnlySpan<byte> name)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        record.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(record, next);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], inode);
        BinaryPrimitives.WriteInt32LittleEndian(record[16..], name.Length);
        record[20] = (byte)type;
        return Append(record) && Append(name);
    }

    private bool Append(scoped ReadOnlySpan<byte> bytes)
    {
        var room = Math.Min(destination.Length - Written, bytes.Length);
        bytes[..room].CopyTo(destination[Written..]);
        Written += room;
        return room == bytes.Length;
    }
}
