using System.Buffers.Binary;

namespace Coffer.Binary;

/// <summary>A growing buffer of bytes in the binary format (specification, chapter 5).</summary>
internal sealed class WasmWriter
{
    private byte[] buffer;

    public WasmWriter(int capacity = 64) => buffer = new byte[capacity];

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, Length);

    /// <summary>A copy of what was written.</summary>
    public byte[] ToArray() => Written.ToArray();

    public void Clear() => Length = 0;

    /// <summary>Drops everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = length;

    public void WriteByte(byte value)
    {
        if (Length == buffer.Length) Grow(1);
        buffer[Length++] = value;
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>An unsigned LEB128.</summary>
    public void WriteUnsigned(ulong value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    /// <summary>A signed LEB128.</summary>
    public void WriteSigned(long value)
    {
        while (value is < -64 or > 63)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)(value & 0x7F));
    }

    public void WriteFixed32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
        Length += 4;
    }

    public void WriteFixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);
        Length += 8;
    }

    /// <summary>A length and the bytes: a byte vector, a name, a sized section or function body.</summary>
    public void WriteSized(ReadOnlySpan<byte> bytes)
    {
        WriteUnsigned((ulong)bytes.Length);
        WriteBytes(bytes);
    }

    private Span<byte> Reserve(int count)
    {
        if (count > buffer.Length - Length) Grow(count);
        return buffer.AsSpan(Length, count);
    }

    private void Grow(int count)
    {
        var needed = (long)Length + count;
        if (needed > Array.MaxLength)
        {
            throw new ExhaustionException(ExhaustionKind.ModuleLimit, "the module exceeds the largest possible array");
        }

        Array.Resize(ref buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, buffer.Length * 2L)));
    }
}
