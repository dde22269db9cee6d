using System.Runtime.CompilerServices;

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
        var high = Math.BigMul(left, right, out var low);
        return (low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (long Low, long High) I64MulWideU(long left, long right)
    {
        var high = Math.BigMul((ulong)left, (ulong)right, out var low);
        return ((long)low, (long)high);
    }
}
