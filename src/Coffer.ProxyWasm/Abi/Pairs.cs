using System.Buffers.Binary;
using System.Text;

namespace Coffer.ProxyWasm.Abi;

/// <summary>
/// Maps as bytes: the count, the lengths of each key and value, then these, each with a zero behind it.
/// </summary>
internal static class Pairs
{
    private const int MaximumCount = 4096;

    public static int SizeOf(List<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0) return 0;
        var size = sizeof(uint);
        foreach (var (key, value) in pairs) size = checked(size + 10 + Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value));
        return size;
    }

    /// <summary>Writes into bytes of exactly <see cref="SizeOf"/>. Keys become lower case, as filters expect them.</summary>
    public static void Write(List<KeyValuePair<string, string>> pairs, Span<byte> target)
    {
        if (pairs.Count == 0) return;
        BinaryPrimitives.WriteInt32LittleEndian(target, pairs.Count);
        var lengths = sizeof(uint);
        var content = lengths + 2 * sizeof(uint) * pairs.Count;
        foreach (var (key, value) in pairs)
        {
            var keyLength = Encoding.UTF8.GetBytes(key, target[content..]);
            Lower(target.Slice(content, keyLength));
            content += keyLength;
            target[content++] = 0;
            var valueLength = Encoding.UTF8.GetBytes(value, target[content..]);
            content += valueLength;
            target[content++] = 0;
            BinaryPrimitives.WriteInt32LittleEndian(target[lengths..], keyLength);
            BinaryPrimitives.WriteInt32LittleEndian(target[(lengths + sizeof(uint))..], valueLength);
            lengths += 2 * sizeof(uint);
        }
    }

    /// <summary>Reads what a filter wrote; false when it is no map.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out List<KeyValuePair<string, string>> pairs)
    {
        pairs = [];
        if (source.Length <= 1) return source.Length == 0 || source[0] == 0;
        if (source.Length < sizeof(uint)) return false;
        var count = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (count > MaximumCount) return false;
        var lengths = source[sizeof(uint)..];
        var content = 2L * sizeof(uint) * count;
        if (content > lengths.Length) return false;
        var rest = lengths[(int)content..];
        for (var i = 0; i < count; i++, lengths = lengths[(2 * sizeof(uint))..])
        {
            if (!TryTake(ref rest, BinaryPrimitives.ReadUInt32LittleEndian(lengths), out var key)) return false;
            if (!TryTake(ref rest, BinaryPrimitives.ReadUInt32LittleEndian(lengths[sizeof(uint)..]), out var value)) return false;
            pairs.Add(new(key, value));
        }

        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, uint length, out string text)
    {
        text = "";
        if (length >= (uint)rest.Length || rest[(int)length] != 0) return false;
        text = Encoding.UTF8.GetString(rest[..(int)length]);
        rest = rest[((int)length + 1)..];
        return true;
    }

    private static void Lower(Span<byte> name)
    {
        foreach (ref var character in name)
        {
            if (character is >= (byte)'A' and <= (byte)'Z') character |= 0x20;
        }
    }
}
