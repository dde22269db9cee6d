using System.Reflection.Metadata;
using Coffer.Instructions;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// RyuJIT (.NET 10, x86-64) takes the flags of a rotation by a constant for those of its result, which they are not:
/// <c>BitOperations.RotateRight(x, 18) != 0</c> may be false for 4, and with it every comparison that it turns into one
/// with zero, wherever the rotation was inlined or forwarded to. It also makes rotations of <c>x &lt;&lt; 3 | x &gt;&gt; 29</c>.
/// So what may be a rotation goes through an "and" with all ones, whose flags are right. They are read from the instance,
/// because RyuJIT drops <c>x &amp; -1</c> with a constant, and in some functions does so before flags are decided.
/// </summary>
internal static class RotationGuard
{
    /// <summary>Called after an instruction that <see cref="MayRotate"/>.</summary>
    public static void Emit(FunctionCompiler c, Opcode opcode)
    {
        c.LoadInstance();
        c.Il.Op(ILOpCode.Ldfld, c.Image.Token(Members.AllOnes));
        if (opcode is Opcode.I32Rotl or Opcode.I32Rotr or Opcode.I32Or or Opcode.I32Xor) c.Il.Op(ILOpCode.Conv_i4);
        c.Il.Op(ILOpCode.And);
    }

    /// <summary>Whether an instruction is a rotation, or may combine two shifts to one.</summary>
    public static bool MayRotate(Opcode opcode, OperandOrigin left, OperandOrigin right) =>
        opcode is Opcode.I32Rotl or Opcode.I32Rotr or Opcode.I64Rotl or Opcode.I64Rotr
        || opcode is Opcode.I32Or or Opcode.I32Xor or Opcode.I64Or or Opcode.I64Xor
        && left >= OperandOrigin.ShiftLeft && right >= OperandOrigin.ShiftLeft
        && (left != right || left == OperandOrigin.Elsewhere);

    /// <summary>What a result is to <see cref="MayRotate"/>. RyuJIT shifts for x + x as well, and for x · 8.</summary>
    public static OperandOrigin OriginOf(Opcode opcode, OperandOrigin left, OperandOrigin right) => opcode switch
    {
        Opcode.I32ShrU or Opcode.I64ShrU => OperandOrigin.ShiftRight,
        Opcode.I32Shl or Opcode.I64Shl or Opcode.I32Mul or Opcode.I64Mul => OperandOrigin.ShiftLeft,
        Opcode.I32Add or Opcode.I64Add when left == OperandOrigin.Elsewhere && right == OperandOrigin.Elsewhere =>
            OperandOrigin.ShiftLeft,
        _ => OperandOrigin.Other,
    };
}
