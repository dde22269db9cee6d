namespace Coffer.Compilation;

/// <summary>Where an operand comes from, as far as RyuJIT must be kept from folding it into something wrong.</summary>
internal enum OperandOrigin : byte
{
    Other,
    /// <summary>The constant 1, with which a multiplication must not disappear.</summary>
    One,
    /// <summary>A rotation, or what RyuJIT may make one of.</summary>
    Rotation,
    /// <summary>A shift to the left, or what RyuJIT makes one of.</summary>
    ShiftLeft,
    /// <summary>A shift to the right without sign.</summary>
    ShiftRight,
    /// <summary>From a local, a block or a call: RyuJIT may put any expression in its place.</summary>
    Elsewhere,
}

/// <summary>What the compiler remembers about each operand: its origin, how deep its expression is, what is known of its value.</summary>
internal sealed class OperandNotes
{
    private Note[] notes = new Note[64];

    private readonly record struct Note(int Depth, OperandOrigin Origin, int Narrowing, OperandValue Value);

    /// <summary>Notes an operand, counted from the bottom.</summary>
    public void Set(int operand, int depth, OperandOrigin origin)
    {
        if ((uint)operand >= (uint)notes.Length) Array.Resize(ref notes, Math.Max(operand + 1, notes.Length * 2));
        notes[operand] = new Note(depth, origin, 0, default);
    }

    /// <summary>The depth of an expression of these operands.</summary>
    public int DepthOver(int first, int end)
    {
        var depth = 0;
        for (var i = Math.Max(first, 0); i < end && i < notes.Length; i++) depth = Math.Max(depth, notes[i].Depth);
        return depth + 1;
    }

    /// <summary>Notes where the CIL is that makes an i32 of the address that an operand is, and that may be taken out.</summary>
    public void SetNarrowing(int operand, int position) => notes[operand] = notes[operand] with { Narrowing = position };

    /// <summary>What <see cref="SetNarrowing"/> noted; 0 when nothing.</summary>
    public int NarrowingOf(int operand) => (uint)operand < (uint)notes.Length ? notes[operand].Narrowing : 0;

    /// <summary>Notes what is known of an operand's value.</summary>
    public void SetValue(int operand, OperandValue value) => notes[operand] = notes[operand] with { Value = value };

    /// <summary>What <see cref="SetValue"/> noted.</summary>
    public OperandValue ValueOf(int operand) => (uint)operand < (uint)notes.Length ? notes[operand].Value : default;

    public int DepthOf(int operand) => (uint)operand < (uint)notes.Length ? notes[operand].Depth : 0;

    public OperandOrigin OriginOf(int operand) =>
        (uint)operand < (uint)notes.Length ? notes[operand].Origin : OperandOrigin.Other;
}
