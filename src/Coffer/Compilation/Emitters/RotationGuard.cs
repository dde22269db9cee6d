using System.Reflection.Metadata;
using Coffer.Instructions;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// RyuJIT (.NET 10, x86-64) takes the flags of a rotation by a constant for those of its result, which they are not:
/// <c>BitOperations.RotateRight(x, 18) != 0</c> may be false for 4, and with it every comparison that it turns into one
/// with zero, wherever the rotation was inlined or forwarded to. It also makes rotations of <c>x &lt;&lt; 3 | x &gt;&gt; 29</c>.
/// So what may be a rotation goes through <c>x &amp; -1</c>, which RyuJIT keeps until flags were decided, and for which
/// it writes no instruction.
/// </summary>
internal static class RotationGuard
{
    /// <summary>Called after an "or" or "exclusive or" of two operands that may both be shifts.</summary>
    public static void Emit(FunctionCompiler c, Opcode opcode)
    {
        c.Il.Op(ILOpCode.Ldc_i4_m1);
        if (opcode is Opcode.I64Or or Opcode.I64Xor) c.Il.Op(ILOpCode.Conv_i8);
        c.Il.Op(ILOpCode.And);
    }

    /// <summary>Whether an instruction combines two shifts to a rotation.</summary>
    public static bool Combines(Opcode opcode) => opcode is Opcode.I32Or or Opcode.I32Xor or Opcode.I64Or or Opcode.I64Xor;

    /// <summary>Whether RyuJIT may see the result of an instruction as a shift; it shifts to multiply, add and divide.</summary>
    public static bool MayShift(Opcode opcode) => opcode
        is Opcode.I32Shl or Opcode.I32ShrU or Opcode.I32Mul or Opcode.I32Add or Opcode.I32DivU
        or Opcode.I64Shl or Opcode.I64ShrU or Opcode.I64Mul or Opcode.I64Add or Opcode.I64DivU;
}
