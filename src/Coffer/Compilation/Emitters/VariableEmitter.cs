using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>Globals, drop and select; locals are those of <see cref="WasmLocals"/>.</summary>
internal static class VariableEmitter
{
    /// <summary>Whether an instruction belongs here, or is one of locals.</summary>
    public static bool Handles(Opcode opcode) =>
        opcode is >= Opcode.LocalGet and <= Opcode.GlobalSet or Opcode.Drop or Opcode.Select or Opcode.SelectTyped;

    public static void Emit(FunctionCompiler c, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.GlobalGet:
                GlobalGet(c, (int)instruction.Index);
                break;
            case Opcode.GlobalSet:
                GlobalSet(c, (int)instruction.Index);
                break;
            case Opcode.Drop:
                Drop(c);
                break;
            default:
                Select(c);
                break;
        }
    }

    private static void GlobalGet(FunctionCompiler c, int index)
    {
        var type = c.Module.Globals[index].Type.Type;
        if (c.Validator.IsConstant)
        {
            // Constant expressions run before the instance's fields are filled.
            c.LoadInstance();
            c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.Field<GuestInstance>(nameof(GuestInstance.Globals))));
            c.Il.LoadI4(index);
            c.Il.Op(ILOpCode.Ldelem_ref);
            c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.GlobalField(type)));
        }
        else if (c.GlobalHasCell[index])
        {
            c.LoadField(FieldKind.GlobalCell, index);
            c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.GlobalField(type)));
        }
        else
        {
            c.LoadField(FieldKind.GlobalValue, index);
        }
    }

    private static void GlobalSet(FunctionCompiler c, int index)
    {
        var type = c.Module.Globals[index].Type.Type;
        var hasCell = c.GlobalHasCell[index];
        Span<byte> simple = stackalloc byte[16];
        var length = c.TakeSimple(simple);
        var temp = -1;
        if (length == 0)
        {
            temp = c.Temps.Take(CilTypes.Of(type));
            c.Il.StoreLocal(temp);
        }

        if (hasCell) c.LoadField(FieldKind.GlobalCell, index);
        else c.LoadInstance();
        if (length > 0) c.Il.Raw(simple[..length]);
        else c.Il.LoadLocal(temp);
        c.Il.Op(ILOpCode.Stfld, hasCell ? c.Fragment.Token(Members.GlobalField(type)) : c.Fragment.InstanceField(FieldKind.GlobalValue, index));
        if (temp >= 0) c.Temps.Free(temp);
    }

    /// <summary>
    /// RyuJIT turns a load that nobody uses into a touch of its first bytes, which may be inside the memory when its
    /// last are not. So a computed value is dropped by passing it to a method.
    /// </summary>
    private static void Drop(FunctionCompiler c)
    {
        // A call's result, or a local, needs no such care.
        if (c.DropsComputedNumber) c.Call(Members.Method(typeof(MemoryAccess), "Drop" + c.DroppedType));
        else c.Il.Op(ILOpCode.Pop);
    }

    /// <summary>
    /// In the form that RyuJIT turns into a conditional move: a local that gets one of two values. The condition stays on
    /// the stack, so that a comparison becomes part of the branch.
    /// </summary>
    private static void Select(FunctionCompiler c)
    {
        var result = c.Temps.Take(CilTypes.Of(c.Validator.Operand(c.Validator.Count - 1)));
        var first = c.Il.NewLabel();
        var end = c.Il.NewLabel();
        c.Il.Branch(ILOpCode.Brtrue, first);
        c.Il.StoreLocal(result);
        c.Il.Op(ILOpCode.Pop);
        c.Il.Branch(ILOpCode.Br, end);
        c.Il.Mark(first);
        c.Il.Op(ILOpCode.Pop);
        c.Il.StoreLocal(result);
        c.Il.Mark(end);
        c.Il.LoadLocal(result);
        c.Temps.Free(result);
    }
}
