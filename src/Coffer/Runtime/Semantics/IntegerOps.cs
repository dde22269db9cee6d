using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Coffer.Runtime.Semantics;

/// <summary>
/// Integer instructions (specification, section 4.3.2) that are more than one or two CIL instructions.
/// A division by zero leaves as <see cref="DivideByZeroException"/> and a quotient that does not fit as
/// <see cref="OverflowException"/>, both free until thrown; the boundary of the sandbox turns them into traps.
/// </summary>
internal static class IntegerOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32Clz(int value) => BitOperations.LeadingZeroCount((uint)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32Ctz(int value) => BitOperations.TrailingZeroCount(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32Popcnt(int value) => BitOperations.PopCount((uint)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32DivS(int left, int right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32DivU(int left, int right) => (int)((uint)left / (uint)right);

    // The processor faults on MIN % -1, for which the specification wants 0, as for every other dividend.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32RemS(int left, int right) => right == -1 ? 0 : left % right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32RemU(int left, int right) => (int)((uint)left % (uint)right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32Shl(int value, int count) => value << (count & 31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32ShrS(int value, int count) => value >> (count & 31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32ShrU(int value, int count) => value >>> (count & 31);

    // Rotations are written out: the platform's are recognized where the count is a constant, and calls in code that is
    // compiled ahead where it is not. C# takes shift counts modulo the width.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32Rotl(int value, int count) => (value << count) | (value >>> (32 - count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32Rotr(int value, int count) => (value >>> count) | (value << (32 - count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32Extend8S(int value) => (sbyte)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32Extend16S(int value) => (short)value;

    // The platform's functions return an int here, which would have to be extended again.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Clz(long value) => Lzcnt.X64.IsSupported
        ? (long)Lzcnt.X64.LeadingZeroCount((ulong)value)
        : BitOperations.LeadingZeroCount((ulong)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Ctz(long value) => Bmi1.X64.IsSupported
        ? (long)Bmi1.X64.TrailingZeroCount((ulong)value)
        : BitOperations.TrailingZeroCount(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Popcnt(long value) => Popcnt.X64.IsSupported
        ? (long)Popcnt.X64.PopCount((ulong)value)
        : BitOperations.PopCount((ulong)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64DivS(long left, long right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64DivU(long left, long right) => (long)((ulong)left / (ulong)right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64RemS(long left, long right) => right == -1 ? 0 : left % right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64RemU(long left, long right) => (long)((ulong)left % (ulong)right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Shl(long value, long count) => value << ((int)count & 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64ShrS(long value, long count) => value >> ((int)count & 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64ShrU(long value, long count) => value >>> ((int)count & 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Rotl(long value, long count) => (value << (int)count) | (value >>> (64 - (int)count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Rotr(long value, long count) => (value >>> (int)count) | (value << (64 - (int)count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Extend8S(long value) => (sbyte)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Extend16S(long value) => (short)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64Extend32S(long value) => (int)value;
}
