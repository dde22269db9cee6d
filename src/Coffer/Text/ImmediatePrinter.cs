using System.Globalization;
using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>Prints what follows a mnemonic.</summary>
internal sealed class ImmediatePrinter(PrintedNames names, TypePrinter types, PrintedLabels labels, TextOutput output)
{
    /// <summary>Prints the immediates of an instruction, each after a space.</summary>
    public void Write(in Instruction instruction)
    {
        switch (instruction.Info.Immediates)
        {
            case ImmediateShape.Label: WriteWord(labels.Reference(instruction.Index)); break;
            case ImmediateShape.LabelTable: WriteLabelTable(instruction); break;
            case ImmediateShape.Function: WriteReference(NameKind.Function, instruction.Index); break;
            case ImmediateShape.Type: WriteReference(NameKind.Type, instruction.Index); break;
            case ImmediateShape.Local: WriteReference(NameKind.Local, instruction.Index); break;
            case ImmediateShape.Global: WriteReference(NameKind.Global, instruction.Index); break;
            case ImmediateShape.Tag: WriteReference(NameKind.Tag, instruction.Index); break;
            case ImmediateShape.Element: WriteReference(NameKind.Element, instruction.Index); break;
            case ImmediateShape.Data: WriteReference(NameKind.Data, instruction.Index); break;
            case ImmediateShape.Table: WriteUnlessZero(NameKind.Table, instruction.Index); break;
            case ImmediateShape.Memory: WriteUnlessZero(NameKind.Memory, instruction.Index); break;
            case ImmediateShape.TableTable: WritePairUnlessZero(NameKind.Table, instruction); break;
            case ImmediateShape.MemoryMemory: WritePairUnlessZero(NameKind.Memory, instruction); break;
            case ImmediateShape.ElementTable:
                WriteUnlessZero(NameKind.Table, instruction.Index2);
                WriteReference(NameKind.Element, instruction.Index);
                break;
            case ImmediateShape.DataMemory:
                WriteUnlessZero(NameKind.Memory, instruction.Index2);
                WriteReference(NameKind.Data, instruction.Index);
                break;
            case ImmediateShape.CallIndirect:
                WriteUnlessZero(NameKind.Table, instruction.Index2);
                types.WriteUse((int)Math.Min(instruction.Index, int.MaxValue));
                break;
            case ImmediateShape.TypeField:
                WriteReference(NameKind.Type, instruction.Index);
                WriteWord(names.FieldReference(instruction.Index, instruction.Index2));
                break;
            case ImmediateShape.TypeCount:
                WriteReference(NameKind.Type, instruction.Index);
                WriteNumber(instruction.Index2);
                break;
            case ImmediateShape.TypeType: WriteTypeAnd(NameKind.Type, instruction); break;
            case ImmediateShape.TypeData: WriteTypeAnd(NameKind.Data, instruction); break;
            case ImmediateShape.TypeElement: WriteTypeAnd(NameKind.Element, instruction); break;
            case ImmediateShape.MemoryArgument: WriteMemoryArgument(instruction); break;
            case ImmediateShape.MemoryArgumentLane:
                WriteMemoryArgument(instruction);
                WriteNumber(instruction.Lane);
                break;
            case ImmediateShape.Lane: WriteNumber(instruction.Lane); break;
            case ImmediateShape.SelectTypes: WriteSelectTypes(instruction); break;
            case ImmediateShape.Heap: WriteHeap(instruction); break;
            case ImmediateShape.BranchOnCast: WriteBranchOnCast(instruction); break;
            default: WriteConstant(instruction); break;
        }
    }

    /// <summary>Prints the catch clauses of <c>try_table</c>. Their labels do not count the block itself.</summary>
    public void WriteCatches(in Instruction instruction)
    {
        var reader = new WasmReader(instruction.Tail);
        for (var i = 0; i < instruction.Count; i++)
        {
            var clause = CatchClause.Read(ref reader);
            output.Write(clause.Kind switch
            {
                CatchKind.Catch => " (catch",
                CatchKind.CatchRef => " (catch_ref",
                CatchKind.CatchAll => " (catch_all",
                _ => " (catch_all_ref",
            });
            if (clause.HasTag) WriteReference(NameKind.Tag, clause.Tag);
            WriteWord(labels.Reference(clause.Label));
            output.Write(')');
        }
    }

    private void WriteConstant(in Instruction instruction)
    {
        switch (instruction.Info.Immediates)
        {
            case ImmediateShape.I32 or ImmediateShape.I64:
                WriteWord(((long)instruction.Bits).ToString(CultureInfo.InvariantCulture));
                break;
            case ImmediateShape.F32: WriteWord(FloatPrinter.Print32((uint)instruction.Bits)); break;
            case ImmediateShape.F64: WriteWord(FloatPrinter.Print64(instruction.Bits)); break;
            case ImmediateShape.V128:
                var (low, high) = (instruction.Bits, instruction.BitsHigh);
                WriteWord(string.Create(
                    CultureInfo.InvariantCulture,
                    $"i32x4 0x{(uint)low:x8} 0x{low >> 32:x8} 0x{(uint)high:x8} 0x{high >> 32:x8}"));
                break;
            case ImmediateShape.Shuffle:
                for (var lane = 0; lane < 16; lane++)
                {
                    var half = lane < 8 ? instruction.Bits : instruction.BitsHigh;
                    WriteNumber((half >> (lane % 8 * 8)) & 0xFF);
                }

                break;
        }
    }

    private void WriteWord(string word)
    {
        output.Write(' ');
        output.Write(word);
    }

    private void WriteNumber(ulong number)
    {
        output.Write(' ');
        output.Write(number);
    }

    private void WriteReference(NameKind kind, uint index) => WriteWord(names.Reference(kind, index));

    private void WriteUnlessZero(NameKind kind, uint index)
    {
        if (index != 0) WriteReference(kind, index);
    }

    private void WritePairUnlessZero(NameKind kind, in Instruction instruction)
    {
        if ((instruction.Index | instruction.Index2) == 0) return;
        WriteReference(kind, instruction.Index);
        WriteReference(kind, instruction.Index2);
    }

    private void WriteTypeAnd(NameKind kind, in Instruction instruction)
    {
        WriteReference(NameKind.Type, instruction.Index);
        WriteReference(kind, instruction.Index2);
    }

    private void WriteLabelTable(in Instruction instruction)
    {
        var reader = new WasmReader(instruction.Tail);
        for (var i = 0; i < instruction.Count; i++) WriteWord(labels.Reference(reader.ReadU32()));
        WriteWord(labels.Reference(instruction.Index));
    }

    private void WriteMemoryArgument(in Instruction instruction)
    {
        WriteUnlessZero(NameKind.Memory, instruction.Index);
        if (instruction.Bits != 0)
        {
            output.Write(" offset=");
            output.Write(instruction.Bits);
        }

        if (1ul << (int)instruction.Align == (ulong)instruction.Info.Width) return;
        output.Write(" align=");
        output.Write(1ul << (int)instruction.Align);
    }

    private void WriteSelectTypes(in Instruction instruction)
    {
        var reader = new WasmReader(instruction.Tail);
        output.Write(" (result");
        for (var i = 0; i < instruction.Count; i++)
        {
            output.Write(' ');
            types.Write(reader.ReadValueType([]));
        }

        output.Write(')');
    }

    private void WriteHeap(in Instruction instruction)
    {
        output.Write(' ');
        switch (instruction.Opcode)
        {
            case Opcode.RefNull: types.Write(instruction.Heap); break;
            case Opcode.RefTest or Opcode.RefCast: types.WriteReference(instruction.Heap, isNullable: false); break;
            default: types.WriteReference(instruction.Heap, isNullable: true); break;
        }
    }

    private void WriteBranchOnCast(in Instruction instruction)
    {
        WriteWord(labels.Reference(instruction.Index));
        output.Write(' ');
        types.WriteReference(instruction.Heap, (instruction.Lane & 1) != 0);
        output.Write(' ');
        types.WriteReference(instruction.Heap2, (instruction.Lane & 2) != 0);
    }
}
