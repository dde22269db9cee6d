using System.Reflection.Metadata;
using System.Runtime.Intrinsics;
using Coffer.Instructions;

namespace Coffer.Compilation.Emitters;

/// <summary>Writes the steps of instructions that are intrinsics.</summary>
internal static class IntrinsicEmitter
{
    /// <summary>
    /// Writes an instruction whose operands are on the stack, an address as a pointer and a lane as a number.
    /// </summary>
    /// <returns>Whether it is one; if not, nothing was written.</returns>
    public static bool TryEmit(FunctionCompiler c, Opcode opcode) =>
        TryEmit(c, StepsOf(opcode, c.PreviousOpcode));

    private static IntrinsicStep[]? StepsOf(Opcode opcode, Opcode previous) =>
        (previous is Opcode.I32Const or Opcode.I64Const ? null : ScalarIntrinsics.FindVariableRotation(opcode))
        ?? ScalarIntrinsics.Find(opcode) ?? VectorIntrinsics.Find(opcode);

    /// <summary>Writes a shuffle of two operands on the stack, whose lanes are not there.</summary>
    /// <returns>Whether it is an intrinsic; if not, nothing was written.</returns>
    public static bool TryEmitShuffle(FunctionCompiler c, ulong low, ulong high) =>
        TryEmit(c, ShuffleIntrinsics.Find(Vector128.Create(low, high).AsByte()));

    /// <summary>Writes an instruction with a lane, where its operands are on the stack and the lane is not.</summary>
    /// <returns>Whether it is such an intrinsic; if not, nothing was written.</returns>
    public static bool TryEmitLane(FunctionCompiler c, Opcode opcode, byte lane) =>
        TryEmit(c, LaneIntrinsics.Find(opcode, lane));

    private static bool TryEmit(FunctionCompiler c, IntrinsicStep[]? steps)
    {
        if (steps is null)
            return false;

        Span<int> scratch = stackalloc int[3];
        var (taken, held) = (0, -1);
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case IntrinsicStepKind.Call:
                    c.Il.Op(ILOpCode.Call, c.Fragment.Token(step.Method!));
                    break;
                case IntrinsicStepKind.Constant:
                    NumericEmitter.EmitVector(c, step.Constant.AsUInt64()[0], step.Constant.AsUInt64()[1]);
                    break;
                case IntrinsicStepKind.Number:
                    c.Il.LoadI4(step.Index);
                    break;
                case IntrinsicStepKind.Cil:
                    c.Il.Op(step.Code);
                    break;
                case IntrinsicStepKind.Take:
                    for (taken = 0; taken < step.Index; taken++)
                        scratch[taken] = c.Temps.Take(CilType.V128);
                    for (var i = taken - 1; i >= 0; i--)
                        c.Il.StoreLocal(scratch[i]);
                    break;
                case IntrinsicStepKind.Get:
                    c.Il.LoadLocal(scratch[step.Index]);
                    break;
                case IntrinsicStepKind.Hold:
                    held = c.Temps.Take((CilType)step.Index);
                    c.Il.StoreLocal(held);
                    break;
                case IntrinsicStepKind.Held:
                    c.Il.LoadLocal(held);
                    break;
            }
        }

        foreach (var temp in scratch[..taken])
            c.Temps.Free(temp);
        if (held >= 0)
            c.Temps.Free(held);
        return true;
    }
}
