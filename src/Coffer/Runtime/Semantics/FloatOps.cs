using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Coffer.Runtime.Semantics;

/// <summary>
/// Floating-point instructions (specification, section 4.3.3). An operation that computes must return a quiet NaN, and
/// a canonical one when its NaN operands are canonical; <c>abs</c>, <c>neg</c> and <c>copysign</c> are operations on
/// the sign bit and keep a NaN as it is, signalling or not.
/// </summary>
internal static class FloatOps
{
    // VRANGE: the sign is that of the comparison's winner, so that -0 is less than +0.
    internal const byte RangeMinimum = 0b0100;
    internal const byte RangeMaximum = 0b0101;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Abs(float value) => MathF.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Neg(float value) => -value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Ceil(float value) => MathF.Ceiling(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Floor(float value) => MathF.Floor(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Trunc(float value) => MathF.Truncate(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Nearest(float value) => MathF.Round(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Sqrt(float value) => MathF.Sqrt(value);

    // As the platform's, which in code that is compiled ahead is a call.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Copysign(float magnitude, float sign) => Vector128.ConditionalSelect(
        Vector128.CreateScalarUnsafe(-0f), Vector128.CreateScalarUnsafe(sign), Vector128.CreateScalarUnsafe(magnitude)).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Min(float left, float right)
    {
        if (Sse41.IsSupported)
        {
            var a = Vector128.CreateScalarUnsafe(left);
            var b = Vector128.CreateScalarUnsafe(right);
            // Both orders, since the instruction returns its second operand for two zeros of different sign.
            var ordered = Avx512DQ.IsSupported
                ? Avx512DQ.RangeScalar(a, b, RangeMinimum)
                : Sse.MinScalar(a, b) | Sse.MinScalar(b, a);
            // A sum with a NaN is that NaN made quiet.
            return Sse41.BlendVariable(ordered, Sse.AddScalar(a, b), Sse.CompareScalarUnordered(a, b)).ToScalar();
        }

        if (AdvSimd.Arm64.IsSupported)
        {
            var first = Vector64.CreateScalarUnsafe(left);
            var second = Vector64.CreateScalarUnsafe(right);
            return AdvSimd.Arm64.MinScalar(first, second).ToScalar();
        }

        return F32PortableMin(left, right);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32Max(float left, float right)
    {
        if (Sse41.IsSupported)
        {
            var a = Vector128.CreateScalarUnsafe(left);
            var b = Vector128.CreateScalarUnsafe(right);
            // Both orders, since the instruction returns its second operand for two zeros of different sign.
            var ordered = Avx512DQ.IsSupported
                ? Avx512DQ.RangeScalar(a, b, RangeMaximum)
                : Sse.MaxScalar(a, b) & Sse.MaxScalar(b, a);
            // A sum with a NaN is that NaN made quiet.
            return Sse41.BlendVariable(ordered, Sse.AddScalar(a, b), Sse.CompareScalarUnordered(a, b)).ToScalar();
        }

        if (AdvSimd.Arm64.IsSupported)
        {
            var first = Vector64.CreateScalarUnsafe(left);
            var second = Vector64.CreateScalarUnsafe(right);
            return AdvSimd.Arm64.MaxScalar(first, second).ToScalar();
        }

        return F32PortableMax(left, right);
    }

    internal static float F32PortableMin(float left, float right)
    {
        if (left < right)
            return left;
        if (right < left)
            return right;
        return left == right
            ? BitConverter.Int32BitsToSingle(
                BitConverter.SingleToInt32Bits(left) | BitConverter.SingleToInt32Bits(right))
            : left + right;
    }

    internal static float F32PortableMax(float left, float right)
    {
        if (left > right)
            return left;
        if (right > left)
            return right;
        return left == right
            ? BitConverter.Int32BitsToSingle(
                BitConverter.SingleToInt32Bits(left) & BitConverter.SingleToInt32Bits(right))
            : left + right;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Abs(double value) => Math.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Neg(double value) => -value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Ceil(double value) => Math.Ceiling(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Floor(double value) => Math.Floor(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Trunc(double value) => Math.Truncate(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Nearest(double value) => Math.Round(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Sqrt(double value) => Math.Sqrt(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Copysign(double magnitude, double sign) => Vector128.ConditionalSelect(
        Vector128.CreateScalarUnsafe(-0d), Vector128.CreateScalarUnsafe(sign), Vector128.CreateScalarUnsafe(magnitude)).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Min(double left, double right)
    {
        if (Sse41.IsSupported)
        {
            var a = Vector128.CreateScalarUnsafe(left);
            var b = Vector128.CreateScalarUnsafe(right);
            // Both orders, since the instruction returns its second operand for two zeros of different sign.
            var ordered = Avx512DQ.IsSupported
                ? Avx512DQ.RangeScalar(a, b, RangeMinimum)
                : Sse2.MinScalar(a, b) | Sse2.MinScalar(b, a);
            // A sum with a NaN is that NaN made quiet.
            return Sse41.BlendVariable(ordered, Sse2.AddScalar(a, b), Sse2.CompareScalarUnordered(a, b)).ToScalar();
        }

        if (AdvSimd.Arm64.IsSupported)
        {
            var first = Vector64.Create(left);
            var second = Vector64.Create(right);
            return AdvSimd.Arm64.MinScalar(first, second).ToScalar();
        }

        return F64PortableMin(left, right);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64Max(double left, double right)
    {
        if (Sse41.IsSupported)
        {
            var a = Vector128.CreateScalarUnsafe(left);
            var b = Vector128.CreateScalarUnsafe(right);
            // Both orders, since the instruction returns its second operand for two zeros of different sign.
            var ordered = Avx512DQ.IsSupported
                ? Avx512DQ.RangeScalar(a, b, RangeMaximum)
                : Sse2.MaxScalar(a, b) & Sse2.MaxScalar(b, a);
            // A sum with a NaN is that NaN made quiet.
            return Sse41.BlendVariable(ordered, Sse2.AddScalar(a, b), Sse2.CompareScalarUnordered(a, b)).ToScalar();
        }

        if (AdvSimd.Arm64.IsSupported)
        {
            var first = Vector64.Create(left);
            var second = Vector64.Create(right);
            return AdvSimd.Arm64.MaxScalar(first, second).ToScalar();
        }

        return F64PortableMax(left, right);
    }

    internal static double F64PortableMin(double left, double right)
    {
        if (left < right)
            return left;
        if (right < left)
            return right;
        return left == right
            ? BitConverter.Int64BitsToDouble(
                BitConverter.DoubleToInt64Bits(left) | BitConverter.DoubleToInt64Bits(right))
            : left + right;
    }

    internal static double F64PortableMax(double left, double right)
    {
        if (left > right)
            return left;
        if (right > left)
            return right;
        return left == right
            ? BitConverter.Int64BitsToDouble(
                BitConverter.DoubleToInt64Bits(left) & BitConverter.DoubleToInt64Bits(right))
            : left + right;
    }

    /// <summary>The number itself, a signalling NaN made quiet. Not inlined, so that nothing is known of the result.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static float F32Quiet(float value) => value + value is var sum && float.IsNaN(sum) ? sum : value;

    /// <summary>The number itself, a signalling NaN made quiet. Not inlined, so that nothing is known of the result.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double F64Quiet(double value) => value + value is var sum && double.IsNaN(sum) ? sum : value;
}
