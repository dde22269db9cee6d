using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>What is known of the results of instructions, as far as addresses need it: sums with constants, and bounds of what indexes tables.</summary>
internal static class OperandValues
{
    /// <summary>What is known of the result of an instruction.</summary>
    /// <param name="instruction">The instruction; one with a plain signature.</param>
    /// <param name="left">What is known of the operand below the top.</param>
    /// <param name="right">What is known of the operand at the top.</param>
    public static OperandValue Of(ref readonly Instruction instruction, OperandValue left, OperandValue right)
    {
        switch (instruction.Opcode)
        {
            case Opcode.I32Const:
                return OperandValue.Of((uint)instruction.Bits);
            case Opcode.I64Const:
                return instruction.Bits < uint.MaxValue ? OperandValue.Of((uint)instruction.Bits) : default;
            case Opcode.I32Add or Opcode.I64Add:
                return Sum(left, right);
            case Opcode.I32And or Opcode.I64And:
                return OperandValue.UpTo(Math.Min(left.Bound, right.Bound));
            case Opcode.I32Or or Opcode.I32Xor when left.Headroom > 0 && right.Headroom > 0:
                return OperandValue.UpTo(uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(left.Bound | right.Bound));
            case Opcode.I32ShrU when right.Root == OperandValue.Constant:
                return OperandValue.UpTo(left.Bound >> (int)(right.Displacement & 31));
            case Opcode.I32Shl when right.Root == OperandValue.Constant && left.Headroom > 0:
                return OperandValue.UpTo((ulong)left.Bound << (int)(right.Displacement & 31));
            case Opcode.I32Mul when left.Headroom > 0 && right.Headroom > 0:
                return OperandValue.UpTo((ulong)left.Bound * right.Bound);
            case Opcode.I32RemU when right.Root == OperandValue.Constant && right.Displacement > 0:
                return OperandValue.UpTo(right.Displacement - 1);
            case Opcode.I32DivU when right.Root == OperandValue.Constant && right.Displacement > 0:
                return OperandValue.UpTo(left.Bound / right.Displacement);
            case Opcode.I32Load8U or Opcode.I64Load8U:
                return OperandValue.UpTo(byte.MaxValue);
            case Opcode.I32Load16U or Opcode.I64Load16U:
                return OperandValue.UpTo(ushort.MaxValue);
            case Opcode.I32WrapI64 or Opcode.I64ExtendI32U:
                return OperandValue.UpTo(right.Bound);
            case >= Opcode.I32Eqz and <= Opcode.F64Ge:
                return OperandValue.UpTo(1);
            default:
                return default;
        }
    }

    private static OperandValue Sum(OperandValue left, OperandValue right)
    {
        // With a bound on both, the sum does not wrap round.
        var bound = left.Headroom > 0 && right.Headroom > 0 ? OperandValue.UpTo((ulong)left.Bound + right.Bound) : default;
        if (left.Root == OperandValue.Constant) (left, right) = (right, left);
        var displacement = (ulong)left.Displacement + right.Displacement;
        if (left.Root == 0 || right.Root != OperandValue.Constant || displacement > uint.MaxValue) return bound;
        if (left.Root == OperandValue.Constant && bound.Headroom == 0) return default;
        return bound with { Root = left.Root, Displacement = (uint)displacement };
    }
}
