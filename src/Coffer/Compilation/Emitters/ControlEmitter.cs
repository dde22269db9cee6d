using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Validation;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Blocks, and which control instruction is whose. At every label of a block the CIL stack is empty: what a branch carries goes
/// through the block's temporaries.
/// </summary>
internal static class ControlEmitter
{
    /// <summary>Validates and emits a control instruction; false when it is none.</summary>
    public static bool Step(FunctionCompiler c, ref Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.Block:
                c.SpillAll();
                Enter(c, in instruction);
                return true;
            case Opcode.Loop:
                Loop(c, in instruction);
                return true;
            case Opcode.If:
                If(c, in instruction);
                return true;
            case Opcode.Else:
                Else(c, in instruction);
                return true;
            case Opcode.End:
                End(c, in instruction);
                return true;
            case Opcode.Unreachable:
                Leave(c, in instruction);
                if (!c.Dead) c.EmitTrap(nameof(Runtime.Trap.Unreachable));
                c.Dead = true;
                return true;
            case Opcode.Br:
                BranchEmitter.Branch(c, in instruction, instruction.Index);
                return true;
            case Opcode.Return:
                BranchEmitter.Branch(c, in instruction, (uint)c.Validator.Depth - 1);
                return true;
            case Opcode.BrIf:
                BranchEmitter.BranchIf(c, in instruction);
                return true;
            case Opcode.BrTable:
                SwitchEmitter.Emit(c, in instruction);
                return true;
            case Opcode.ReturnCall or Opcode.ReturnCallIndirect or Opcode.ReturnCallRef:
                var onStack = Leave(c, in instruction);
                if (!c.Dead) CallEmitter.EmitTail(c, in instruction, onStack);
                c.Dead = true;
                return true;
            case Opcode.BrOnNull or Opcode.BrOnNonNull or Opcode.BrOnCast or Opcode.BrOnCastFail:
                BranchEmitter.BranchOnReference(c, in instruction);
                return true;
            default:
                return ExceptionEmitter.Step(c, in instruction);
        }
    }

    /// <summary>Reloads, validates; returns how many operands were on the CIL stack before.</summary>
    public static int Leave(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.Reload();
        var onStack = c.Spills.OnStack;
        c.Validator.Step(in instruction);
        return onStack;
    }

    public static ControlFrame Enter(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.Validator.Step(in instruction);
        var frame = c.Validator.Top;
        var state = c.StateOf(frame);
        state.Reset();
        state.EnteredDead = c.Dead;
        state.TryDepth = c.TryDepth;
        state.Start = c.Bounds.Here;
        return frame;
    }

    private static void Loop(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.SpillAll();
        var frame = Enter(c, in instruction);
        if (c.Dead) return;
        c.StateOf(frame).Label = c.Il.NewLabel();
        c.StateOf(frame).LabelTemps = Keep(c, frame);
        c.StateOf(frame).LabelPending = c.Metering.Meet(-1);
        c.StateOf(frame).RoundLabel = c.Metering.BeginLoop(c.StateOf(frame).Label);
        c.Bounds.BeginLoop(instruction.Offset);
    }

    /// <summary>The temporaries of a block's parameters, which stay taken while the block is open.</summary>
    private static int[] Keep(FunctionCompiler c, ControlFrame frame)
    {
        if (frame.Parameters.Length == 0) return [];
        var temps = new int[frame.Parameters.Length];
        for (var i = 0; i < temps.Length; i++) temps[i] = c.Spills.Keep(frame.Height + i);
        return temps;
    }

    private static void If(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var condition = -1;
        if (!c.Dead)
        {
            if (c.Spills.TopIsSpilled) c.Spills.ReloadTop();
            if (c.Spills.OnStack > 1)
            {
                condition = c.Temps.Take(CilType.I32);
                c.Il.StoreLocal(condition);
            }
        }

        var frame = Enter(c, in instruction);
        if (c.Dead) return;
        c.SpillAll();
        if (condition >= 0)
        {
            c.Il.LoadLocal(condition);
            c.Temps.Free(condition);
        }

        c.StateOf(frame).ElseLabel = c.Il.NewLabel();
        c.StateOf(frame).ElsePending = c.Metering.Meet(-1);
        c.Il.Branch(c.BranchWhen(false), c.StateOf(frame).ElseLabel);
        c.StateOf(frame).ParameterTemps = Keep(c, frame);
    }

    private static void Else(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var frame = c.Validator.Top;
        if (!c.Dead) c.Reload();
        c.Validator.Step(in instruction);
        if (!c.Dead) BranchEmitter.JumpToEnd(c, frame, ILOpCode.Br);
        c.Spills.Drop(frame.Height);
        c.Dead = c.StateOf(frame).EnteredDead;
        if (c.Dead) return;
        c.Il.Mark(c.StateOf(frame).ElseLabel);
        c.Bounds.Join(c.StateOf(frame).Start);
        c.Metering.Resume(c.StateOf(frame).ElsePending);
        c.StateOf(frame).ElseLabel = -1;
        c.Spills.Set(frame.Height, c.StateOf(frame).ParameterTemps!, keep: true);
    }

    private static void End(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var frame = c.Validator.Top;
        if (!c.Dead) c.Reload();
        var kind = frame.Kind;
        c.Validator.Step(in instruction);
        if (c.Validator.Depth == 0)
        {
            EndFunction(c, frame);
            return;
        }

        if (kind is Opcode.TryTable) ExceptionEmitter.EndTryTable(c, frame);
        else if (kind is Opcode.Try or Opcode.Catch or Opcode.CatchAll) ExceptionEmitter.EndLegacyTry(c, frame, kind);
        else if (kind == Opcode.If) EndWithoutElse(c, frame);
        EndBlock(c, frame, kind);
    }

    private static void EndFunction(FunctionCompiler c, ControlFrame frame)
    {
        if (!c.Dead) CallEmitter.EmitReturn(c);
        if (c.Frame.ReturnLabel >= 0)
        {
            c.Il.Mark(c.Frame.ReturnLabel);
            c.Metering.Resume(c.StateOf(frame).LabelPending);
            c.Temps.Load(c.StateOf(frame).LabelTemps!, release: false);
            CallEmitter.EmitReturn(c);
        }

        c.Dead = true;
    }

    /// <summary>An <c>if</c> without <c>else</c>: when the condition is false, its parameters are its results.</summary>
    private static void EndWithoutElse(FunctionCompiler c, ControlFrame frame)
    {
        if (c.StateOf(frame).EnteredDead) return;
        if (frame.Results.Length > 0)
        {
            if (!c.Dead) BranchEmitter.JumpToEnd(c, frame, ILOpCode.Br);
            c.Il.Mark(c.StateOf(frame).ElseLabel);
            c.Metering.Resume(c.StateOf(frame).ElsePending);
            c.Temps.Load(c.StateOf(frame).ParameterTemps!, release: false);
        }
        else
        {
            if (!c.Dead) c.Metering.Meet(c.StateOf(frame).ElsePending);
            c.Il.Mark(c.StateOf(frame).ElseLabel);
            c.Metering.Resume(c.StateOf(frame).ElsePending);
        }

        c.Bounds.Join(c.StateOf(frame).Start);
        c.Dead = false;
    }

    /// <summary>Ends any block: its results are on the CIL stack, or the end cannot be reached by falling through.</summary>
    public static void EndBlock(FunctionCompiler c, ControlFrame frame, Opcode kind)
    {
        var state = c.StateOf(frame);
        var isLoop = kind == Opcode.Loop;
        var joined = state.LabelUsed && !isLoop;
        int[]? temps = isLoop ? null : state.LabelTemps;
        var inTemps = frame.Results.Length > 0 && (joined || frame.Height > c.Validator.Top.Height);
        if (!c.Dead && inTemps)
        {
            temps ??= c.Temps.Take(frame.Results);
            for (var i = temps.Length - 1; i >= 0; i--) c.Il.StoreLocal(temps[i]);
        }

        c.Spills.Drop(frame.Height);
        if (joined)
        {
            if (!c.Dead) BranchEmitter.MeetLabel(c, frame);
            c.Il.Mark(state.Label);
            c.Bounds.Join(state.FirstBranch);
            c.Metering.Resume(state.LabelPending);
            c.Dead = false;
        }

        if (!c.Dead && inTemps) c.Spills.Set(frame.Height, temps!, keep: false);
        else if (!state.EnteredDead) c.Spills.SetOnStack(frame.Height);

        // A block in dead code spilled nothing when it began: the operands below it are as they were.
        foreach (var temp in state.ParameterTemps ?? []) c.Temps.Free(temp);
        if (isLoop) foreach (var temp in state.LabelTemps ?? []) c.Temps.Free(temp);
    }
}
