using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Coffer.Runtime.Semantics;

/// <summary>
/// Wide arithmetic: 128-bit integers as two i64, the low half first, in operands and in results.
/// </summary>
internal static class WideOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (long Low, long High) I64Add128(long leftLow, long leftHigh, long rightLow, long rightHigh)
    {
        var low = leftLow + rightLow;
        var carry = (ulong)low < (ulong)leftLow ? 1L : 0L;
        return (low, leftHigh + rightHigh + carry);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (long Low, long High) I64Sub128(long leftLow, long leftHigh, long rightLow, long rightHigh)
    {
        var borrow = (ulong)leftLow < (ulong)rightLow ? 1L : 0L;
        return (leftLow - rightLow, leftHigh - rightHigh - borrow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (long Low, long High) I64MulWideS(long left, long right)
    {
        // The unsigned product counts a negative operand as 2^64 more than it is.
        var excess = ((left >> 63) & right) + ((right >> 63) & left);
        return (left * right, HighProduct(left, right) - excess);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (long Low, long High) I64MulWideU(long left, long right) =>
        (left * right, HighProduct(left, right));

    /// <summary>The high half of the product of two unsigned numbers.</summary>
    /// <remarks>
    /// Who wants both halves multiplies twice: the platform's function that gives both passes one of them through memory,
    /// which takes longer.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long HighProduct(long left, long right)
    {
        return Bmi2.X64.IsSupported ? (long)Bmi2.X64.MultiplyNoFlags((ulong)left, (ulong)right) : HighProductElsewhere(left, right);
    }

    // Apart: with this in its body the function was a call in code that is compiled ahead.
    private static long HighProductElsewhere(long left, long right) => ArmBase.Arm64.IsSupported
        ? (long)ArmBase.Arm64.MultiplyHigh((ulong)left, (ulong)right)
        : (long)Math.BigMul((ulong)left, (ulong)right, out _);
}
