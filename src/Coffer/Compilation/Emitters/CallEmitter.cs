using System.Collections.Immutable;
using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>Calls in every form (specification, section 4.6.11).</summary>
internal static class CallEmitter
{
    public static bool Emit(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var index = (int)instruction.Index;
        switch (instruction.Opcode)
        {
            case Opcode.Call:
                EmitDirect(c, index, tail: false);
                UnpackResults(c, c.Module.FunctionTypeOf(index));
                return true;
            case Opcode.CallIndirect:
                EmitThroughReference(c, ResolveElement(c, in instruction), index, tail: false);
                UnpackResults(c, c.Module.Types[index].Function!);
                return true;
            case Opcode.CallRef:
                EmitThroughReference(c, ResolveReference(c), index, tail: false);
                UnpackResults(c, c.Module.Types[index].Function!);
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// A tail call. The operands were validated but not popped from the CIL stack: besides the arguments, values that
    /// the function leaves behind may lie below.
    /// </summary>
    public static void EmitTail(FunctionCompiler c, ref readonly Instruction instruction, int onStack)
    {
        var index = (int)instruction.Index;
        var type = instruction.Opcode == Opcode.ReturnCall ? c.Module.FunctionTypeOf(index) : c.Module.Types[index].Function!;
        var function = instruction.Opcode switch
        {
            Opcode.ReturnCallIndirect => ResolveElement(c, in instruction),
            Opcode.ReturnCallRef => ResolveReference(c),
            _ => -1,
        };
        var extra = onStack - type.Parameters.Length - (function >= 0 ? 1 : 0);
        if (c.TryDepth > 0 || extra > 0)
        {
            var temps = c.Temps.Store(type.Parameters);
            if (c.TryDepth > 0)
            {
                LeaveAndCall(c, index, function, type, temps);
                return;
            }

            for (; extra > 0; extra--) c.Il.Op(ILOpCode.Pop);
            c.Temps.Load(temps, release: false);
        }

        EmitTailCall(c, index, function);
    }

    /// <summary>A call that leaves try regions happens outside of them, after the body.</summary>
    private static void LeaveAndCall(FunctionCompiler c, int index, int function, FunctionType type, int[] temps)
    {
        var label = c.Il.NewLabel();
        c.Il.Branch(ILOpCode.Leave, label);

        // The temporaries stay taken until the end of the function, since the trampoline comes after it.
        var pending = c.Metering.Pending;
        c.Frame.Trampolines.Add(() =>
        {
            c.Il.Mark(label);
            c.Metering.Resume(pending);
            c.Temps.Load(temps, release: false);
            EmitTailCall(c, index, function);
        });
        if (function >= 0) c.Temps.Keep(function);
    }

    private static void EmitTailCall(FunctionCompiler c, int index, int function)
    {
        if (function >= 0) EmitThroughReference(c, function, index, tail: true);
        else EmitDirect(c, index, tail: true);
        c.Il.Op(ILOpCode.Ret);
    }

    private static void EmitDirect(FunctionCompiler c, int function, bool tail)
    {
        c.Frame.HasCalls = true;
        c.Metering.CountCall(function);
        if (function < c.Module.ImportedFunctions)
        {
            c.Metering.Settle();
            c.LoadField(FieldKind.ImportContext, function);
            c.LoadField(FieldKind.ImportCode, function);
            if (tail) c.Il.Op(ILOpCode.Tail);
            c.Il.Op(ILOpCode.Calli, c.Fragment.CallSite(c.Module.FunctionTypeOf(function)));
            return;
        }

        c.Fragment.Calls.Add(function);
        if (tail) c.Metering.Settle();
        else if (c.TryDepth > 0) c.Metering.CountAll();
        c.LoadInstance();
        if (tail) c.Il.Op(ILOpCode.Tail);
        c.Il.Op(ILOpCode.Call, c.Fragment.FunctionToken(function));
    }

    /// <summary>Pops a table index and leaves the function found there, checked, in a temporary.</summary>
    private static int ResolveElement(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.Frame.HasCalls = true;
        var table = c.Module.Tables[(int)instruction.Index2].Type;
        c.LoadField(FieldKind.Table, (int)instruction.Index2);
        c.LoadField(FieldKind.Type, (int)instruction.Index);
        c.Call(Members.Method(
            typeof(TableOps), table.Limits.Is64 ? nameof(TableOps.Resolve64) : nameof(TableOps.Resolve)));
        var temp = c.Temps.Take(CilType.FuncRef);
        c.Il.StoreLocal(temp);
        return temp;
    }

    private static int ResolveReference(FunctionCompiler c)
    {
        c.Frame.HasCalls = true;
        c.Call(Members.Method(typeof(TableOps), nameof(TableOps.NonNullFunction)));
        var temp = c.Temps.Take(CilType.FuncRef);
        c.Il.StoreLocal(temp);
        return temp;
    }

    private static void EmitThroughReference(FunctionCompiler c, int function, int type, bool tail)
    {
        c.Metering.CountCall();
        c.Metering.Settle();
        c.Il.LoadLocal(function);
        c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.Field<FuncRef>(nameof(FuncRef.Context))));
        c.Il.LoadLocal(function);
        c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.Field<FuncRef>(nameof(FuncRef.Code))));
        if (tail) c.Il.Op(ILOpCode.Tail);
        c.Il.Op(ILOpCode.Calli, c.Fragment.CallSite(c.Module.Types[type].Function!));
        c.Temps.Free(function);
    }

    /// <summary>Puts the results of a call on the CIL stack one by one.</summary>
    public static void UnpackResults(FunctionCompiler c, FunctionType type)
    {
        var shape = c.Fragment.ShapeOf(type);
        if (shape.IsTuple)
        {
            var temp = c.Temps.Take(shape.Local);
            c.Il.StoreLocal(temp);
            for (var i = 0; i < shape.Results.Length; i++)
            {
                c.Il.LoadLocal(temp);
                c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(shape.ClrType.GetField($"Item{i + 1}")!));
            }
        }
        else if (shape.IsBuffered)
        {
            for (var i = 0; i < shape.Results.Length; i++)
            {
                c.LoadInstance();
                c.Il.LoadI4(i);
                c.Call(Members.Method(typeof(ResultOps), "Get" + CilTypes.Of(shape.Results[i])));
            }
        }
    }

    /// <summary>Packs the results on the CIL stack as the function returns them, and returns.</summary>
    public static void EmitReturn(FunctionCompiler c)
    {
        c.Metering.End();
        var shape = c.Fragment.ShapeOf(c.Type);
        if (shape.IsTuple)
        {
            c.Il.Op(ILOpCode.Newobj, c.Fragment.Token(shape.ClrType.GetConstructor(shape.ClrType.GetGenericArguments())!));
        }
        else if (shape.IsBuffered)
        {
            var temps = c.Temps.Store(shape.Results);
            for (var i = 0; i < temps.Length; i++)
            {
                c.LoadInstance();
                c.Il.LoadI4(i);
                c.Il.LoadLocal(temps[i]);
                c.Call(Members.Method(typeof(ResultOps), "Set" + CilTypes.Of(shape.Results[i])));
            }

            foreach (var temp in temps) c.Temps.Free(temp);
        }

        c.Il.Op(ILOpCode.Ret);
    }
}
