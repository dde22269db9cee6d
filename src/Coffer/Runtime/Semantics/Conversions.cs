using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Coffer.Runtime.Semantics;

/// <summary>
/// Conversions between number types (specification, section 4.3.4). Casts to an integer saturate on this platform and
/// turn NaN into 0, on every processor, which is what <c>trunc_sat</c> asks for.
/// </summary>
internal static class Conversions
{
    private const float TwoTo31F = 2147483648f;
    private const float TwoTo32F = 4294967296f;
    private const float TwoTo63F = 9223372036854775808f;
    private const float TwoTo64F = 18446744073709551616f;
    private const double TwoTo31 = 2147483648d;
    private const double TwoTo32 = 4294967296d;
    private const double TwoTo63 = 9223372036854775808d;
    private const double TwoTo64 = 18446744073709551616d;

    // The trapping conversions compare first, with the condition written so that NaN fails it; after that the cheapest
    // conversion of the processor is exact. The platform's name for it (ConvertToIntegerNative) is a call in code that is
    // compiled ahead, so where the processor's own is known it is named.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TruncateToI32(float value) => Sse.IsSupported
        ? Sse.ConvertToInt32WithTruncation(Vector128.CreateScalarUnsafe(value))
        : float.ConvertToIntegerNative<int>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TruncateToI32(double value) => Sse2.IsSupported
        ? Sse2.ConvertToInt32WithTruncation(Vector128.CreateScalarUnsafe(value))
        : double.ConvertToIntegerNative<int>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long TruncateToI64(float value) => Sse.X64.IsSupported
        ? Sse.X64.ConvertToInt64WithTruncation(Vector128.CreateScalarUnsafe(value))
        : float.ConvertToIntegerNative<long>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long TruncateToI64(double value) => Sse2.X64.IsSupported
        ? Sse2.X64.ConvertToInt64WithTruncation(Vector128.CreateScalarUnsafe(value))
        : double.ConvertToIntegerNative<long>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32TruncF32S(float value)
    {
        if (!(value >= -TwoTo31F && value < TwoTo31F))
            Trap.Truncation(value);
        return TruncateToI32(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32TruncF32U(float value)
    {
        if (!(value > -1f && value < TwoTo32F))
            Trap.Truncation(value);
        // Through i64: x86 has no 32-bit unsigned conversion before AVX-512.
        return (int)TruncateToI64(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32TruncF64S(double value)
    {
        if (!(value > -TwoTo31 - 1 && value < TwoTo31))
            Trap.Truncation(value);
        return TruncateToI32(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32TruncF64U(double value)
    {
        if (!(value > -1d && value < TwoTo32))
            Trap.Truncation(value);
        return (int)TruncateToI64(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64TruncF32S(float value)
    {
        if (!(value >= -TwoTo63F && value < TwoTo63F))
            Trap.Truncation(value);
        return TruncateToI64(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64TruncF32U(float value)
    {
        if (!(value > -1f && value < TwoTo64F))
            Trap.Truncation(value);
        return value < TwoTo63F
            ? TruncateToI64(value)
            : TruncateToI64(value - TwoTo63F) ^ long.MinValue;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64TruncF64S(double value)
    {
        if (!(value >= -TwoTo63 && value < TwoTo63))
            Trap.Truncation(value);
        return TruncateToI64(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64TruncF64U(double value)
    {
        if (!(value > -1d && value < TwoTo64))
            Trap.Truncation(value);
        return value < TwoTo63
            ? TruncateToI64(value)
            : TruncateToI64(value - TwoTo63) ^ long.MinValue;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32TruncSatF32S(float value) => (int)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32TruncSatF32U(float value) => (int)(uint)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32TruncSatF64S(double value) => (int)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32TruncSatF64U(double value) => (int)(uint)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64TruncSatF32S(float value) => (long)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64TruncSatF32U(float value) => (long)(ulong)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64TruncSatF64S(double value) => (long)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64TruncSatF64U(double value) => (long)(ulong)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32ConvertI32S(int value) => value;

    // Through i64, which is exact and rounds once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32ConvertI32U(int value) => (long)(uint)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32ConvertI64S(long value) => value;

    /// <summary>Rounds once. A cast in C# may go through f64, and would then round twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32ConvertI64U(long value)
    {
        if (Avx512F.X64.IsSupported)
            return Avx512F.X64.ConvertScalarToVector128Single(Vector128<float>.Zero, (ulong)value).ToScalar();

        if (value >= 0)
            return value;

        // Half the value, its lowest bit kept sticky so that ties are still seen, then doubled, which is exact.
        float half = (value >>> 1) | (value & 1);
        return half + half;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64ConvertI32S(int value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64ConvertI32U(int value) => (long)(uint)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64ConvertI64S(long value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64ConvertI64U(long value) => (ulong)value;

    // A cast of a promoted value would be removed, and with it the change of a signalling NaN into a quiet one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32DemoteF64(double value)
    {
        if (!Sse2.IsSupported)
            return (float)value;

        var source = Vector128.CreateScalarUnsafe(value);
        return Sse2.ConvertScalarToVector128Single(source.AsSingle(), source).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64PromoteF32(float value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32ReinterpretF32(float value) => BitConverter.SingleToInt32Bits(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64ReinterpretF64(double value) => BitConverter.DoubleToInt64Bits(value);

    // RyuJIT keeps an f32 constant as f64, which makes a signalling NaN quiet, and removes x * 1, x / 1, x - 0 and
    // x + -0, which should do so. It does not see through a move between register files, which costs no more: so these
    // two also serve for constants that must stay what they are, or that must not be recognized.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32ReinterpretI32(int value) => Sse2.IsSupported
        ? Sse2.ConvertScalarToVector128Int32(value).AsSingle().ToScalar()
        : BitConverter.Int32BitsToSingle(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64ReinterpretI64(long value) => Sse2.X64.IsSupported
        ? Sse2.X64.ConvertScalarToVector128Int64(value).AsDouble().ToScalar()
        : BitConverter.Int64BitsToDouble(value);
}
