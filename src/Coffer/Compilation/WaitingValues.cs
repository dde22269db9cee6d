using Coffer.Instructions;
using Coffer.Types;
using Coffer.Validation;

namespace Coffer.Compilation;

/// <summary>
/// How much of the frame values take that wait on the evaluation stack, where RyuJIT does not optimize: each that lies there
/// while something happens (a call, a store) moves to a place of its own, and so do the results of each call.
/// </summary>
internal sealed class WaitingValues(FunctionValidator validator)
{
    // A call takes an opcode and a token.
    private const int CallBytes = 5;

    private int waiting;

    /// <summary>The bytes so far, or a little more.</summary>
    public int Bytes { get; private set; }

    /// <summary>Begins a body.</summary>
    public void Clear() => (waiting, Bytes) = (0, 0);

    /// <summary>Adds what an instruction makes wait.</summary>
    /// <param name="before">How many operands there were before it.</param>
    /// <param name="pushes">How many it pushed.</param>
    /// <param name="codeBytes">The CIL it became.</param>
    /// <param name="opcode">Which it is: a tee writes a local, which operands may come from; a number is as long as a call, and is none.</param>
    public void Add(int before, int pushes, int codeBytes, Opcode opcode)
    {
        var below = Math.Min(before, validator.Count);
        var mayCall = codeBytes >= CallBytes && opcode is not (>= Opcode.I32Const and <= Opcode.F64Const);
        if (mayCall || pushes == 0 || opcode == Opcode.LocalTee)
        {
            for (; waiting < below; waiting++) Bytes += validator.Operand(waiting) == ValueType.V128 ? 16 : 8;
            if (mayCall) Bytes += 16 * pushes;
        }

        // What was pushed now did not wait yet.
        waiting = Math.Min(waiting, Math.Max(0, validator.Count - pushes));
    }
}
