using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Text;

/// <summary>The beginnings of blocks: block types and the catch clauses of <c>try_table</c>.</summary>
internal sealed class BlockHeaderParser(ModuleContext module, TypeUseParser typeUses, ImmediateParser immediates)
{
    private readonly TokenReader reader = module.Reader;
    private readonly WasmWriter clauses = new();

    /// <summary>Writes the opcode and immediates of a block, whose label was read already.</summary>
    public void Write(OpcodeInfo info, WasmWriter target)
    {
        target.WriteByte((byte)info.Opcode);
        typeUses.WriteBlockType(target);
        if (info.Opcode == Opcode.TryTable) WriteCatches(target);
    }

    // Catch clauses are outside the block: their labels do not count it (section 6.5.1).
    private void WriteCatches(WasmWriter target)
    {
        clauses.Clear();
        ulong count = 0;
        while (TryReadCatch(out var kind))
        {
            clauses.WriteByte((byte)kind);
            if (kind is CatchKind.Catch or CatchKind.CatchRef) clauses.WriteUnsigned(module.ReadIndex(module.Tags));
            clauses.WriteUnsigned(immediates.ReadLabel());
            reader.ExpectClose();
            count++;
        }

        target.WriteUnsigned(count);
        target.WriteBytes(clauses.Written);
    }

    private bool TryReadCatch(out CatchKind kind)
    {
        if (reader.TryOpen("catch"u8)) kind = CatchKind.Catch;
        else if (reader.TryOpen("catch_ref"u8)) kind = CatchKind.CatchRef;
        else if (reader.TryOpen("catch_all"u8)) kind = CatchKind.CatchAll;
        else if (reader.TryOpen("catch_all_ref"u8)) kind = CatchKind.CatchAllRef;
        else
        {
            kind = default;
            return false;
        }

        return true;
    }
}
