using Coffer.Binary;

namespace Coffer.Text;

/// <summary>
/// Type uses (specification, section 6.4.8): <c>(type x)</c>, an inline signature, or both, which must then agree.
/// </summary>
internal sealed class TypeUseParser(ModuleContext module, SignatureParser signature)
{
    private readonly TokenReader reader = module.Reader;

    /// <summary>
    /// The type a type use names. An inline signature alone stands for the first type that is just that; if there was
    /// none, there is now one at the end of the types.
    /// </summary>
    /// <param name="names">What becomes of the names of parameters.</param>
    public uint Read(ParameterNames names)
    {
        var isExplicit = TryReadTypeReference(out var index, out var position);
        signature.Read(names);
        if (!isExplicit) return FindOrAddFunction();
        if (signature.IsEmpty)
        {
            if (names == ParameterNames.Bound) module.Locals.Count = module.TypeTable.Find(index)?.ParameterCount ?? 0;
            return index;
        }

        CheckInline(index, position);
        return index;
    }

    /// <summary>Writes the type of a block: <c>0x40</c>, a value type, or the index of a function type.</summary>
    public void WriteBlockType(WasmWriter output)
    {
        var isExplicit = TryReadTypeReference(out var index, out var position);
        signature.Read(ParameterNames.Forbidden);
        if (isExplicit)
        {
            if (!signature.IsEmpty) CheckInline(index, position);
            output.WriteSigned(index);
        }
        else if (signature.IsEmpty)
        {
            output.WriteByte(0x40);
        }
        else if (signature is { ParameterCount: 0, ResultCount: 1 })
        {
            output.WriteBytes(signature.Results);
        }
        else
        {
            output.WriteSigned(FindOrAddFunction());
        }
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

    private uint FindOrAddFunction()
    {
        var encoding = signature.Encode();
        if (module.TypeTable.TryFindFunction(encoding, out var index)) return index;
        index = module.TypeTable.Count;
        module.TypeTable.Add(new TypeEntry(encoding.ToArray(), signature.ParameterCount, null), isPlain: true);
        module.Sections.Types.Add().WriteBytes(encoding);
        return index;
    }

    private void CheckInline(uint index, int position)
    {
        var entry = module.TypeTable.Find(index);
        if (entry is null) reader.Throw(position, $"unknown type {index}");
        if (!signature.Encode().SequenceEqual(entry.Signature))
        {
            reader.Throw(position, $"inline function type does not match type {index}");
        }
    }
}
