namespace Coffer.Compilation;

/// <summary>What the compiler keeps about an open block.</summary>
internal sealed class BlockState
{
    /// <summary>The label that branches to this block go to; -1 until one is needed.</summary>
    public int Label { get; set; }

    /// <summary>The instructions that are counted later at <see cref="Label"/> (see <see cref="Metering"/>); -1 until a path goes there.</summary>
    public int LabelPending { get; set; }

    /// <summary>The same at <see cref="ElseLabel"/>.</summary>
    public int ElsePending { get; set; }

    /// <summary>For a loop: where rounds begin that need no check; -1 when there is no such place (see <see cref="Metering.NextRound"/>).</summary>
    public int RoundLabel { get; set; }

    /// <summary>Whether a branch goes to <see cref="Label"/>.</summary>
    public bool LabelUsed { get; set; }

    /// <summary>The locals that carry the label's values; null until needed.</summary>
    public int[]? LabelTemps { get; set; }

    /// <summary>The locals that hold the parameters of an <c>if</c>, for its other arm.</summary>
    public int[]? ParameterTemps { get; set; }

    /// <summary>Whether the block began in code that cannot be reached.</summary>
    public bool EnteredDead { get; set; }

    /// <summary>Where an <c>if</c> goes when its condition is false; -1 once marked.</summary>
    public int ElseLabel { get; set; }

    /// <summary>The number of CIL try regions around the label (not counting one that the block itself opens).</summary>
    public int TryDepth { get; set; }

    /// <summary>For blocks that open a try region: where it begins in the CIL; -1 when it is closed.</summary>
    public int TryStart { get; set; }

    /// <summary>The local that holds the exception a handler caught; -1 when there is none.</summary>
    public int ExceptionTemp { get; set; }

    /// <summary>For a legacy <c>try</c>: where the next catch clause is tested; -1 when none is pending.</summary>
    public int NextCatchLabel { get; set; }

    /// <summary>The catch clauses of a <c>try_table</c>.</summary>
    public Binary.CatchClause[]? Clauses { get; set; }

    /// <summary>Code that must be emitted at the end of this block's try region: exceptions delegated to it.</summary>
    public List<PendingThrow>? Pending { get; set; }

    /// <summary>Where the block begins.</summary>
    public AccessBounds.Mark Start { get; set; }

    /// <summary>Where the first branch to <see cref="Label"/> is, or something before it.</summary>
    public AccessBounds.Mark FirstBranch { get; set; }

    public void Reset()
    {
        Start = FirstBranch = default;
        LabelPending = ElsePending = -1;
        Label = RoundLabel = ElseLabel = TryStart = ExceptionTemp = NextCatchLabel = -1;
        LabelUsed = EnteredDead = false;
        LabelTemps = ParameterTemps = null;
        Clauses = null;
        Pending = null;
        TryDepth = 0;
    }
}

/// <summary>A throw of the exception in a local, to be emitted at a label.</summary>
internal readonly record struct PendingThrow(int Label, int ExceptionTemp);
