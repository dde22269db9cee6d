namespace Coffer.Text;

/// <summary>An instruction that is not complete.</summary>
/// <param name="Kind">What it is and how far it has come.</param>
/// <param name="Pending">Where its opcode, not written yet, begins in the buffer of pending instructions.</param>
/// <param name="Label">The label of a folded <c>if</c>, which opens only after the condition.</param>
/// <param name="Hint">Its branch hint, or -1.</param>
internal readonly record struct InstructionFrame(
    FrameKind Kind, int Pending = 0, int Label = SymbolTable.None, int Hint = -1);

/// <summary>The states of an incomplete instruction; what may come next follows from them.</summary>
internal enum FrameKind : byte
{
    // Flat instructions end at "end". Sequences of instructions may follow in all of these.
    Block,
    If,
    Else,
    Try,
    Catch,
    CatchAll,

    // Folded instructions end at a right parenthesis.

    /// <summary>A folded block: instructions.</summary>
    FoldedBlock,
    /// <summary><c>(then …)</c>, <c>(else …)</c>, <c>(do …)</c>, <c>(catch …)</c>: instructions.</summary>
    FoldedPart,
    /// <summary>A folded instruction without block structure: folded operands.</summary>
    FoldedPlain,
    /// <summary>A folded <c>if</c> before its <c>then</c>: folded operands.</summary>
    FoldedCondition,
    /// <summary>A folded <c>if</c> after its <c>then</c>.</summary>
    FoldedThen,
    /// <summary>A folded <c>try</c> before its <c>do</c>.</summary>
    FoldedTry,
    /// <summary>A folded <c>try</c> after its <c>do</c>: catch clauses or <c>delegate</c>.</summary>
    FoldedDo,
    /// <summary>After a <c>catch</c>: more of them.</summary>
    FoldedCatch,
    /// <summary>A folded block to which only its <c>end</c> is missing.</summary>
    FoldedEnd,
    /// <summary>A folded <c>try</c> that <c>delegate</c> has ended.</summary>
    FoldedDelegate,
}
