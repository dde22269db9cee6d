using System.Numerics;
using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Text;

/// <summary>
/// Writes an instruction without block structure: its opcode and immediates (specification, section 6.5).
/// </summary>
internal sealed class ImmediateParser(
    ModuleContext module, TypeParser types, TypeUseParser typeUses, LabelScope labels)
{
    private readonly TokenReader reader = module.Reader;
    private readonly WasmWriter scratch = new();
    private readonly ConstantParser constants = new(module.Reader);

    /// <summary>Writes the instruction of a mnemonic whose immediates come next.</summary>
    public void Write(OpcodeInfo info, WasmWriter output)
    {
        info = Resolve(info);
        if (info.Immediates == ImmediateShape.Heap && info.Opcode != Opcode.RefNull)
        {
            WriteCast(info.Opcode, output);
            return;
        }

        WriteOpcode(info.Opcode, output);
        if (info.Immediates != ImmediateShape.None) WriteImmediates(info, output);
    }

    public static void WriteOpcode(Opcode opcode, WasmWriter output)
    {
        var prefix = (uint)opcode >> 16;
        if (prefix == 0)
        {
            output.WriteByte((byte)opcode);
            return;
        }

        output.WriteByte((byte)prefix);
        output.WriteUnsigned((uint)opcode & 0xFFFF);
    }

    /// <summary>Reads a label: a number, or an identifier of a block around it.</summary>
    public uint ReadLabel()
    {
        if (reader.Kind != TokenKind.Identifier) return (uint)reader.ReadNatural(32);
        var position = reader.Position;
        var symbol = module.ReadOptionalIdentifier();
        if (!labels.TryResolve(symbol, out var depth)) module.ThrowUnknown(position, "label", symbol);
        return depth;
    }

    // Two mnemonics stand for two instructions each; what follows decides.
    private OpcodeInfo Resolve(OpcodeInfo info) =>
        info.Opcode == Opcode.Select && reader.IsOpen("result"u8) ? OpcodeTable.Get(Opcode.SelectTyped) : info;

    private void WriteImmediates(OpcodeInfo info, WasmWriter output)
    {
        switch (info.Immediates)
        {
            case ImmediateShape.Label: output.WriteUnsigned(ReadLabel()); break;
            case ImmediateShape.LabelTable: WriteLabelTable(output); break;
            case ImmediateShape.Function: WriteIndex(module.Functions, output); break;
            case ImmediateShape.Type: WriteIndex(module.Types, output); break;
            case ImmediateShape.Local: WriteIndex(module.Locals, output); break;
            case ImmediateShape.Global: WriteIndex(module.Globals, output); break;
            case ImmediateShape.Tag: WriteIndex(module.Tags, output); break;
            case ImmediateShape.Element: WriteIndex(module.Elements, output); break;
            case ImmediateShape.Data: WriteDataIndex(output); break;
            case ImmediateShape.Table: output.WriteUnsigned(module.ReadOptionalIndex(module.Tables)); break;
            case ImmediateShape.Memory: output.WriteUnsigned(module.ReadOptionalIndex(module.Memories)); break;
            case ImmediateShape.TableTable: WriteOptionalPair(module.Tables, output); break;
            case ImmediateShape.MemoryMemory: WriteOptionalPair(module.Memories, output); break;
            case ImmediateShape.ElementTable: WriteSegment(module.Elements, module.Tables, output); break;
            case ImmediateShape.DataMemory:
                module.NeedsDataCount = true;
                WriteSegment(module.Data, module.Memories, output);
                break;
            case ImmediateShape.CallIndirect: WriteCallIndirect(output); break;
            case ImmediateShape.TypeField: WriteTypeField(output); break;
            case ImmediateShape.TypeCount:
                WriteIndex(module.Types, output);
                output.WriteUnsigned(reader.ReadNatural(32));
                break;
            case ImmediateShape.TypeType:
                WriteIndex(module.Types, output);
                WriteIndex(module.Types, output);
                break;
            case ImmediateShape.TypeData:
                WriteIndex(module.Types, output);
                WriteDataIndex(output);
                break;
            case ImmediateShape.TypeElement:
                WriteIndex(module.Types, output);
                WriteIndex(module.Elements, output);
                break;
            case ImmediateShape.MemoryArgument:
            case ImmediateShape.MemoryArgumentLane:
                WriteMemoryArgument(info, output);
                break;
            case ImmediateShape.Heap: types.WriteHeapType(output); break;
            case ImmediateShape.SelectTypes: WriteSelectTypes(output); break;
            case ImmediateShape.BranchOnCast: WriteBranchOnCast(output); break;
            case ImmediateShape.ZeroByte: output.WriteByte(0); break;
            default: constants.Write(info.Immediates, output); break;
        }
    }

    private void WriteIndex(IndexSpace space, WasmWriter output) => output.WriteUnsigned(module.ReadIndex(space));

    private void WriteDataIndex(WasmWriter output)
    {
        module.NeedsDataCount = true;
        WriteIndex(module.Data, output);
    }

    private void WriteLabelTable(WasmWriter output)
    {
        scratch.Clear();
        ulong count = 0;
        var last = ReadLabel();
        for (; ModuleContext.IsIndex(reader.Kind); count++)
        {
            scratch.WriteUnsigned(last);
            last = ReadLabel();
        }

        output.WriteUnsigned(count);
        output.WriteBytes(scratch.Written);
        output.WriteUnsigned(last);
    }

    // Both indices, or neither.
    private void WriteOptionalPair(IndexSpace space, WasmWriter output)
    {
        var isGiven = ModuleContext.IsIndex(reader.Kind);
        output.WriteUnsigned(isGiven ? module.ReadIndex(space) : 0);
        output.WriteUnsigned(isGiven ? module.ReadIndex(space) : 0);
    }

    // The text has the table or memory first, and may leave it out; the binary format has it last.
    private void WriteSegment(IndexSpace segments, IndexSpace space, WasmWriter output)
    {
        var target = ModuleContext.IsIndex(reader.Peek(1)) ? module.ReadIndex(space) : 0;
        WriteIndex(segments, output);
        output.WriteUnsigned(target);
    }

    private void WriteCallIndirect(WasmWriter output)
    {
        var table = module.ReadOptionalIndex(module.Tables);
        output.WriteUnsigned(typeUses.Read(ParameterNames.Forbidden));
        output.WriteUnsigned(table);
    }

    private void WriteTypeField(WasmWriter output)
    {
        var type = module.ReadIndex(module.Types);
        output.WriteUnsigned(type);
        if (reader.Kind == TokenKind.Natural)
        {
            output.WriteUnsigned(reader.ReadNatural(32));
            return;
        }

        var position = reader.Position;
        var fields = module.TypeTable.Find(type)?.Fields;
        if (reader.Kind == TokenKind.Identifier && fields is null)
        {
            reader.Throw(position, "unknown field: not a struct type");
        }

        output.WriteUnsigned(module.ReadIndex(fields!));
    }

    private void WriteMemoryArgument(OpcodeInfo info, WasmWriter output)
    {
        var hasLane = info.Immediates == ImmediateShape.MemoryArgumentLane;

        // A number alone before the end of an instruction with a lane is the lane.
        var isLane = hasLane && reader.Kind == TokenKind.Natural
            && reader.Peek(1) is not (TokenKind.Natural or TokenKind.Keyword);
        if (hasLane && reader.Kind == TokenKind.Natural && reader.Peek(1) == TokenKind.Keyword)
        {
            var next = reader.Tokens.Text(reader.Tokens[reader.Position + 1]);
            isLane = !Keywords.IsMemoryArgument(next, "offset="u8) && !Keywords.IsMemoryArgument(next, "align="u8);
        }

        var memory = isLane ? 0 : module.ReadOptionalIndex(module.Memories);
        var offset = TryReadArgument("offset="u8, out var value) ? value : 0;
        var align = (ulong)info.Width;
        var alignPosition = reader.Position;
        if (TryReadArgument("align="u8, out value)) align = value;
        if (!BitOperations.IsPow2(align)) reader.Throw(alignPosition, "alignment must be a power of two");
        output.WriteUnsigned((uint)BitOperations.Log2(align) | (memory != 0 ? 0x40u : 0));
        if (memory != 0) output.WriteUnsigned(memory);
        output.WriteUnsigned(offset);
        if (hasLane) constants.Write(ImmediateShape.Lane, output);
    }

    private bool TryReadArgument(ReadOnlySpan<byte> prefix, out ulong value)
    {
        value = 0;
        if (reader.Kind != TokenKind.Keyword || !Keywords.IsMemoryArgument(reader.Text, prefix)) return false;
        if (!IntegerLiteral.TryParseNatural(reader.Text[prefix.Length..], out value))
        {
            reader.Throw(reader.Position, "i64 constant out of range");
        }

        reader.Position++;
        return true;
    }

    private void WriteSelectTypes(WasmWriter output)
    {
        scratch.Clear();
        ulong count = 0;
        while (reader.TryOpen("result"u8))
        {
            for (; reader.Kind != TokenKind.RightParen; count++) types.WriteValueType(scratch);
            reader.ExpectClose();
        }

        output.WriteUnsigned(count);
        output.WriteBytes(scratch.Written);
    }

    private void WriteCast(Opcode opcode, WasmWriter output)
    {
        scratch.Clear();
        if (types.WriteHeapOfReference(scratch))
        {
            opcode = opcode == Opcode.RefTest ? Opcode.RefTestNull : Opcode.RefCastNull;
        }

        WriteOpcode(opcode, output);
        output.WriteBytes(scratch.Written);
    }

    private void WriteBranchOnCast(WasmWriter output)
    {
        var label = ReadLabel();
        scratch.Clear();
        var flags = types.WriteHeapOfReference(scratch) ? 1 : 0;
        flags |= types.WriteHeapOfReference(scratch) ? 2 : 0;
        output.WriteByte((byte)flags);
        output.WriteUnsigned(label);
        output.WriteBytes(scratch.Written);
    }
}
