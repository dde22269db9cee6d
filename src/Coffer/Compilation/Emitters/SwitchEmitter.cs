using System.Reflection.Metadata;
using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Compilation.Emitters;

/// <summary>The branch that chooses among labels, <c>br_table</c>.</summary>
internal static class SwitchEmitter
{
    public static void Emit(FunctionCompiler c, ref readonly Instruction instruction)
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
            BranchEmitter.EmitBranch(c, instruction.Index, 0);
        }
        else
        {
            SwitchThroughTrampolines(c, targets, instruction.Index, onStack);
        }

        c.Dead = true;
    }

    /// <summary>Whether a switch can go to a label: in a try region there is no elsewhere to count what differs.</summary>
    private static bool CanSwitchTo(FunctionCompiler c, uint label, int onStack) => BranchEmitter.IsPlain(c, label, onStack)
        && (c.TryDepth == 0 || c.Metering.IsMet(c.StateOf(c.Validator.Label(label)).LabelPending));

    private static int MeetingLabel(FunctionCompiler c, uint target, Dictionary<uint, int> elsewhere)
    {
        var frame = c.Validator.Label(target);
        if (c.Metering.IsMet(c.StateOf(frame).LabelPending))
        {
            BranchEmitter.MeetLabel(c, frame);
            return BranchEmitter.RequireLabel(c, frame);
        }

        if (!elsewhere.TryGetValue(target, out var label)) elsewhere.Add(target, label = BranchEmitter.MeetElsewhere(c, frame, c.Metering.Pending));
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
        BranchEmitter.EmitBranch(c, last, values.Length);
        foreach (var (target, label) in trampolines)
        {
            c.Il.Mark(label);
            c.Metering.Resume(pending);
            c.Temps.Load(values, release: false);
            BranchEmitter.EmitBranch(c, target, values.Length);
        }

        foreach (var value in values) c.Temps.Free(value);
    }
}
