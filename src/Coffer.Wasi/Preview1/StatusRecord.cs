using System.Buffers.Binary;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>filestat, and the times that are set.</summary>
internal static class StatusRecord
{
    private const int Bytes = 64, UnstableBytes = 56;

    /// <summary>Writes a filestat.</summary>
    /// <remarks><code>
    ///           0        8       16     17        24      32     40         48         56
    /// preview 1 | device | inode | type | padding | links | size | accessed | modified | changed |
    ///           0        8       16     17        20      24     32         40         48
    /// unstable  | device | inode | type | padding | links | size | accessed | modified | changed |
    /// </code></remarks>
    public static Errno Write(Memory memory, int pointer, in FileStatus status, bool isUnstable)
    {
        if (!memory.TryGet(pointer, isUnstable ? UnstableBytes : Bytes, out var record)) return Errno.Fault;
        record.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(record, status.Device);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], status.Inode);
        record[16] = (byte)status.Type;
        var links = Math.Min(status.Links, uint.MaxValue);
        if (isUnstable) BinaryPrimitives.WriteUInt32LittleEndian(record[20..], (uint)links);
        else BinaryPrimitives.WriteUInt64LittleEndian(record[24..], links);
        var rest = record[(isUnstable ? 24 : 32)..];
        BinaryPrimitives.WriteUInt64LittleEndian(rest, status.Size);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], status.Accessed);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[16..], status.Modified);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[24..], status.Changed);
        return Errno.Success;
    }

    /// <summary>Reads fstflags; false for unknown flags, and where a time is to be both given and now.</summary>
    public static bool TryReadTimes(long accessed, long modified, int flags, out FileTimes times)
    {
        times = new FileTimes(Change(flags & 3), (ulong)accessed, Change((flags >> 2) & 3), (ulong)modified);
        return flags is >= 0 and <= 15 && (flags & 3) != 3 && (flags & 12) != 12;
    }

    private static TimeChange Change(int flags) => flags switch
    {
        1 => TimeChange.Set,
        2 => TimeChange.Now,
        _ => TimeChange.Keep,
    };
}
