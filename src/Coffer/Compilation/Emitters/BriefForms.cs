using System.Reflection.Metadata;
using Coffer.Instructions;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Shorter CIL for what compilers of guests write often, where the JIT compiler does not optimize at first: each instruction
/// costs it as much as another then, and an optimizer makes the same of both. What is left out is left out in view of the
/// instructions that follow at once, so that nothing else sees an operand of another type than the guest's.
/// </summary>
internal sealed class BriefForms(FunctionCompiler compiler)
{
    // Deeper expressions may be cut by a temporary of the guest's type.
    private const int MaximumDepth = 100;

    // How many instructions of a sum that was begun follow.
    private int open;
    private bool isInverted;

    /// <summary>Whether the condition on the stack is the opposite of the guest's; to be asked by what branches on it.</summary>
    public bool TakeInverted()
    {
        var inverted = isInverted;
        isInverted = false;
        return inverted;
    }

    /// <summary>Emits an instruction in another form than its own; false when there is none.</summary>
    /// <param name="instruction">The instruction, whose operands are on the stack.</param>
    /// <param name="depth">The depth of the expression that it makes.</param>
    public bool TryEmit(ref readonly Instruction instruction, int depth)
    {
        if (open > 0)
        {
            open--;
            if (instruction.Opcode == Opcode.I64Const) compiler.Il.LoadI4((int)instruction.Bits);
            else if (instruction.Opcode == Opcode.I64Add) compiler.Il.Op(ILOpCode.Add);
            return true;
        }

        if (depth > MaximumDepth) return false;
        switch (instruction.Opcode)
        {
            case Opcode.I64ExtendI32U or Opcode.I64ExtendI32S when IsSum(compiler.Upcoming):
                open = 3;
                return true;
            case Opcode.I32Eqz or Opcode.I64Eqz when IsBranch(compiler.Upcoming):
                isInverted = true;
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Whether a constant is added and the sum narrowed: its low half is that of the narrow sum. Addresses in the stack of Go
    /// are computed so.
    /// </summary>
    private static bool IsSum(ReadOnlySpan<byte> upcoming)
    {
        if (upcoming.IsEmpty || upcoming[0] != (byte)Opcode.I64Const) return false;
        var end = 1;
        while (end < upcoming.Length && upcoming[end] >= 0x80) end++;
        return upcoming.Length > end + 2 && upcoming[end + 1] == (byte)Opcode.I64Add && upcoming[end + 2] == (byte)Opcode.I32WrapI64;
    }

    /// <summary>Whether a branch depends on the result, which nothing keeps meanwhile.</summary>
    private bool IsBranch(ReadOnlySpan<byte> upcoming) => !upcoming.IsEmpty
        && ((Opcode)upcoming[0] == Opcode.BrIf || ((Opcode)upcoming[0] == Opcode.If && compiler.Spills.OnStack == 1));
}
