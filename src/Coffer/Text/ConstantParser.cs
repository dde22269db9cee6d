using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Text;

/// <summary>Numeric immediates: constants of all types, lanes, shuffles.</summary>
internal sealed class ConstantParser(TokenReader reader)
{
    private const string OutOfRange = "constant out of range";

    /// <summary>Writes the immediate of an instruction.</summary>
    public void Write(ImmediateShape shape, WasmWriter output)
    {
        switch (shape)
        {
            case ImmediateShape.I32: output.WriteSigned((int)ReadInteger(32)); break;
            case ImmediateShape.I64: output.WriteSigned((long)ReadInteger(64)); break;
            case ImmediateShape.F32: output.WriteFixed32((uint)ReadFloat(32)); break;
            case ImmediateShape.F64: output.WriteFixed64(ReadFloat(64)); break;
            case ImmediateShape.V128: WriteVector(ReadVector(), output); break;
            case ImmediateShape.Shuffle: WriteShuffle(output); break;
            case ImmediateShape.Lane: output.WriteByte(ReadLane()); break;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>The low bits of an integer of the given size.</summary>
    public ulong ReadInteger(int bits)
    {
        if (reader.Kind is not (TokenKind.Natural or TokenKind.Integer)) reader.ThrowUnexpected();
        if (!IntegerLiteral.TryParse(reader.Text, bits, out var value)) reader.Throw(reader.Position, OutOfRange);
        reader.Position++;
        return value;
    }

    /// <summary>The bits of a float of 32 or 64 bits.</summary>
    public ulong ReadFloat(int bits)
    {
        if (!IsNumber(reader.Kind)) reader.ThrowUnexpected();
        if (!FloatLiteral.TryParse(reader.Text, bits, out var value)) reader.Throw(reader.Position, OutOfRange);
        reader.Position++;
        return value;
    }

    /// <summary>A shape and its lanes.</summary>
    public UInt128 ReadVector()
    {
        var (bits, isFloat) = ReadShape();
        UInt128 value = 0;
        var lanes = 128 / bits;
        if (CountNumbers() != lanes) ThrowLaneCount();
        for (var lane = 0; lane < lanes; lane++)
        {
            value |= (UInt128)(isFloat ? ReadFloat(bits) : ReadInteger(bits)) << (lane * bits);
        }

        return value;
    }

    /// <summary>The shape of a vector constant: the bits of a lane, and whether it is a float.</summary>
    public (int Bits, bool IsFloat) ReadShape()
    {
        (int, bool) shape = default;
        if (reader.IsKeyword("i8x16"u8)) shape = (8, false);
        else if (reader.IsKeyword("i16x8"u8)) shape = (16, false);
        else if (reader.IsKeyword("i32x4"u8)) shape = (32, false);
        else if (reader.IsKeyword("i64x2"u8)) shape = (64, false);
        else if (reader.IsKeyword("f32x4"u8)) shape = (32, true);
        else if (reader.IsKeyword("f64x2"u8)) shape = (64, true);
        else reader.ThrowUnexpected();
        reader.Position++;
        return shape;
    }

    /// <summary>The error for a vector with too few or too many lanes, or with something that is no lane.</summary>
    public void ThrowLaneCount()
    {
        var first = reader.Position;
        reader.Position += CountNumbers();
        if (reader.Kind == TokenKind.Reserved || (reader.Kind == TokenKind.Keyword && !Keywords.IsKnown(reader.Text)))
        {
            reader.ThrowUnexpected();
        }

        reader.Throw(first, "wrong number of lane literals");
    }

    private static void WriteVector(UInt128 value, WasmWriter output)
    {
        output.WriteFixed64((ulong)value);
        output.WriteFixed64((ulong)(value >> 64));
    }

    private byte ReadLane()
    {
        if (reader.Kind != TokenKind.Natural) reader.ThrowUnexpected();
        return ReadLaneNumber();
    }

    private byte ReadLaneNumber()
    {
        ulong value = 0;
        var isNatural = reader.Kind == TokenKind.Natural && IntegerLiteral.TryParseNatural(reader.Text, out value);
        if (!isNatural || value > byte.MaxValue)
        {
            reader.Throw(reader.Position, "i8 constant out of range");
            return 0;
        }

        reader.Position++;
        return (byte)value;
    }

    private void WriteShuffle(WasmWriter output)
    {
        var first = reader.Position;
        var count = CountNumbers();
        if (count != 16) reader.Throw(first, "invalid lane length");
        for (; count > 0; count--) output.WriteByte(ReadLaneNumber());
    }

    private int CountNumbers()
    {
        var count = 0;
        while (IsNumber(reader.Peek(count))) count++;
        return count;
    }

    private static bool IsNumber(TokenKind kind) => kind is TokenKind.Natural or TokenKind.Integer or TokenKind.Float;
}
