using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>Structs, arrays and unboxed scalars (specification, section 3.4.3 to 3.4.6).</summary>
internal static class GcRules
{
    public static bool Step(FunctionValidator v, ref readonly Instruction instruction) =>
        Structs(v, in instruction) || NewArrays(v, in instruction) || Arrays(v, in instruction);

    private static ValueType Reference(FunctionValidator v, uint type, bool nullable) =>
        ValueType.Reference(new HeapType(v.Type(type), (int)type), nullable);

    private static bool Structs(FunctionValidator v, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.StructNew:
                var fields = v.StructType(instruction.Index).Fields;
                for (var i = fields.Length - 1; i >= 0; i--) v.Pop(fields[i].Type);
                v.Push(Reference(v, instruction.Index, nullable: false));
                return true;
            case Opcode.StructNewDefault:
                foreach (var field in v.StructType(instruction.Index).Fields) RequireDefault(v, field);
                v.Push(Reference(v, instruction.Index, nullable: false));
                return true;
            case Opcode.StructGet or Opcode.StructGetS or Opcode.StructGetU:
                var read = Field(v, in instruction);
                RequirePacking(v, read, instruction.Opcode != Opcode.StructGet);
                v.Pop(Reference(v, instruction.Index, nullable: true));
                v.Push(read.Type);
                return true;
            case Opcode.StructSet:
                var written = Field(v, in instruction);
                if (!written.IsMutable) v.Fail("immutable field: field is immutable");
                v.Pop(written.Type);
                v.Pop(Reference(v, instruction.Index, nullable: true));
                return true;
            case Opcode.RefI31:
                v.Pop(ValueType.I32);
                v.Push(ValueType.Reference(HeapKind.I31, nullable: false));
                return true;
            case Opcode.I31GetS or Opcode.I31GetU:
                v.Pop(ValueType.Reference(HeapKind.I31));
                v.Push(ValueType.I32);
                return true;
            default:
                return false;
        }
    }

    private static bool NewArrays(FunctionValidator v, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.ArrayNew:
                v.Pop(ValueType.I32);
                v.Pop(v.ArrayType(instruction.Index).Element.Type);
                break;
            case Opcode.ArrayNewDefault:
                RequireDefault(v, v.ArrayType(instruction.Index).Element);
                v.Pop(ValueType.I32);
                break;
            case Opcode.ArrayNewFixed:
                var element = v.ArrayType(instruction.Index).Element.Type;
                if (instruction.Index2 > (uint)v.Limits.ArrayNewFixedOperands)
                {
                    throw new ExhaustionException(
                        ExhaustionKind.ModuleLimit, $"array.new_fixed of {instruction.Index2} exceeds the limit of {v.Limits.ArrayNewFixedOperands} (ModuleLimits.ArrayNewFixedOperands)");
                }

                for (var i = 0u; i < instruction.Index2; i++) v.Pop(element);
                break;
            case Opcode.ArrayNewData:
                RequireNumeric(v, v.ArrayType(instruction.Index).Element);
                v.DataSegment(instruction.Index2);
                v.Pop(ValueType.I32);
                v.Pop(ValueType.I32);
                break;
            case Opcode.ArrayNewElem:
                RequireElements(v, instruction.Index, instruction.Index2);
                v.Pop(ValueType.I32);
                v.Pop(ValueType.I32);
                break;
            default:
                return false;
        }

        v.Push(Reference(v, instruction.Index, nullable: false));
        return true;
    }

    private static bool Arrays(FunctionValidator v, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU:
                var read = v.ArrayType(instruction.Index).Element;
                RequirePacking(v, read, instruction.Opcode != Opcode.ArrayGet);
                v.Pop(ValueType.I32);
                v.Pop(Reference(v, instruction.Index, nullable: true));
                v.Push(read.Type);
                return true;
            case Opcode.ArraySet:
                v.Pop(Mutable(v, instruction.Index).Type);
                v.Pop(ValueType.I32);
                v.Pop(Reference(v, instruction.Index, nullable: true));
                return true;
            case Opcode.ArrayLen:
                v.Pop(ValueType.Reference(HeapKind.Array));
                v.Push(ValueType.I32);
                return true;
            case Opcode.ArrayFill:
                var filled = Mutable(v, instruction.Index).Type;
                v.Pop(ValueType.I32);
                v.Pop(filled);
                v.Pop(ValueType.I32);
                v.Pop(Reference(v, instruction.Index, nullable: true));
                return true;
            case Opcode.ArrayCopy:
                Copy(v, in instruction);
                return true;
            case Opcode.ArrayInitData:
                RequireNumeric(v, Mutable(v, instruction.Index));
                v.DataSegment(instruction.Index2);
                PopInit(v, instruction.Index);
                return true;
            case Opcode.ArrayInitElem:
                Mutable(v, instruction.Index);
                RequireElements(v, instruction.Index, instruction.Index2);
                PopInit(v, instruction.Index);
                return true;
            default:
                return false;
        }
    }

    private static void PopInit(FunctionValidator v, uint type)
    {
        v.Pop(ValueType.I32);
        v.Pop(ValueType.I32);
        v.Pop(ValueType.I32);
        v.Pop(Reference(v, type, nullable: true));
    }

    private static void Copy(FunctionValidator v, ref readonly Instruction instruction)
    {
        var destination = Mutable(v, instruction.Index);
        var source = v.ArrayType(instruction.Index2).Element;
        if (source.Packing != destination.Packing || !Subtyping.Matches(source.Type, destination.Type))
        {
            v.Fail("array types do not match: type mismatch");
        }

        v.Pop(ValueType.I32);
        v.Pop(ValueType.I32);
        v.Pop(Reference(v, instruction.Index2, nullable: true));
        v.Pop(ValueType.I32);
        v.Pop(Reference(v, instruction.Index, nullable: true));
    }

    private static FieldType Field(FunctionValidator v, ref readonly Instruction instruction)
    {
        var fields = v.StructType(instruction.Index).Fields;
        if (instruction.Index2 >= (uint)fields.Length) v.Fail($"unknown field {instruction.Index2}");
        return fields[(int)instruction.Index2];
    }

    private static FieldType Mutable(FunctionValidator v, uint type)
    {
        var element = v.ArrayType(type).Element;
        if (!element.IsMutable) v.Fail("immutable array: array is immutable");
        return element;
    }

    private static void RequireDefault(FunctionValidator v, FieldType field)
    {
        if (!field.Type.IsDefaultable) v.Fail("type mismatch: field type is not defaultable");
    }

    private static void RequirePacking(FunctionValidator v, FieldType field, bool packed)
    {
        if (field.IsPacked != packed) v.Fail(packed ? "type mismatch: field is unpacked" : "type mismatch: field is packed");
    }

    private static void RequireNumeric(FunctionValidator v, FieldType field)
    {
        if (field.Type.IsReference) v.Fail("array type is not numeric or vector: type mismatch");
    }

    private static void RequireElements(FunctionValidator v, uint type, uint segment)
    {
        var element = v.ArrayType(type).Element;
        if (!Subtyping.Matches(v.ElementSegment(segment).Type, element.Type) || element.IsPacked)
        {
            v.Fail("type mismatch: the element segment does not fit the array");
        }
    }
}
