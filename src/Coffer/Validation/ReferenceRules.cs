using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>References and casts (specification, sections 3.4.2 and 3.4.10).</summary>
internal static class ReferenceRules
{
    public static bool Step(FunctionValidator v, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.RefNull:
                v.Push(ValueType.Reference(v.Heap(instruction.Heap)));
                return true;
            case Opcode.RefIsNull:
                v.PopReference();
                v.Push(ValueType.I32);
                return true;
            case Opcode.RefFunc:
                RefFunc(v, instruction.Index);
                return true;
            case Opcode.RefAsNonNull:
                v.Push(v.PopReference().AsNonNullable());
                return true;
            case Opcode.RefEq:
                v.Pop(ValueType.Reference(HeapKind.Eq));
                v.Pop(ValueType.Reference(HeapKind.Eq));
                v.Push(ValueType.I32);
                return true;
            case Opcode.BrOnNull:
                BranchOnNull(v, instruction.Index);
                return true;
            case Opcode.BrOnNonNull:
                BranchOnNonNull(v, instruction.Index);
                return true;
            case Opcode.RefTest or Opcode.RefTestNull:
                PopHierarchy(v, instruction.Heap);
                v.Push(ValueType.I32);
                return true;
            case Opcode.RefCast or Opcode.RefCastNull:
                PopHierarchy(v, instruction.Heap);
                v.Push(ValueType.Reference(instruction.Heap, instruction.Opcode == Opcode.RefCastNull));
                return true;
            case Opcode.BrOnCast or Opcode.BrOnCastFail:
                BranchOnCast(v, in instruction);
                return true;
            case Opcode.AnyConvertExtern:
                Convert(v, HeapKind.Extern, HeapKind.Any);
                return true;
            case Opcode.ExternConvertAny:
                Convert(v, HeapKind.Any, HeapKind.Extern);
                return true;
            default:
                return false;
        }
    }

    private static void RefFunc(FunctionValidator v, uint function)
    {
        var type = v.FunctionTypeOf(function);
        if (!v.IsConstant && !v.Module.DeclaredFunctions.Contains((int)function))
        {
            v.Fail($"undeclared function reference: function {function} occurs in no element segment, export or global");
        }

        var heap = (v.Features & Features.FunctionReferences) == 0
            ? new HeapType(HeapKind.Func)
            : new HeapType(type, v.Module.Functions[(int)function].TypeIndex);
        v.Push(ValueType.Reference(heap, nullable: false));
    }

    private static void BranchOnNull(FunctionValidator v, uint label)
    {
        var type = v.PopReference();
        var types = v.Label(label).LabelTypes;
        v.Pop(types);
        v.Push(types);
        v.Push(type.AsNonNullable());
    }

    private static void BranchOnNonNull(FunctionValidator v, uint label)
    {
        var types = v.Label(label).LabelTypes;
        var type = v.PopReference();
        if (types.Length == 0 || !Subtyping.Matches(type.AsNonNullable(), types[^1]))
        {
            v.Fail("type mismatch: br_on_non_null needs a label that takes the reference");
        }

        var rest = types.RemoveAt(types.Length - 1);
        v.Pop(rest);
        v.Push(rest);
    }

    /// <summary>A cast may start from anything in the hierarchy of its target.</summary>
    private static void PopHierarchy(FunctionValidator v, HeapType target) =>
        v.Pop(ValueType.Reference(Subtyping.Top(v.Heap(target))));

    private static void BranchOnCast(FunctionValidator v, ref readonly Instruction instruction)
    {
        var types = v.Label(instruction.Index).LabelTypes;
        var source = v.Value(ValueType.Reference(instruction.Heap, (instruction.Lane & 1) != 0));
        var target = v.Value(ValueType.Reference(instruction.Heap2, (instruction.Lane & 2) != 0));
        if (!Subtyping.Matches(target, source)) v.Fail("type mismatch: the target of a cast must be a subtype of its source");
        var rest = Subtyping.Difference(source, target);
        var (branches, stays) = instruction.Opcode == Opcode.BrOnCast ? (target, rest) : (rest, target);
        if (types.Length == 0 || !Subtyping.Matches(branches, types[^1])) v.Fail("type mismatch: the label does not take the reference");
        v.Pop(source);
        var others = types.RemoveAt(types.Length - 1);
        v.Pop(others);
        v.Push(others);
        v.Push(stays);
    }

    private static void Convert(FunctionValidator v, HeapKind from, HeapKind to)
    {
        var type = v.PopReference();
        if (type.Heap.Kind != HeapKind.Bottom && !Subtyping.Matches(type, ValueType.Reference(from)))
        {
            v.Fail($"type mismatch: expected {ValueType.Reference(from)}, found {type}");
        }

        v.Push(ValueType.Reference(to, type.IsNullable));
    }
}
