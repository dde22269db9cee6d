using System.Reflection.Metadata;
using Coffer.Instructions;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// RyuJIT (.NET 10, x86-64) takes the flags of a rotation by a constant for those of its result, which they are not:
/// <c>BitOperations.RotateRight(x, 18) != 0</c> may be false for 4, and with it every comparison that it turns into one
/// with zero, wherever the rotation was inlined or forwarded to. It also makes rotations of <c>x &lt;&lt; 3 | x &gt;&gt; 29</c>.
/// So what may be a rotation goes through <c>x &amp; -1</c>, for which RyuJIT writes no instruction, and which it mostly
/// keeps until flags were decided. In some functions it does not; so where the value is tested next, there is an "and"
/// with all ones that RyuJIT cannot know, read from the instance. The test becomes one with memory.
/// </summary>
internal static class RotationGuard
{
    /// <summary>Called after an instruction that <see cref="MayRotate"/>.</summary>
    public static void Emit(FunctionCompiler c, Opcode opcode)
    {
        if (opcode is Opcode.I32Or or Opcode.I32Xor or Opcode.I64Or or Opcode.I64Xor)
        {
            c.Il.Op(ILOpCode.Ldc_i4_m1);
            if (opcode is Opcode.I64Or or Opcode.I64Xor) c.Il.Op(ILOpCode.Conv_i8);
            c.Il.Op(ILOpCode.And);
        }

        EmitBeforeTest(c, opcode is Opcode.I64Rotl or Opcode.I64Rotr or Opcode.I64Or or Opcode.I64Xor);
    }

    /// <summary>Guards the top operand, which may be a rotation, when what follows looks at it as a whole.</summary>
    public static void EmitBeforeTest(FunctionCompiler c, bool is64)
    {
        if (!IsTest(c.Upcoming)) return;
        c.LoadInstance();
        c.Il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.AllOnes));
        if (!is64) c.Il.Op(ILOpCode.Conv_i4);
        c.Il.Op(ILOpCode.And);
    }

    /// <summary>
    /// Whether the coming instructions compare the top operand, or hand it to code that may, out of a block or function.
    /// A comparison with a constant has the constant first.
    /// </summary>
    private static bool IsTest(ReadOnlySpan<byte> upcoming)
    {
        if (upcoming.IsEmpty) return false;
        var next = (Opcode)upcoming[0];
        if (next is Opcode.I32Const or Opcode.I64Const)
        {
            var length = 1;
            while (length < upcoming.Length && upcoming[length] >= 0x80) length++;
            if (++length >= upcoming.Length) return false;
            // A constant that changes nothing leaves the rotation to what comes then.
            return IsComparison((Opcode)upcoming[length]) || upcoming[1] == 0;
        }

        return IsComparison(next) || next is Opcode.BrIf or Opcode.If or Opcode.Select or Opcode.SelectTyped or Opcode.End or Opcode.Else
            or Opcode.Br or Opcode.Return or Opcode.Call or Opcode.I32WrapI64 or Opcode.I64ExtendI32S or Opcode.I64ExtendI32U;
    }

    private static bool IsComparison(Opcode opcode) => opcode is >= Opcode.I32Eqz and <= Opcode.I64GeU;

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
