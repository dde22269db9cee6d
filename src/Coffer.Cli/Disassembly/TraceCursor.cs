using System.Buffers.Binary;

namespace Coffer.Cli.Disassembly;

/// <summary>Reads the numbers and texts of a trace; whatever does not fit is refused.</summary>
internal ref struct TraceCursor(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>How much has been read.</summary>
    public int Position { get; private set; }

    public readonly bool AtEnd => Position == bytes.Length;

    /// <exception cref="TraceException">There is less than that.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)(bytes.Length - Position)) throw new TraceException("the runtime's trace ends too early");
        var taken = bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    /// <exception cref="TraceException">Something else comes.</exception>
    public void Expect(ReadOnlySpan<byte> expected)
    {
        var at = Position;
        if (!Take(expected.Length).SequenceEqual(expected))
        {
            throw new TraceException($"the runtime's trace is of an unknown form (at {at})");
        }
    }

    public byte ReadByte() => Take(1)[0];

    public int ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>A number of seven bits a byte, the lowest first.</summary>
    public ulong ReadVariable()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new TraceException("the runtime's trace has a number that does not end");
    }

    /// <summary>UTF-16 up to a zero.</summary>
    public string ReadText()
    {
        var start = Position;
        while (ReadUInt16() != 0)
        {
        }

        return System.Text.Encoding.Unicode.GetString(bytes[start..(Position - 2)]);
    }
}
