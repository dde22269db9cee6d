using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>Types (specification, section 6.4).</summary>
internal sealed class TypeParser(ModuleContext module)
{
    private readonly TokenReader reader = module.Reader;

    /// <summary>Whether the next tokens begin a value type.</summary>
    public bool IsValueType =>
        reader.Kind == TokenKind.LeftParen ? reader.IsOpen("ref"u8)
        : reader.Kind == TokenKind.Keyword && Keywords.TryFindValueType(reader.Text, out _);

    /// <summary>Whether the next tokens begin a reference type.</summary>
    public bool IsReferenceType => IsValueType
        && (reader.Kind == TokenKind.LeftParen
            || (Keywords.TryFindValueType(reader.Text, out var code) && IsReferenceCode(code)));

    public void WriteValueType(WasmWriter output)
    {
        if (reader.Kind == TokenKind.Keyword && Keywords.TryFindValueType(reader.Text, out var code))
        {
            output.WriteByte(code);
            reader.Position++;
            return;
        }

        WriteFullReferenceType(output);
    }

    public void WriteReferenceType(WasmWriter output)
    {
        if (!IsReferenceType) ThrowNoReferenceType();
        WriteValueType(output);
    }

    /// <summary>A reference type whose heap type is written alone; returns whether it admits null.</summary>
    public bool WriteHeapOfReference(WasmWriter output)
    {
        if (!IsReferenceType) ThrowNoReferenceType();
        if (reader.Kind == TokenKind.Keyword)
        {
            WriteValueType(output);
            return true;
        }

        reader.ExpectOpen("ref"u8);
        var isNullable = reader.TryKeyword("null"u8);
        WriteHeapType(output);
        reader.ExpectClose();
        return isNullable;
    }

    public void WriteHeapType(WasmWriter output)
    {
        if (reader.Kind == TokenKind.Keyword)
        {
            if (!Keywords.TryFindHeapType(reader.Text, out var kind)) reader.ThrowUnexpected();
            reader.Position++;
            output.WriteByte((byte)kind);
            return;
        }

        output.WriteSigned(module.ReadIndex(module.Types));
    }

    /// <summary>A global type: the value type, then mutability.</summary>
    public void WriteGlobalType(WasmWriter output)
    {
        var isMutable = reader.TryOpen("mut"u8);
        WriteValueType(output);
        if (isMutable) reader.ExpectClose();
        output.WriteByte(isMutable ? (byte)1 : (byte)0);
    }

    private void WriteFullReferenceType(WasmWriter output)
    {
        reader.ExpectOpen("ref"u8);
        var isNullable = reader.TryKeyword("null"u8);

        // A nullable abstract type has a code of one byte.
        if (!isNullable || reader.Kind != TokenKind.Keyword) output.WriteByte(isNullable ? (byte)0x63 : (byte)0x64);
        WriteHeapType(output);
        reader.ExpectClose();
    }

    private void ThrowNoReferenceType()
    {
        if (reader.Kind == TokenKind.LeftParen) reader.ExpectOpen("ref"u8);
        reader.ThrowUnexpected();
    }

    private static bool IsReferenceCode(byte code) => code is >= (byte)HeapKind.Exn and <= (byte)HeapKind.NoExn;
}
