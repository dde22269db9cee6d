using System.Reflection.Metadata;
using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;
using Coffer.Validation;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Blocks and branches. At every label of a block the CIL stack is empty: what a branch carries goes through the
/// block's temporaries.
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
                Branch(c, in instruction, instruction.Index);
                return true;
            case Opcode.Return:
                Branch(c, in instruction, (uint)c.Validator.Depth - 1);
                return true;
            case Opcode.BrIf:
                BranchIf(c, in instruction);
                return true;
            case Opcode.BrTable:
                BranchTable(c, in instruction);
                return true;
            case Opcode.ReturnCall or Opcode.ReturnCallIndirect or Opcode.ReturnCallRef:
                var onStack = Leave(c, in instruction);
                if (!c.Dead) CallEmitter.EmitTail(c, in instruction, onStack);
                c.Dead = true;
                return true;
            case Opcode.BrOnNull or Opcode.BrOnNonNull or Opcode.BrOnCast or Opcode.BrOnCastFail:
                BranchOnReference(c, in instruction);
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
        if (!c.Dead) JumpToEnd(c, frame, ILOpCode.Br);
        c.Spills.Drop(frame.Height);
        c.Dead = c.StateOf(frame).EnteredDead;
        if (c.Dead) return;
        c.Il.Mark(c.StateOf(frame).ElseLabel);
        c.Bounds.Join(c.StateOf(frame).Start);
        c.Metering.Resume(c.StateOf(frame).ElsePending);
        c.StateOf(frame).ElseLabel = -1;
        c.Spills.Set(frame.Height, c.StateOf(frame).ParameterTemps!, keep: true);
    }

    /// <summary>Stores what is on the stack as the values of a block's label and goes there.</summary>
    public static void JumpToEnd(FunctionCompiler c, ControlFrame frame, ILOpCode jump)
    {
        StoreLabelValues(c, frame);
        MeetLabel(c, frame);
        c.Il.Branch(jump, RequireLabel(c, frame));
    }

    private static void MeetLabel(FunctionCompiler c, ControlFrame frame) =>
        c.StateOf(frame).LabelPending = c.Metering.Meet(c.StateOf(frame).LabelPending);

    private static void StoreLabelValues(FunctionCompiler c, ControlFrame frame)
    {
        var temps = c.StateOf(frame).LabelTemps ??= c.Temps.Take(frame.LabelTypes);
        for (var i = temps.Length - 1; i >= 0; i--) c.Il.StoreLocal(temps[i]);
    }

    private static int RequireLabel(FunctionCompiler c, ControlFrame frame)
    {
        if (c.StateOf(frame).Label < 0) c.StateOf(frame).Label = c.Il.NewLabel();
        if (!c.StateOf(frame).LabelUsed) c.StateOf(frame).FirstBranch = BranchMark(c, frame);
        c.StateOf(frame).LabelUsed = true;
        return c.StateOf(frame).Label;
    }

    /// <summary>A place that is on all ways to a branch from here: of blocks in between, what they found out is forgotten at their ends.</summary>
    private static AccessBounds.Mark BranchMark(FunctionCompiler c, ControlFrame frame)
    {
        if (frame.Kind != Opcode.Block) return c.StateOf(frame).Start;
        var inner = frame.Index + 1;
        return inner < c.Validator.Depth ? c.StateOf(c.Validator.Label((uint)(c.Validator.Depth - 1 - inner))).Start : c.Bounds.Here;
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
            if (!c.Dead) JumpToEnd(c, frame, ILOpCode.Br);
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
            if (!c.Dead) MeetLabel(c, frame);
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

    // Branches

    private static void Branch(FunctionCompiler c, ref readonly Instruction instruction, uint label)
    {
        c.Reload();
        var onStack = c.Spills.OnStack;
        c.Validator.Step(in instruction);
        if (!c.Dead) EmitBranch(c, label, onStack);
        c.Dead = true;
    }

    /// <summary>
    /// Emits a branch. <paramref name="onStack"/> values are on the CIL stack; the top ones belong to the label, the
    /// others are left behind.
    /// </summary>
    public static void EmitBranch(FunctionCompiler c, uint label, int onStack)
    {
        var frame = c.Validator.Label(label);
        if (c.Validator.IsOutermost(label))
        {
            EmitReturn(c, frame, onStack);
            return;
        }

        var extra = onStack - frame.LabelTypes.Length;
        StoreLabelValues(c, frame);
        MeetLabel(c, frame);
        if (c.StateOf(frame).TryDepth != c.TryDepth)
        {
            c.Il.Branch(ILOpCode.Leave, RequireLabel(c, frame));
            return;
        }

        for (; extra > 0; extra--) c.Il.Op(ILOpCode.Pop);
        c.Metering.NextRound(RequireLabel(c, frame), c.StateOf(frame).RoundLabel);
    }

    private static void EmitReturn(FunctionCompiler c, ControlFrame frame, int onStack)
    {
        var extra = onStack - frame.Results.Length;
        if (c.TryDepth > 0 || (!c.Metering.MayEndInLoops && LeavesLoop(c, (uint)c.Validator.Depth - 1)))
        {
            StoreLabelValues(c, frame);
            MeetLabel(c, frame);
            for (; extra > 0 && c.TryDepth == 0; extra--) c.Il.Op(ILOpCode.Pop);
            c.Il.Branch(c.TryDepth > 0 ? ILOpCode.Leave : ILOpCode.Br, c.Frame.RequireReturnLabel());
            return;
        }

        if (extra > 0)
        {
            var temps = c.Temps.Store(frame.Results);
            for (; extra > 0; extra--) c.Il.Op(ILOpCode.Pop);
            c.Temps.Load(temps, release: true);
        }

        CallEmitter.EmitReturn(c);
    }

    /// <summary>Whether a branch to a label is a plain CIL branch, nothing being on the stack.</summary>
    private static bool IsPlain(FunctionCompiler c, uint label, int onStack)
    {
        var frame = c.Validator.Label(label);
        return onStack == 0 && frame.LabelTypes.Length == 0 && c.StateOf(frame).TryDepth == c.TryDepth
            && !c.Validator.IsOutermost(label);
    }

    private static void BranchIf(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.Reload();
        c.Validator.Step(in instruction);
        if (c.Dead) return;
        var onStack = c.Spills.OnStack;
        var pending = c.Metering.Pending;
        var frame = c.Validator.Label(instruction.Index);
        if (c.StateOf(frame).RoundLabel < 0 && IsPlain(c, instruction.Index, onStack))
        {
            if (LeavesLoop(c, instruction.Index) && c.TryDepth == 0 && !c.Metering.IsMet(c.StateOf(frame).LabelPending))
            {
                c.Il.Branch(c.BranchWhen(true), MeetElsewhere(c, frame, pending));
                return;
            }

            MeetLabel(c, frame);
            c.Il.Branch(c.BranchWhen(true), RequireLabel(c, frame));
            return;
        }

        var skip = c.Il.NewLabel();
        c.Il.Branch(c.BranchWhen(false), skip);
        EmitBranch(c, instruction.Index, onStack);
        c.Il.Mark(skip);
        c.Metering.Resume(pending);
    }

    /// <summary>Whether a branch ends a loop: a rare thing, for which the rounds should not pay.</summary>
    private static bool LeavesLoop(FunctionCompiler c, uint label)
    {
        for (uint inner = 0; inner < label; inner++)
        {
            if (c.Validator.Label(inner).Kind == Opcode.Loop) return true;
        }

        return false;
    }

    /// <summary>A label behind the body from where the way to a block's label goes on, when what is pending there differs.</summary>
    private static int MeetElsewhere(FunctionCompiler c, ControlFrame frame, int pending)
    {
        var (label, target, atTarget) = (c.Il.NewLabel(), RequireLabel(c, frame), c.StateOf(frame).LabelPending);
        var round = c.StateOf(frame).RoundLabel;
        c.Frame.Trampolines.Add(() =>
        {
            c.Il.Mark(label);
            c.Metering.Resume(pending);
            c.Metering.Meet(atTarget);
            c.Metering.NextRound(target, round);
        });
        return label;
    }

    private static void BranchTable(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.Reload();
        var onStack = c.Spills.OnStack - 1;
        c.Validator.Step(in instruction);
        if (c.Dead) return;
        var targets = new uint[instruction.Count];
        var plain = CanSwitchTo(c, instruction.Index, onStack);
        var reader = new WasmReader(instruction.Tail);
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = reader.ReadU32();
            plain = plain && CanSwitchTo(c, targets[i], onStack);
        }

        if (plain)
        {
            var elsewhere = new Dictionary<uint, int>();
            var labels = Array.ConvertAll(targets, target => MeetingLabel(c, target, elsewhere));
            if (!DecisionTree.TryEmit(c, labels)) c.Il.Switch(labels);
            EmitBranch(c, instruction.Index, 0);
        }
        else
        {
            SwitchThroughTrampolines(c, targets, instruction.Index, onStack);
        }

        c.Dead = true;
    }

    /// <summary>Whether a switch can go to a label: in a try region there is no elsewhere to count what differs.</summary>
    private static bool CanSwitchTo(FunctionCompiler c, uint label, int onStack) => IsPlain(c, label, onStack)
        && (c.TryDepth == 0 || c.Metering.IsMet(c.StateOf(c.Validator.Label(label)).LabelPending));

    private static int MeetingLabel(FunctionCompiler c, uint target, Dictionary<uint, int> elsewhere)
    {
        var frame = c.Validator.Label(target);
        if (c.Metering.IsMet(c.StateOf(frame).LabelPending))
        {
            MeetLabel(c, frame);
            return RequireLabel(c, frame);
        }

        if (!elsewhere.TryGetValue(target, out var label)) elsewhere.Add(target, label = MeetElsewhere(c, frame, c.Metering.Pending));
        return label;
    }

    private static void SwitchThroughTrampolines(FunctionCompiler c, uint[] targets, uint last, int onStack)
    {
        var types = c.Validator.Label(last).LabelTypes;
        var values = Array.Empty<int>();
        if (onStack > 0)
        {
            var selector = c.Temps.Take(CilType.I32);
            c.Il.StoreLocal(selector);
            values = c.Temps.Store(types);
            for (var extra = onStack - values.Length; extra > 0; extra--) c.Il.Op(ILOpCode.Pop);
            c.Il.LoadLocal(selector);
            c.Temps.Free(selector);
        }

        var trampolines = new Dictionary<uint, int>();
        var labels = new int[targets.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            if (!trampolines.TryGetValue(targets[i], out labels[i]))
            {
                labels[i] = c.Il.NewLabel();
                trampolines.Add(targets[i], labels[i]);
            }
        }

        c.Il.Switch(labels);
        var pending = c.Metering.Pending;
        c.Temps.Load(values, release: false);
        EmitBranch(c, last, values.Length);
        foreach (var (target, label) in trampolines)
        {
            c.Il.Mark(label);
            c.Metering.Resume(pending);
            c.Temps.Load(values, release: false);
            EmitBranch(c, target, values.Length);
        }

        foreach (var value in values) c.Temps.Free(value);
    }

    private static void BranchOnReference(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.Reload();
        var onStack = c.Spills.OnStack;
        c.Validator.Step(in instruction);
        if (c.Dead) return;
        var reference = c.Temps.Take(CilType.Object);
        var skip = c.Il.NewLabel();
        c.Il.StoreLocal(reference);
        c.Il.LoadLocal(reference);
        var carries = instruction.Opcode != Opcode.BrOnNull;
        var stays = instruction.Opcode != Opcode.BrOnNonNull;
        switch (instruction.Opcode)
        {
            case Opcode.BrOnNull:
                c.Il.Branch(ILOpCode.Brtrue, skip);
                break;
            case Opcode.BrOnNonNull:
                c.Il.Branch(ILOpCode.Brfalse, skip);
                break;
            default:
                CastEmitter.EmitTest(
                    c, ValueType.Reference(instruction.Heap, (instruction.Lane & 1) != 0),
                    ValueType.Reference(instruction.Heap2, (instruction.Lane & 2) != 0));
                c.Il.Branch(instruction.Opcode == Opcode.BrOnCast ? ILOpCode.Brfalse : ILOpCode.Brtrue, skip);
                break;
        }

        var pending = c.Metering.Pending;
        if (carries) c.Il.LoadLocal(reference);
        EmitBranch(c, instruction.Index, carries ? onStack : onStack - 1);
        c.Il.Mark(skip);
        c.Metering.Resume(pending);
        if (stays) c.Il.LoadLocal(reference);
        c.Temps.Free(reference);
    }
}
