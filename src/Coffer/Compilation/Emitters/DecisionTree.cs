using System.Reflection.Metadata;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// A small <c>br_table</c> as a tree of comparisons. The processor predicts each of them from what was before; of a jump through a
/// table it predicts where it goes, which in a machine of a few states that looks at one byte after the other is wrong more often.
/// </summary>
internal static class DecisionTree
{
    // More steps than four cost more than a jump that was not foreseen.
    private const int MostRanges = 10;

    /// <summary>Emits the branches for the number on the CIL stack, when there are few.</summary>
    /// <param name="c">The function's compiler.</param>
    /// <param name="labels">Where each number goes; higher ones fall through.</param>
    /// <returns>Whether it was done. If not, nothing was emitted.</returns>
    public static bool TryEmit(FunctionCompiler c, ReadOnlySpan<int> labels)
    {
        if (labels.IsEmpty || c.BodyBytes > JitLimits.LargeBody) return false;
        Span<(int First, int Label)> ranges = stackalloc (int First, int Label)[MostRanges + 1];
        var count = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            if (count > 0 && ranges[count - 1].Label == labels[i]) continue;
            if (count == MostRanges) return false;
            ranges[count++] = (i, labels[i]);
        }

        var higher = c.Il.NewLabel();
        ranges[count++] = (labels.Length, higher);
        var selector = c.Temps.Take(CilType.I32);
        c.Il.StoreLocal(selector);
        Emit(c, selector, ranges[..count]);
        c.Il.Mark(higher);
        c.Temps.Free(selector);
        return true;
    }

    private static void Emit(FunctionCompiler c, int selector, ReadOnlySpan<(int First, int Label)> ranges)
    {
        if (ranges.Length == 1)
        {
            c.Il.Branch(ILOpCode.Br, ranges[0].Label);
            return;
        }

        var middle = ranges.Length / 2;
        var lower = ranges[..middle];
        var label = lower.Length == 1 ? lower[0].Label : c.Il.NewLabel();
        c.Il.LoadLocal(selector);
        c.Il.LoadI4(ranges[middle].First);
        c.Il.Branch(ILOpCode.Blt_un, label);
        Emit(c, selector, ranges[middle..]);
        if (lower.Length == 1) return;
        c.Il.Mark(label);
        Emit(c, selector, lower);
    }
}
