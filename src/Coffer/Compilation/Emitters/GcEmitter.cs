using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Structs, arrays, unboxed scalars and casts (specification, sections 4.6.4 to 4.6.6). References are of type
/// <see cref="object"/> on the CIL stack; validation has made sure of their classes, so no class is looked at again.
/// </summary>
internal static class GcEmitter
{
    public static bool Emit(FunctionCompiler c, ref readonly Instruction instruction) =>
        EmitScalar(c, instruction.Opcode) || StructEmitter.Emit(c, in instruction) || ArrayEmitter.Emit(c, in instruction)
        || CastEmitter.Emit(c, in instruction);

    private static bool EmitScalar(FunctionCompiler c, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.RefI31:
                c.Call(Members.Method(typeof(I31Object), nameof(I31Object.Create)));
                return true;
            case Opcode.I31GetS:
                c.Call(Members.Method(typeof(I31Object), nameof(I31Object.GetSigned)));
                return true;
            case Opcode.I31GetU:
                c.Call(Members.Method(typeof(I31Object), nameof(I31Object.GetUnsigned)));
                return true;
            case Opcode.RefEq:
                // Only scalars are equal without being the same object.
                if (CannotBeScalar(c.Consumed(0)) || CannotBeScalar(c.Consumed(1))) c.Il.Op(ILOpCode.Ceq);
                else c.Call(Members.Method(typeof(Casting), nameof(Casting.AreEqual)));
                return true;
            case Opcode.AnyConvertExtern or Opcode.ExternConvertAny:
                return true;
            default:
                return false;
        }
    }

    private static bool CannotBeScalar(ValueType type) =>
        type.Heap.Kind is HeapKind.Concrete or HeapKind.Struct or HeapKind.Array or HeapKind.None;

    /// <summary>Loads a type of the module.</summary>
    public static void LoadType(FunctionCompiler c, int index)
    {
        if (!c.Validator.IsConstant)
        {
            c.LoadField(FieldKind.Type, index);
            return;
        }

        // Constant expressions run before the instance's fields are filled.
        LoadElement(c, nameof(GuestInstance.Types), index);
        c.Il.Op(ILOpCode.Ldelem_ref);
    }

    /// <summary>Loads an array of the instance and an index into it.</summary>
    public static void LoadElement(FunctionCompiler c, string array, int index)
    {
        c.LoadInstance();
        c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.Field<GuestInstance>(array)));
        c.Il.LoadI4(index);
    }

    /// <summary>Loads the heap that allocations are charged to.</summary>
    public static void LoadHeap(FunctionCompiler c)
    {
        c.LoadInstance();
        c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.Field<GuestInstance>(nameof(GuestInstance.Heap))));
    }

    /// <summary>How a value that was loaded from packed storage is extended: storage is signed.</summary>
    public static void Extend(FunctionCompiler c, FieldType field, bool signed)
    {
        if (signed || !field.IsPacked) return;
        c.Il.Op(field.Packing == Packing.I8 ? ILOpCode.Conv_u1 : ILOpCode.Conv_u2);
    }
}
