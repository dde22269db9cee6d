using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Types;
using Coffer.Validation;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Branches but <c>br_table</c>, and what every way to a label does: what it carries goes through the label's temporaries, and its
/// fuel is made that of the other ways.
/// </summary>
internal static class BranchEmitter
{
    public static void Branch(FunctionCompiler c, ref readonly Instruction instruction, uint label)
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

    public static void BranchIf(FunctionCompiler c, ref readonly Instruction instruction)
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

    public static void BranchOnReference(FunctionCompiler c, ref readonly Instruction instruction)
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

    /// <summary>Whether a branch to a label is a plain CIL branch, nothing being on the stack.</summary>
    public static bool IsPlain(FunctionCompiler c, uint label, int onStack)
    {
        var frame = c.Validator.Label(label);
        return onStack == 0 && frame.LabelTypes.Length == 0 && c.StateOf(frame).TryDepth == c.TryDepth
            && !c.Validator.IsOutermost(label);
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
    public static int MeetElsewhere(FunctionCompiler c, ControlFrame frame, int pending)
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

    /// <summary>Stores what is on the stack as the values of a block's label and goes there.</summary>
    public static void JumpToEnd(FunctionCompiler c, ControlFrame frame, ILOpCode jump)
    {
        StoreLabelValues(c, frame);
        MeetLabel(c, frame);
        c.Il.Branch(jump, RequireLabel(c, frame));
    }

    public static void MeetLabel(FunctionCompiler c, ControlFrame frame) =>
        c.StateOf(frame).LabelPending = c.Metering.Meet(c.StateOf(frame).LabelPending);

    private static void StoreLabelValues(FunctionCompiler c, ControlFrame frame)
    {
        var temps = c.StateOf(frame).LabelTemps ??= c.Temps.Take(frame.LabelTypes);
        for (var i = temps.Length - 1; i >= 0; i--) c.Il.StoreLocal(temps[i]);
    }

    public static int RequireLabel(FunctionCompiler c, ControlFrame frame)
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
}
