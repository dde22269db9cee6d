using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// x − 0, x · 1 and x ÷ 1 must still turn a signalling NaN into a quiet one (specification, section 4.3.3), but RyuJIT
/// replaces them by x. So x is made quiet out of its sight. Compilers of guests do not write such code often.
/// </summary>
internal static class IdentityEmitter
{
    private static readonly byte[] OneR4 = [(byte)ILOpCode.Ldc_r4, .. BitConverter.GetBytes(1f)];
    private static readonly byte[] ZeroR4 = [(byte)ILOpCode.Ldc_r4, .. BitConverter.GetBytes(0f)];
    private static readonly byte[] OneR8 = [(byte)ILOpCode.Ldc_r8, .. BitConverter.GetBytes(1d)];
    private static readonly byte[] ZeroR8 = [(byte)ILOpCode.Ldc_r8, .. BitConverter.GetBytes(0d)];

    /// <summary>Whether RyuJIT may replace an instruction by its operand.</summary>
    public static bool MayVanish(Opcode opcode, OperandOrigin left, OperandOrigin right) => opcode switch
    {
        Opcode.F32Mul or Opcode.F64Mul => left == OperandOrigin.One || right == OperandOrigin.One,
        _ => opcode is Opcode.F32Sub or Opcode.F64Sub or Opcode.F32Div or Opcode.F64Div,
    };

    /// <summary>Whether an instruction is the constant 1.</summary>
    public static bool IsOne(ref readonly Instruction instruction) => instruction.Opcode switch
    {
        Opcode.F32Const => BitConverter.UInt32BitsToSingle((uint)instruction.Bits) == 1,
        Opcode.F64Const => BitConverter.UInt64BitsToDouble(instruction.Bits) == 1,
        _ => false,
    };

    /// <summary>Called before an arithmetic instruction whose operands are on the stack.</summary>
    public static void Guard(FunctionCompiler c, Opcode opcode)
    {
        var isSingle = opcode is Opcode.F32Sub or Opcode.F32Mul or Opcode.F32Div;
        var isMultiplication = opcode is Opcode.F32Mul or Opcode.F64Mul;
        byte[] constant = opcode switch
        {
            Opcode.F32Sub => ZeroR4,
            Opcode.F64Sub => ZeroR8,
            _ => isSingle ? OneR4 : OneR8,
        };
        Span<byte> simple = stackalloc byte[16];
        var length = c.TakeSimple(simple);
        var isConstant = simple[..length].SequenceEqual(constant);
        var quiet = Members.Method(typeof(FloatOps), isSingle ? nameof(FloatOps.F32Quiet) : nameof(FloatOps.F64Quiet));
        if (isConstant) c.Call(quiet);
        c.Il.Raw(simple[..length]);
        if (isMultiplication && !isConstant) c.Call(quiet);
    }
}
