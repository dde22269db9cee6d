using System.Reflection.Metadata;
using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>
/// Writes the body of a short loop several times in a row, by reading it again: a branch to the loop goes to the next
/// copy, and that of the last copy to the first. So a poll serves several rounds, and locals that only pass on a value
/// from round to round disappear. The JIT compiler unrolls no loop of this kind itself.
/// </summary>
internal sealed class LoopRepeater(FunctionCompiler compiler, BodyScan scan)
{
    private int next;
    private int depth, copiesLeft, start, startPending, startRound, exit, exitPending, bodyPosition, loopOffset;
    private AccessBounds.Mark begin;
    private bool exits;

    /// <summary>Begins a function.</summary>
    public void Clear()
    {
        next = 0;
        depth = -1;
    }

    /// <summary>To be called after each <c>loop</c>, whose code has begun; the next instruction to be read is its first.</summary>
    public void Begin(ref readonly Instruction loop, ref readonly WasmReader reader)
    {
        while (next < scan.Repeated.Count && scan.Repeated[next].Position < reader.Position) next++;
        if (next == scan.Repeated.Count || scan.Repeated[next].Position != reader.Position) return;
        var frame = compiler.Validator.Top;
        if (compiler.Dead || frame.Parameters.Length + frame.Results.Length > 0) return;
        depth = compiler.Validator.Depth;
        copiesLeft = scan.Repeated[next].Copies - 1;
        bodyPosition = reader.Position;
        loopOffset = loop.Offset;
        exit = compiler.Il.NewLabel();
        exits = false;
        begin = compiler.StateOf(frame).Start;
        (start, startPending) = (compiler.StateOf(frame).Label, compiler.StateOf(frame).LabelPending);
        startRound = compiler.StateOf(frame).RoundLabel;
        compiler.StateOf(frame).RoundLabel = -1;
        compiler.StateOf(frame).Label = compiler.Il.NewLabel();
        compiler.StateOf(frame).LabelPending = exitPending = -1;
    }

    /// <summary>Whether the next <c>end</c> is that of the loop being repeated.</summary>
    public bool IsAtEnd => depth == compiler.Validator.Depth;

    /// <summary>
    /// At the <c>end</c> of a copy: ends it and begins the next, which <paramref name="reader"/> is set back for. False
    /// when it was the last one, or the only one because nothing branches to the loop.
    /// </summary>
    public bool Repeat(ref Instruction end, ref WasmReader reader)
    {
        if (copiesLeft == 0 || !compiler.StateOf(compiler.Validator.Top).LabelUsed) return false;
        var (il, validator) = (compiler.Il, compiler.Validator);
        var (label, pending) = (compiler.StateOf(validator.Top).Label, compiler.StateOf(validator.Top).LabelPending);
        compiler.Reload();
        validator.Step(in end);
        if (!compiler.Dead)
        {
            exitPending = compiler.Metering.Meet(exitPending);
            il.Branch(ILOpCode.Br, exit);
        }

        exits |= !compiler.Dead;
        compiler.Dead = false;
        compiler.Spills.SetOnStack(validator.Count);
        il.Mark(label);
        compiler.Bounds.Join(begin);
        compiler.Bounds.BeginLoop(loopOffset);
        compiler.Metering.Resume(pending);

        // To the validator it is a loop after the loop.
        end.Offset = loopOffset;
        end.Info = OpcodeTable.Find(0, (uint)Opcode.Loop)!;
        end.Block = BlockType.Empty;
        validator.Step(in end);
        var state = compiler.StateOf(validator.Top);
        state.Reset();
        state.TryDepth = compiler.TryDepth;
        state.Start = begin;
        state.LabelTemps = [];
        state.Label = --copiesLeft > 0 ? il.NewLabel() : start;
        if (state.Label == start) (state.LabelPending, state.RoundLabel) = (startPending, startRound);
        reader.Seek(bodyPosition);
        return true;
    }

    /// <summary>After the <c>end</c> of the last copy: where the others go when they end.</summary>
    public void End()
    {
        depth = -1;
        if (!exits) return;
        if (compiler.Dead) compiler.Spills.SetOnStack(compiler.Validator.Count);
        else compiler.Metering.Meet(exitPending);
        compiler.Dead = false;
        compiler.Il.Mark(exit);
        compiler.Bounds.Join(begin);
        compiler.Metering.Resume(exitPending);
    }
}
