using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Binary;

/// <summary>
/// Decodes instructions one after another by the opcode table (specification, section 5.4). Knows nothing of nesting:
/// who reads an expression stops at its last <c>end</c>.
/// </summary>
internal ref struct InstructionReader
{
    private readonly ReadOnlySpan<DefinedType> types;
    private readonly Features features;
    private readonly ReadOnlySpan<OpcodeInfo?> unprefixed;

    /// <summary>The cursor; may be used to read what precedes the instructions.</summary>
    public WasmReader Reader;

    public InstructionReader(WasmReader reader, ReadOnlySpan<DefinedType> types, Features features)
    {
        Reader = reader;
        this.types = types;
        this.features = features;
        unprefixed = OpcodeTable.Unprefixed;
    }

    /// <summary>Decodes the next instruction into <paramref name="instruction"/>.</summary>
    public void Read(ref Instruction instruction)
    {
        instruction.Offset = Reader.Offset;
        var first = Reader.ReadByte();
        var info = first is >= 0xFB and <= 0xFE
            ? OpcodeTable.Find(first, Reader.ReadU32())
            : unprefixed[first];
        if (info is null) ThrowIllegal(instruction.Offset, first);
        instruction.Info = info!;
        if ((info!.Feature & ~features) != 0) ThrowFeature(info, instruction.Offset);
        if (info.Immediates == ImmediateShape.None) return;
        if (info.Immediates == ImmediateShape.Local) instruction.Index = Reader.ReadU32();
        else ReadImmediates(ref instruction, info.Immediates);
    }

    private void ReadImmediates(ref Instruction instruction, ImmediateShape shape)
    {
        switch (shape)
        {
            case ImmediateShape.Block:
                instruction.Block = ReadBlockType();
                break;
            case ImmediateShape.Label:
            case ImmediateShape.Function:
            case ImmediateShape.Type:
            case ImmediateShape.Local:
            case ImmediateShape.Global:
            case ImmediateShape.Table:
            case ImmediateShape.Element:
            case ImmediateShape.Memory:
            case ImmediateShape.Data:
            case ImmediateShape.Tag:
                instruction.Index = Reader.ReadU32();
                break;
            case ImmediateShape.CallIndirect:
            case ImmediateShape.TableTable:
            case ImmediateShape.ElementTable:
            case ImmediateShape.MemoryMemory:
            case ImmediateShape.DataMemory:
            case ImmediateShape.TypeField:
            case ImmediateShape.TypeCount:
            case ImmediateShape.TypeType:
            case ImmediateShape.TypeData:
            case ImmediateShape.TypeElement:
                instruction.Index = Reader.ReadU32();
                instruction.Index2 = Reader.ReadU32();
                break;
            case ImmediateShape.MemoryArgument:
                ReadMemoryArgument(ref instruction);
                break;
            case ImmediateShape.MemoryArgumentLane:
                ReadMemoryArgument(ref instruction);
                instruction.Lane = Reader.ReadByte();
                break;
            case ImmediateShape.I32:
                instruction.Bits = (ulong)(long)Reader.ReadS32();
                break;
            case ImmediateShape.I64:
                instruction.Bits = (ulong)Reader.ReadS64();
                break;
            case ImmediateShape.F32:
                instruction.Bits = Reader.ReadFixed32();
                break;
            case ImmediateShape.F64:
                instruction.Bits = Reader.ReadFixed64();
                break;
            case ImmediateShape.V128:
            case ImmediateShape.Shuffle:
                instruction.Bits = Reader.ReadFixed64();
                instruction.BitsHigh = Reader.ReadFixed64();
                break;
            case ImmediateShape.Lane:
                instruction.Lane = Reader.ReadByte();
                break;
            case ImmediateShape.Heap:
                instruction.Heap = Reader.ReadHeapType(types);
                break;
            case ImmediateShape.LabelTable:
                ReadLabelTable(ref instruction);
                break;
            case ImmediateShape.SelectTypes:
                ReadSelectTypes(ref instruction);
                break;
            case ImmediateShape.BranchOnCast:
                ReadBranchOnCast(ref instruction);
                break;
            case ImmediateShape.TryTable:
                ReadTryTable(ref instruction);
                break;
            case ImmediateShape.ZeroByte:
                if (Reader.ReadByte() != 0) throw new MalformedException("zero byte expected", instruction.Offset);
                break;
        }
    }

    private BlockType ReadBlockType()
    {
        var start = Reader.Offset;
        var next = Reader.Peek();
        if (next == 0x40)
        {
            Reader.Skip(1);
            return BlockType.Empty;
        }

        // A one-byte negative number is a value type; the others are type indices (section 5.4.1).
        if (next is >= 0x41 and <= 0x7F) return new BlockType(-1, Reader.ReadValueType(types));
        var index = Reader.ReadS33();
        if (index is < 0 or > int.MaxValue) throw new MalformedException("malformed block type", start);
        return new BlockType((int)index, default);
    }

    private void ReadMemoryArgument(ref Instruction instruction)
    {
        var start = Reader.Offset;
        var flags = Reader.ReadU32();
        instruction.Index = 0;
        if ((flags & 0x40) != 0 && (features & Features.MultiMemory) != 0)
        {
            flags &= ~0x40u;
            instruction.Index = Reader.ReadU32();
        }

        if (flags >= 64) throw new MalformedException("malformed memop flags", start);
        instruction.Align = flags;
        instruction.Bits = (features & Features.Memory64) != 0 ? Reader.ReadU64() : Reader.ReadU32();
    }

    private void ReadLabelTable(ref Instruction instruction)
    {
        instruction.Count = Reader.ReadCount();
        instruction.TailOffset = Reader.Offset;
        var start = Reader;
        for (var i = 0; i < instruction.Count; i++) Reader.ReadU32();
        instruction.Tail = start.ReadBytes(Reader.Position - start.Position);
        instruction.Index = Reader.ReadU32();
    }

    private void ReadSelectTypes(ref Instruction instruction)
    {
        instruction.Count = Reader.ReadCount();
        instruction.TailOffset = Reader.Offset;
        var start = Reader;
        for (var i = 0; i < instruction.Count; i++) Reader.ReadValueType(types);
        instruction.Tail = start.ReadBytes(Reader.Position - start.Position);
    }

    private void ReadBranchOnCast(ref Instruction instruction)
    {
        var start = Reader.Offset;
        instruction.Lane = Reader.ReadByte();
        if (instruction.Lane > 3) throw new MalformedException("malformed br_on_cast flags", start);
        instruction.Index = Reader.ReadU32();
        instruction.Heap = Reader.ReadHeapType(types);
        instruction.Heap2 = Reader.ReadHeapType(types);
    }

    private void ReadTryTable(ref Instruction instruction)
    {
        instruction.Block = ReadBlockType();
        instruction.Count = Reader.ReadCount();
        instruction.TailOffset = Reader.Offset;
        var start = Reader;
        for (var i = 0; i < instruction.Count; i++) CatchClause.Read(ref Reader);
        instruction.Tail = start.ReadBytes(Reader.Position - start.Position);
    }

    private static void ThrowIllegal(int offset, byte first) =>
        throw new MalformedException(
            first is >= 0xFB and <= 0xFE ? $"illegal opcode 0x{first:x2}: no such instruction with this prefix" : $"illegal opcode {first:x2}",
            offset);

    private static void ThrowFeature(OpcodeInfo info, int offset) =>
        throw new MalformedException($"illegal opcode: {info.Mnemonic} needs the feature {info.Feature}, which is switched off", offset);
}

/// <summary>A catch clause of <c>try_table</c> (specification, section 5.4.1).</summary>
internal readonly record struct CatchClause(CatchKind Kind, uint Tag, uint Label)
{
    public bool HasTag => Kind is CatchKind.Catch or CatchKind.CatchRef;

    public bool HasReference => Kind is CatchKind.CatchRef or CatchKind.CatchAllRef;

    public static CatchClause Read(ref WasmReader reader)
    {
        var start = reader.Offset;
        var kind = (CatchKind)reader.ReadByte();
        if (kind > CatchKind.CatchAllRef) throw new MalformedException("malformed catch clause", start);
        var tag = kind is CatchKind.Catch or CatchKind.CatchRef ? reader.ReadU32() : 0;
        return new CatchClause(kind, tag, reader.ReadU32());
    }
}

/// <summary>What a catch clause catches and passes on.</summary>
internal enum CatchKind : byte
{
    /// <summary>One tag; passes its values.</summary>
    Catch,
    /// <summary>One tag; passes its values and the exception.</summary>
    CatchRef,
    /// <summary>Everything; passes nothing.</summary>
    CatchAll,
    /// <summary>Everything; passes the exception.</summary>
    CatchAllRef,
}
