using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>Tables and bulk operations (specification, sections 3.4.7 and 3.4.8).</summary>
internal static class BulkRules
{
    public static bool Step(FunctionValidator v, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.MemoryInit:
                v.DataSegment(instruction.Index);
                v.Pop(ValueType.I32);
                v.Pop(ValueType.I32);
                v.Pop(v.Memory(instruction.Index2).Limits.AddressType);
                return true;
            case Opcode.MemoryFill:
                var address = v.Memory(instruction.Index).Limits.AddressType;
                v.Pop(address);
                v.Pop(ValueType.I32);
                v.Pop(address);
                return true;
            case Opcode.MemoryCopy:
                Copy(v, v.Memory(instruction.Index).Limits, v.Memory(instruction.Index2).Limits);
                return true;
            case Opcode.TableCopy:
                TableCopy(v, in instruction);
                return true;
            case Opcode.TableInit:
                TableInit(v, in instruction);
                return true;
            case Opcode.TableGet:
                var read = v.Table(instruction.Index);
                v.Pop(read.Limits.AddressType);
                v.Push(read.Element);
                return true;
            case Opcode.TableSet:
                var written = v.Table(instruction.Index);
                v.Pop(written.Element);
                v.Pop(written.Limits.AddressType);
                return true;
            case Opcode.TableSize:
                v.Push(v.Table(instruction.Index).Limits.AddressType);
                return true;
            case Opcode.TableGrow:
                var grown = v.Table(instruction.Index);
                v.Pop(grown.Limits.AddressType);
                v.Pop(grown.Element);
                v.Push(grown.Limits.AddressType);
                return true;
            case Opcode.TableFill:
                var filled = v.Table(instruction.Index);
                v.Pop(filled.Limits.AddressType);
                v.Pop(filled.Element);
                v.Pop(filled.Limits.AddressType);
                return true;
            default:
                return false;
        }
    }

    private static void TableCopy(FunctionValidator v, ref readonly Instruction instruction)
    {
        var destination = v.Table(instruction.Index);
        var source = v.Table(instruction.Index2);
        if (!Subtyping.Matches(source.Element, destination.Element)) v.Fail("type mismatch: table.copy between tables of different types");
        Copy(v, destination.Limits, source.Limits);
    }

    private static void TableInit(FunctionValidator v, ref readonly Instruction instruction)
    {
        var table = v.Table(instruction.Index2);
        var segment = v.ElementSegment(instruction.Index);
        if (!Subtyping.Matches(segment.Type, table.Element)) v.Fail("type mismatch: table.init from a segment of another type");
        v.Pop(ValueType.I32);
        v.Pop(ValueType.I32);
        v.Pop(table.Limits.AddressType);
    }

    /// <summary>The length is 64-bit only when both sides are.</summary>
    private static void Copy(FunctionValidator v, Limits destination, Limits source)
    {
        v.Pop(destination.Is64 && source.Is64 ? ValueType.I64 : ValueType.I32);
        v.Pop(source.AddressType);
        v.Pop(destination.AddressType);
    }
}
