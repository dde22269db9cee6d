using System.Buffers.Binary;
using System.Text;

namespace Coffer.Images;

/// <summary>A growing buffer of bytes as metadata has them: signatures, values of attributes, heaps, tables.</summary>
internal sealed class MetadataBlob(int capacity = 32)
{
    private byte[] bytes = new byte[capacity];

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    /// <inheritdoc cref="Written"/>
    public ReadOnlyMemory<byte> WrittenMemory => bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void WriteByte(byte value) => Extend(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Extend(2), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Extend(4), value);

    public void WriteBytes(ReadOnlySpan<byte> source) => source.CopyTo(Extend(source.Length));

    /// <summary>An unsigned number in one, two or four bytes (ECMA-335, II.23.2).</summary>
    public void WriteCompressed(int value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, 0x1FFF_FFFFu);
        if (value < 0x80)
        {
            WriteByte((byte)value);
        }
        else if (value < 0x4000)
        {
            BinaryPrimitives.WriteUInt16BigEndian(Extend(2), (ushort)(value | 0x8000));
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(Extend(4), (uint)value | 0xC000_0000);
        }
    }

    /// <summary>A string as the values of attributes have it (II.23.3).</summary>
    public void WriteSerializedString(string text)
    {
        WriteCompressed(Encoding.UTF8.GetByteCount(text));
        WriteUtf8(text);
    }

    public void WriteUtf8(string text) => Encoding.UTF8.GetBytes(text, Extend(Encoding.UTF8.GetByteCount(text)));

    /// <summary>Zeros up to a multiple of a power of two.</summary>
    public void Align(int alignment) => Extend(-Length & (alignment - 1)).Clear();

    private Span<byte> Extend(int count)
    {
        if (bytes.Length - Length < count) Array.Resize(ref bytes, (int)Math.Max(Math.Min(bytes.Length * 2L, Array.MaxLength), checked(Length + count)));
        var start = Length;
        Length += count;
        return bytes.AsSpan(start, count);
    }
}
