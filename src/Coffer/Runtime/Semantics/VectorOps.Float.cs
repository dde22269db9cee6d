using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Runtime.Semantics;

// Floating-point arithmetic on lanes; NaN rules as in FloatOps.
internal static partial class VectorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Add(V128 left, V128 right) => (left.AsSingle() + right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Sub(V128 left, V128 right) => (left.AsSingle() - right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Mul(V128 left, V128 right) => (left.AsSingle() * right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Div(V128 left, V128 right) => (left.AsSingle() / right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Sqrt(V128 value) => Vector128.Sqrt(value.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Ceil(V128 value) => Vector128.Ceiling(value.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Floor(V128 value) => Vector128.Floor(value.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Trunc(V128 value) => Vector128.Truncate(value.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Nearest(V128 value) => Vector128.Round(value.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Abs(V128 value) => value & Vector128.Create(0x7fff_ffffu).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Neg(V128 value) => value ^ Vector128.Create(0x8000_0000u).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Min(V128 left, V128 right)
    {
        var a = left.AsSingle();
        var b = right.AsSingle();
        if (AdvSimd.IsSupported)
            return AdvSimd.Min(a, b).AsByte();

        // Both orders, since the instruction returns its second operand for two zeros of different sign.
        var ordered = Avx512DQ.VL.IsSupported
            ? Avx512DQ.VL.Range(a, b, FloatOps.RangeMinimum)
            : F32x4MinOrdered(a, b) | F32x4MinOrdered(b, a);
        // A sum with a NaN is that NaN made quiet.
        var isNumber = Vector128.Equals(a, a) & Vector128.Equals(b, b);
        var unordered = Sse.IsSupported ? Sse.CompareUnordered(a, b) : ~isNumber;
        return Vector128.ConditionalSelect(unordered, a + b, ordered).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Max(V128 left, V128 right)
    {
        var a = left.AsSingle();
        var b = right.AsSingle();
        if (AdvSimd.IsSupported)
            return AdvSimd.Max(a, b).AsByte();

        // Both orders, since the instruction returns its second operand for two zeros of different sign.
        var ordered = Avx512DQ.VL.IsSupported
            ? Avx512DQ.VL.Range(a, b, FloatOps.RangeMaximum)
            : F32x4MaxOrdered(a, b) & F32x4MaxOrdered(b, a);
        // A sum with a NaN is that NaN made quiet.
        var isNumber = Vector128.Equals(a, a) & Vector128.Equals(b, b);
        var unordered = Sse.IsSupported ? Sse.CompareUnordered(a, b) : ~isNumber;
        return Vector128.ConditionalSelect(unordered, a + b, ordered).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Pmin(V128 left, V128 right) =>
        F32x4MinOrdered(right.AsSingle(), left.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Pmax(V128 left, V128 right) =>
        F32x4MaxOrdered(right.AsSingle(), left.AsSingle()).AsByte();

    // The second operand unless the first is less: what x86 does, and what pseudo-minimum asks for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> F32x4MinOrdered(Vector128<float> first, Vector128<float> second) =>
        Sse.IsSupported
        ? Sse.Min(first, second)
        : Vector128.ConditionalSelect(Vector128.LessThan(first, second), first, second);

    // The second operand unless the first is greater: what x86 does, and what pseudo-maximum asks for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> F32x4MaxOrdered(Vector128<float> first, Vector128<float> second) =>
        Sse.IsSupported
        ? Sse.Max(first, second)
        : Vector128.ConditionalSelect(Vector128.GreaterThan(first, second), first, second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Add(V128 left, V128 right) => (left.AsDouble() + right.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Sub(V128 left, V128 right) => (left.AsDouble() - right.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Mul(V128 left, V128 right) => (left.AsDouble() * right.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Div(V128 left, V128 right) => (left.AsDouble() / right.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Sqrt(V128 value) => Vector128.Sqrt(value.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Ceil(V128 value) => Vector128.Ceiling(value.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Floor(V128 value) => Vector128.Floor(value.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Trunc(V128 value) => Vector128.Truncate(value.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Nearest(V128 value) => Vector128.Round(value.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Abs(V128 value) => value & Vector128.Create(0x7fff_ffff_ffff_fffful).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Neg(V128 value) => value ^ Vector128.Create(0x8000_0000_0000_0000u).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Min(V128 left, V128 right)
    {
        var a = left.AsDouble();
        var b = right.AsDouble();
        if (AdvSimd.Arm64.IsSupported)
            return AdvSimd.Arm64.Min(a, b).AsByte();

        // Both orders, since the instruction returns its second operand for two zeros of different sign.
        var ordered = Avx512DQ.VL.IsSupported
            ? Avx512DQ.VL.Range(a, b, FloatOps.RangeMinimum)
            : F64x2MinOrdered(a, b) | F64x2MinOrdered(b, a);
        // A sum with a NaN is that NaN made quiet.
        var isNumber = Vector128.Equals(a, a) & Vector128.Equals(b, b);
        var unordered = Sse2.IsSupported ? Sse2.CompareUnordered(a, b) : ~isNumber;
        return Vector128.ConditionalSelect(unordered, a + b, ordered).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Max(V128 left, V128 right)
    {
        var a = left.AsDouble();
        var b = right.AsDouble();
        if (AdvSimd.Arm64.IsSupported)
            return AdvSimd.Arm64.Max(a, b).AsByte();

        // Both orders, since the instruction returns its second operand for two zeros of different sign.
        var ordered = Avx512DQ.VL.IsSupported
            ? Avx512DQ.VL.Range(a, b, FloatOps.RangeMaximum)
            : F64x2MaxOrdered(a, b) & F64x2MaxOrdered(b, a);
        // A sum with a NaN is that NaN made quiet.
        var isNumber = Vector128.Equals(a, a) & Vector128.Equals(b, b);
        var unordered = Sse2.IsSupported ? Sse2.CompareUnordered(a, b) : ~isNumber;
        return Vector128.ConditionalSelect(unordered, a + b, ordered).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Pmin(V128 left, V128 right) =>
        F64x2MinOrdered(right.AsDouble(), left.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Pmax(V128 left, V128 right) =>
        F64x2MaxOrdered(right.AsDouble(), left.AsDouble()).AsByte();

    // The second operand unless the first is less: what x86 does, and what pseudo-minimum asks for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> F64x2MinOrdered(Vector128<double> first, Vector128<double> second) =>
        Sse2.IsSupported
        ? Sse2.Min(first, second)
        : Vector128.ConditionalSelect(Vector128.LessThan(first, second), first, second);

    // The second operand unless the first is greater: what x86 does, and what pseudo-maximum asks for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> F64x2MaxOrdered(Vector128<double> first, Vector128<double> second) =>
        Sse2.IsSupported
        ? Sse2.Max(first, second)
        : Vector128.ConditionalSelect(Vector128.GreaterThan(first, second), first, second);
}
