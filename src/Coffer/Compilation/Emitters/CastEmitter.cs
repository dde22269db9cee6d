using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Tests and casts of references (specification, section 4.6.4). What validation knows of the operand decides how much
/// is left to test.
/// </summary>
internal static class CastEmitter
{
    public static bool Emit(FunctionCompiler c, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.RefTest or Opcode.RefTestNull:
                EmitTest(c, c.Consumed(0), Target(in instruction, Opcode.RefTestNull));
                return true;
            case Opcode.RefCast or Opcode.RefCastNull:
                EmitCast(c, c.Consumed(0), Target(in instruction, Opcode.RefCastNull));
                return true;
            default:
                return false;
        }
    }

    private static ValueType Target(ref readonly Instruction instruction, Opcode nullable) =>
        ValueType.Reference(instruction.Heap, instruction.Opcode == nullable);

    /// <summary>Replaces the reference on the stack by whether it is of a type.</summary>
    public static void EmitTest(FunctionCompiler c, ValueType source, ValueType target)
    {
        var isNullable = source.IsNullable && target.IsNullable;
        if (Subtyping.Matches(source, target))
        {
            c.Il.Op(ILOpCode.Pop);
            c.Il.LoadI4(1);
        }
        else if (IsBottom(target.Heap) && isNullable)
        {
            c.Il.Op(ILOpCode.Ldnull);
            c.Il.Op(ILOpCode.Ceq);
        }
        else if (IsBottom(target.Heap))
        {
            c.Il.Op(ILOpCode.Pop);
            c.Il.LoadI4(0);
        }
        else if (Subtyping.Matches(source.Heap, target.Heap))
        {
            c.Il.Op(ILOpCode.Ldnull);
            c.Il.Op(ILOpCode.Cgt_un);
        }
        else
        {
            Call(c, "Is", source.Heap, target.Heap, isNullable);
        }
    }

    private static void EmitCast(FunctionCompiler c, ValueType source, ValueType target)
    {
        if (Subtyping.Matches(source, target)) return;
        if (Subtyping.Matches(source.Heap, target.Heap)) c.Call(Members.Method(typeof(CastOps), nameof(CastOps.AsNotNull)));
        else if (IsBottom(target.Heap)) c.Call(Members.Method(typeof(CastOps), target.IsNullable ? nameof(CastOps.AsNull) : nameof(CastOps.Fail)));
        else Call(c, "As", source.Heap, target.Heap, source.IsNullable && target.IsNullable);
    }

    private static bool IsBottom(HeapType type) =>
        type.Kind is HeapKind.None or HeapKind.NoFunc or HeapKind.NoExtern or HeapKind.NoExn;

    /// <summary>Calls the operation of <see cref="CastOps"/> that is named by what it does and to what.</summary>
    private static void Call(FunctionCompiler c, string verb, HeapType source, HeapType target, bool nullable)
    {
        var kind = target.IsConcrete ? OfConcrete(source, target.Definition!) : target.Kind.ToString();
        if (target.IsConcrete) GcEmitter.LoadType(c, target.Index);
        c.Call(Members.Method(typeof(CastOps), verb + kind + (nullable ? "OrNull" : "")));
    }

    private static string OfConcrete(HeapType source, DefinedType target)
    {
        if (target.Function is not null) return target.IsFinal ? "ExactFunction" : "Function";
        var known = source.Kind is HeapKind.Concrete or HeapKind.Struct or HeapKind.Array;
        return (known ? "" : "Any") + (target.IsFinal ? "Exact" : "Instance");
    }
}
