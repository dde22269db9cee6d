using System.Collections.Immutable;
using Coffer.Instructions;

namespace Coffer.Validation;

/// <summary>An open block (specification, appendix A.3). Frames are reused; <see cref="Reset"/> starts a new life.</summary>
/// <param name="index">How many blocks are around it.</param>
internal sealed class ControlFrame(int index)
{
    /// <summary>How many blocks are around it.</summary>
    public int Index => index;

    /// <summary>The instruction that opened it; <see cref="Opcode.Call"/> for the function's own frame.</summary>
    public Opcode Kind { get; set; }

    /// <summary>Where the block began.</summary>
    public int Offset { get; private set; }

    /// <summary>The block's parameters.</summary>
    public ImmutableArray<ValueType> Parameters { get; private set; }

    /// <summary>The block's results.</summary>
    public ImmutableArray<ValueType> Results { get; private set; }

    /// <summary>The number of operands below the block's parameters.</summary>
    public int Height { get; private set; }

    /// <summary>Whether the rest of the block cannot be reached, so that its operands are polymorphic.</summary>
    public bool Unreachable { get; set; }

    /// <summary>How many locals had been initialized when the block began; those after it are undone at its end.</summary>
    public int InitializedLocals { get; private set; }

    /// <summary>What a branch to this block carries: a loop's parameters, any other block's results.</summary>
    public ImmutableArray<ValueType> LabelTypes => Kind == Opcode.Loop ? Parameters : Results;

    public void Reset(
        Opcode kind, int offset, ImmutableArray<ValueType> parameters, ImmutableArray<ValueType> results, int height, int initializedLocals)
    {
        Kind = kind;
        Offset = offset;
        Parameters = parameters;
        Results = results;
        Height = height;
        Unreachable = false;
        InitializedLocals = initializedLocals;
    }
}
