using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>Types (specification, section 6.4).</summary>
internal sealed class TypeParser(ModuleContext module)
{
    private readonly TokenReader reader = module.Reader;
    private readonly WasmWriter parameters = new();
    private readonly WasmWriter results = new();
    private readonly WasmWriter signature = new();
    private readonly WasmWriter composite = new();

    // How many types the last signature put into the buffers.
    private uint parameterCount;
    private uint resultCount;

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

    /// <summary>
    /// A type use (section 6.4.8): <c>(type x)</c>, an inline signature, or both. An inline signature alone stands for the
    /// first type that is just that; there is one at the end of the types if there was none.
    /// </summary>
    /// <param name="names">What becomes of the names of parameters.</param>
    public uint ReadTypeUse(ParameterNames names)
    {
        var isExplicit = TryReadTypeReference(out var index, out var position);
        ReadSignature(names);
        if (!isExplicit) return FindOrAddFunction();
        if (parameterCount == 0 && resultCount == 0)
        {
            if (names == ParameterNames.Bound) module.Locals.Count = module.TypeTable.Find(index)?.ParameterCount ?? 0;
            return index;
        }

        CheckInline(index, position);
        return index;
    }

    /// <summary>
    /// The type of a block: <c>0x40</c>, a value type, or the index of a function type.
    /// </summary>
    public void WriteBlockType(WasmWriter output)
    {
        var isExplicit = TryReadTypeReference(out var index, out var position);
        ReadSignature(ParameterNames.Forbidden);
        if (isExplicit)
        {
            if (parameterCount != 0 || resultCount != 0) CheckInline(index, position);
            output.WriteSigned(index);
        }
        else if (parameterCount == 0 && resultCount == 0)
        {
            output.WriteByte(0x40);
        }
        else if (parameterCount == 0 && resultCount == 1)
        {
            output.WriteBytes(results.Written);
        }
        else
        {
            output.WriteSigned(FindOrAddFunction());
        }
    }

    /// <summary>A field <c>(type …)</c>, after its word and identifier, and its right parenthesis.</summary>
    /// <param name="output">Where it is written.</param>
    /// <param name="isAlone">Whether it is alone in its recursion group.</param>
    public void WriteTypeDefinition(WasmWriter output, bool isAlone)
    {
        var isSub = reader.TryOpen("sub"u8);
        var isFinal = !isSub || reader.TryKeyword("final"u8);
        var supertypes = parameters;
        supertypes.Clear();
        uint count = 0;
        while (isSub && ModuleContext.IsIndex(reader.Kind))
        {
            count++;
            supertypes.WriteUnsigned(module.ReadIndex(module.Types));
        }

        if (!isFinal || count > 0)
        {
            output.WriteByte(isFinal ? (byte)0x4F : (byte)0x50);
            output.WriteUnsigned(count);
            output.WriteBytes(supertypes.Written);
        }

        composite.Clear();
        var entry = ReadComposite();
        output.WriteBytes(composite.Written);
        module.TypeTable.Add(entry, isAlone && isFinal && count == 0);
        if (isSub) reader.ExpectClose();
        reader.ExpectClose();
    }

    private TypeEntry ReadComposite()
    {
        TypeEntry entry;
        if (reader.TryOpen("func"u8))
        {
            ReadSignature(ParameterNames.Ignored);
            BuildSignature();
            composite.WriteBytes(signature.Written);
            entry = new TypeEntry(signature.ToArray(), parameterCount, null);
        }
        else if (reader.TryOpen("array"u8))
        {
            composite.WriteByte(0x5E);
            WriteFieldType(composite);
            entry = new TypeEntry(null, 0, null);
        }
        else
        {
            reader.ExpectOpen("struct"u8);
            entry = new TypeEntry(null, 0, ReadFields());
        }

        reader.ExpectClose();
        return entry;
    }

    private IndexSpace ReadFields()
    {
        var fields = new IndexSpace("field", "field");
        parameters.Clear();
        while (reader.TryOpen("field"u8))
        {
            if (reader.Kind == TokenKind.Identifier)
            {
                module.Bind(fields, NameKind.Field, module.TypeTable.Count);
                WriteFieldType(parameters);
            }
            else
            {
                while (reader.Kind != TokenKind.RightParen)
                {
                    module.Bind(fields, NameKind.Field, module.TypeTable.Count);
                    WriteFieldType(parameters);
                }
            }

            reader.ExpectClose();
        }

        composite.WriteByte(0x5F);
        composite.WriteUnsigned(fields.Count);
        composite.WriteBytes(parameters.Written);
        return fields;
    }

    private void WriteFieldType(WasmWriter output)
    {
        var isMutable = reader.TryOpen("mut"u8);
        if (reader.TryKeyword("i8"u8)) output.WriteByte((byte)Packing.I8);
        else if (reader.TryKeyword("i16"u8)) output.WriteByte((byte)Packing.I16);
        else WriteValueType(output);
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

    private bool TryReadTypeReference(out uint index, out int position)
    {
        position = reader.Position;
        index = 0;
        if (!reader.TryOpen("type"u8)) return false;
        index = module.ReadIndex(module.Types);
        reader.ExpectClose();
        return true;
    }

    private void ReadSignature(ParameterNames names)
    {
        parameters.Clear();
        results.Clear();
        parameterCount = 0;
        while (reader.TryOpen("param"u8))
        {
            if (reader.Kind == TokenKind.Identifier && names != ParameterNames.Forbidden)
            {
                ReadNamedParameter(names);
                parameterCount++;
            }
            else
            {
                for (; reader.Kind != TokenKind.RightParen; parameterCount++)
                {
                    if (names == ParameterNames.Bound) module.BindLocal();
                    WriteValueType(parameters);
                }
            }

            reader.ExpectClose();
        }

        resultCount = 0;
        while (reader.TryOpen("result"u8))
        {
            for (; reader.Kind != TokenKind.RightParen; resultCount++) WriteValueType(results);
            reader.ExpectClose();
        }

        if (!reader.IsOpen("param"u8) && !reader.IsOpen("type"u8)) return;
        reader.Position++;
        reader.ThrowUnexpected();
    }

    private void ReadNamedParameter(ParameterNames names)
    {
        if (names == ParameterNames.Bound) module.BindLocal();
        else reader.Position++;
        WriteValueType(parameters);
    }

    private void BuildSignature()
    {
        signature.Clear();
        signature.WriteByte(0x60);
        signature.WriteUnsigned(parameterCount);
        signature.WriteBytes(parameters.Written);
        signature.WriteUnsigned(resultCount);
        signature.WriteBytes(results.Written);
    }

    private uint FindOrAddFunction()
    {
        BuildSignature();
        if (module.TypeTable.TryFindFunction(signature.Written, out var index)) return index;
        index = module.TypeTable.Count;
        module.TypeTable.Add(new TypeEntry(signature.ToArray(), parameterCount, null), isPlain: true);
        module.Sections.Types.Add().WriteBytes(signature.Written);
        return index;
    }

    private void CheckInline(uint index, int position)
    {
        var entry = module.TypeTable.Find(index);
        if (entry is null) reader.Throw(position, $"unknown type {index}");
        BuildSignature();
        if (!signature.Written.SequenceEqual(entry.Signature))
        {
            reader.Throw(position, $"inline function type does not match type {index}");
        }
    }

    private void ThrowNoReferenceType()
    {
        if (reader.Kind == TokenKind.LeftParen) reader.ExpectOpen("ref"u8);
        reader.ThrowUnexpected();
    }

    private static bool IsReferenceCode(byte code) => code is >= (byte)HeapKind.Exn and <= (byte)HeapKind.NoExn;
}

/// <summary>What becomes of the names of parameters.</summary>
internal enum ParameterNames
{
    /// <summary>There must be none.</summary>
    Forbidden,
    /// <summary>They are allowed and mean nothing.</summary>
    Ignored,
    /// <summary>They name locals of the function.</summary>
    Bound,
}
