using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Coffer.Types;

namespace Coffer.Binary;

/// <summary>
/// A cursor over the binary format (specification, chapter 5). Every read is bounded by <see cref="End"/>; a failure is
/// a <see cref="MalformedException"/> with the offset from the start of the module.
/// </summary>
internal ref struct WasmReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> bytes;
    private readonly int baseOffset;

    /// <summary>A cursor over the whole of <paramref name="bytes"/>.</summary>
    public WasmReader(ReadOnlySpan<byte> bytes) : this(bytes, 0, bytes.Length, 0)
    {
    }

    /// <summary>A cursor over a stretch of a module.</summary>
    public WasmReader(ReadOnlySpan<byte> bytes, ByteRange range) : this(bytes, range.Offset, range.End, 0)
    {
    }

    /// <summary>A cursor over <c>bytes[position..end]</c>; reported offsets are positions plus <paramref name="baseOffset"/>.</summary>
    public WasmReader(ReadOnlySpan<byte> bytes, int position, int end, int baseOffset)
    {
        this.bytes = bytes[..end];
        Position = position;
        this.baseOffset = baseOffset;
    }

    /// <summary>The next byte to be read, as an index into the bytes.</summary>
    public int Position { get; private set; }

    /// <summary>Where reading ends.</summary>
    public readonly int End => bytes.Length;

    /// <summary>The offset of the next byte from the start of the module.</summary>
    public readonly int Offset => Position + baseOffset;

    /// <summary>Whether everything was read.</summary>
    public readonly bool AtEnd => Position >= bytes.Length;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => bytes.Length - Position;

    /// <summary>The next byte, without reading it; -1 at the end.</summary>
    public readonly int Peek() => Position < bytes.Length ? bytes[Position] : -1;

    /// <summary>Goes back to a place that was read before.</summary>
    public void Seek(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)position, (uint)Position);
        Position = position;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte ReadByte()
    {
        if (Position >= bytes.Length) ThrowUnexpectedEnd();
        return bytes[Position++];
    }

    /// <summary>An unsigned LEB128 of at most 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadU32()
    {
        if (Position < bytes.Length && bytes[Position] < 0x80) return bytes[Position++];
        return (uint)ReadUnsigned(32);
    }

    /// <summary>An unsigned LEB128 of at most 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadU64()
    {
        if (Position < bytes.Length && bytes[Position] < 0x80) return bytes[Position++];
        return ReadUnsigned(64);
    }

    /// <summary>A signed LEB128 of at most 32 bits.</summary>
    public int ReadS32() => (int)ReadSigned(32);

    /// <summary>A signed LEB128 of at most 33 bits: block types and heap types.</summary>
    public long ReadS33() => ReadSigned(33);

    /// <summary>A signed LEB128 of at most 64 bits.</summary>
    public long ReadS64() => ReadSigned(64);

    public uint ReadFixed32() => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4));

    public ulong ReadFixed64() => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8));

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if ((uint)count > (uint)(bytes.Length - Position)) ThrowUnexpectedEnd();
        var result = bytes.Slice(Position, count);
        Position += count;
        return result;
    }

    /// <summary>
    /// The number of items that follow, each at least one byte long; so nobody allocates more than the bytes justify.
    /// </summary>
    public int ReadCount()
    {
        var start = Offset;
        var count = ReadU32();
        if (count > (uint)Remaining) throw new MalformedException("unexpected end of section or function", start);
        return (int)count;
    }

    /// <summary>
    /// The number of items that follow; together with the <paramref name="already"/> existing ones not more than
    /// <paramref name="limit"/>, which is the property <paramref name="name"/> of <see cref="ModuleLimits"/>.
    /// </summary>
    public int ReadCount(int limit, string name, int already = 0)
    {
        var start = Offset;
        var count = ReadCount();
        if ((long)count + already > limit) ModuleLimits.ThrowExceeded(name, limit, (long)count + already, start);
        return count;
    }

    /// <summary>The length of a section or function body.</summary>
    public int ReadLength()
    {
        var start = Offset;
        var length = ReadU32();
        if (length > (uint)Remaining) throw new MalformedException("length out of bounds", start);
        return (int)length;
    }

    /// <summary>An index; one that no index space can have becomes <see cref="int.MaxValue"/>.</summary>
    public int ReadIndex() => (int)Math.Min(ReadU32(), int.MaxValue);

    /// <summary>A name: a length and that many bytes of valid UTF-8 (section 5.2.4).</summary>
    public string ReadName()
    {
        var length = ReadU32();
        var start = Offset;
        if (length > (uint)Remaining) throw new MalformedException("length out of bounds", start);
        var span = ReadBytes((int)length);
        try
        {
            return StrictUtf8.GetString(span);
        }
        catch (DecoderFallbackException)
        {
            throw new MalformedException("malformed UTF-8 encoding", start);
        }
    }

    public void Skip(int count) => ReadBytes(count);

    /// <summary>A cursor over the next <paramref name="length"/> bytes, which this one skips.</summary>
    public WasmReader ReadSlice(int length)
    {
        var start = Position;
        Skip(length);
        return new WasmReader(bytes, start, start + length, baseOffset);
    }

    /// <summary>
    /// A heap type (section 5.3.3). With <paramref name="types"/> empty, or an index outside it, the result is concrete
    /// without a definition; the caller decides whether that is an error.
    /// </summary>
    public HeapType ReadHeapType(ReadOnlySpan<DefinedType> types)
    {
        var start = Offset;
        var next = Peek();
        if (next is >= 0x40 and <= 0x7F)
        {
            // Abstract types are negative numbers of one byte.
            if (!IsAbstract((HeapKind)next)) throw new MalformedException("malformed heap type", start);
            Position++;
            return new HeapType((HeapKind)next);
        }

        var value = ReadS33();
        if (value < 0) throw new MalformedException("integer representation too long: malformed heap type", start);
        return Concrete(value, types);
    }

    /// <summary>A value type (section 5.3.4).</summary>
    public ValueType ReadValueType(ReadOnlySpan<DefinedType> types, string error = "malformed value type")
    {
        var start = Offset;
        var code = ReadByte();
        switch (code)
        {
            case 0x7F: return ValueType.I32;
            case 0x7E: return ValueType.I64;
            case 0x7D: return ValueType.F32;
            case 0x7C: return ValueType.F64;
            case 0x7B: return ValueType.V128;
            case 0x64: return ValueType.Reference(ReadHeapType(types), nullable: false);
            case 0x63: return ValueType.Reference(ReadHeapType(types));
            default:
                if (IsAbstract((HeapKind)code)) return ValueType.Reference((HeapKind)code);
                throw new MalformedException(error, start);
        }
    }

    /// <summary>A reference type (section 5.3.4).</summary>
    public ValueType ReadReferenceType(ReadOnlySpan<DefinedType> types)
    {
        const string error = "malformed reference type";
        var start = Offset;
        var type = ReadValueType(types, error);
        return type.IsReference ? type : throw new MalformedException(error, start);
    }

    private static bool IsAbstract(HeapKind kind) => kind is >= HeapKind.Exn and <= HeapKind.NoExn;

    private static HeapType Concrete(long index, ReadOnlySpan<DefinedType> types) =>
        new(index < types.Length ? types[(int)index] : null, (int)Math.Min(index, int.MaxValue));

    private ulong ReadUnsigned(int bits)
    {
        var start = Offset;
        ulong result = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = ReadLebByte(start);
            if (shift + 7 > bits)
            {
                if ((b & 0x80) != 0) throw new MalformedException("integer representation too long", start);
                if (b >> (bits - shift) != 0) throw new MalformedException("integer too large", start);
            }

            result |= (ulong)(b & 0x7F) << shift;
            if ((b & 0x80) == 0) return result;
        }
    }

    private long ReadSigned(int bits)
    {
        var start = Offset;
        long result = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = ReadLebByte(start);
            if (shift + 7 >= bits)
            {
                if ((b & 0x80) != 0) throw new MalformedException("integer representation too long", start);

                // The bits beyond the sign bit must repeat it.
                var rest = (sbyte)(b << 1) >> (bits - shift);
                if (rest is not (0 or -1)) throw new MalformedException("integer too large", start);
            }

            result |= (long)(b & 0x7F) << shift;
            if ((b & 0x80) == 0)
            {
                var used = shift + 7;
                return used < 64 && (b & 0x40) != 0 ? result | (-1L << used) : result;
            }
        }
    }

    private byte ReadLebByte(int start)
    {
        if (Position >= bytes.Length) throw new MalformedException("unexpected end of section or function", start);
        return bytes[Position++];
    }

    private readonly void ThrowUnexpectedEnd() => throw new MalformedException("unexpected end of section or function", Offset);
}
