using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>Definitions of types (specification, section 6.4.6).</summary>
internal sealed class TypeDefinitionParser(ModuleContext module, TypeParser types, SignatureParser signature)
{
    private readonly TokenReader reader = module.Reader;
    private readonly WasmWriter supertypes = new();
    private readonly WasmWriter composite = new();
    private readonly WasmWriter fieldTypes = new();

    /// <summary>A field <c>(type …)</c>, after its word and identifier, and its right parenthesis.</summary>
    /// <param name="output">Where it is written.</param>
    /// <param name="isAlone">Whether it is alone in its recursion group.</param>
    public void Write(WasmWriter output, bool isAlone)
    {
        var isSub = reader.TryOpen("sub"u8);
        var isFinal = !isSub || reader.TryKeyword("final"u8);
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
            signature.Read(ParameterNames.Ignored);
            var encoding = signature.Encode();
            composite.WriteBytes(encoding);
            entry = new TypeEntry(encoding.ToArray(), signature.ParameterCount, null);
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
        fieldTypes.Clear();
        while (reader.TryOpen("field"u8))
        {
            if (reader.Kind == TokenKind.Identifier)
            {
                module.Bind(fields, NameKind.Field, module.TypeTable.Count);
                WriteFieldType(fieldTypes);
            }
            else
            {
                while (reader.Kind != TokenKind.RightParen)
                {
                    if (reader.Kind == TokenKind.Identifier) reader.ThrowUnexpected();
                    module.Bind(fields, NameKind.Field, module.TypeTable.Count);
                    WriteFieldType(fieldTypes);
                }
            }

            reader.ExpectClose();
        }

        composite.WriteByte(0x5F);
        composite.WriteUnsigned(fields.Count);
        composite.WriteBytes(fieldTypes.Written);
        return fields;
    }

    private void WriteFieldType(WasmWriter output)
    {
        var isMutable = reader.TryOpen("mut"u8);
        if (reader.TryKeyword("i8"u8)) output.WriteByte((byte)Packing.I8);
        else if (reader.TryKeyword("i16"u8)) output.WriteByte((byte)Packing.I16);
        else types.WriteValueType(output);
        if (isMutable) reader.ExpectClose();
        output.WriteByte(isMutable ? (byte)1 : (byte)0);
    }
}
