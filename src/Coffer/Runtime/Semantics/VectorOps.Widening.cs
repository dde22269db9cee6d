using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Runtime.Semantics;

// Instructions whose lanes are wider or narrower than those of their operands.
internal static partial class VectorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtendLowI8x16S(V128 value) => Vector128.WidenLower(value.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtendLowI8x16U(V128 value) => Vector128.WidenLower(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtendHighI8x16S(V128 value) => Vector128.WidenUpper(value.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtendHighI8x16U(V128 value) => Vector128.WidenUpper(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtendLowI16x8S(V128 value) => Vector128.WidenLower(value.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtendLowI16x8U(V128 value) => Vector128.WidenLower(value.AsUInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtendHighI16x8S(V128 value) => Vector128.WidenUpper(value.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtendHighI16x8U(V128 value) => Vector128.WidenUpper(value.AsUInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ExtendLowI32x4S(V128 value) => Vector128.WidenLower(value.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ExtendLowI32x4U(V128 value) => Vector128.WidenLower(value.AsUInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ExtendHighI32x4S(V128 value) => Vector128.WidenUpper(value.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ExtendHighI32x4U(V128 value) => Vector128.WidenUpper(value.AsUInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtmulLowI8x16S(V128 left, V128 right) =>
        (Vector128.WidenLower(left.AsSByte()) * Vector128.WidenLower(right.AsSByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtmulLowI8x16U(V128 left, V128 right) =>
        (Vector128.WidenLower(left) * Vector128.WidenLower(right)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtmulHighI8x16S(V128 left, V128 right) =>
        (Vector128.WidenUpper(left.AsSByte()) * Vector128.WidenUpper(right.AsSByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtmulHighI8x16U(V128 left, V128 right) =>
        (Vector128.WidenUpper(left) * Vector128.WidenUpper(right)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtmulLowI16x8S(V128 left, V128 right)
    {
        var a = left.AsInt16();
        var b = right.AsInt16();
        return Sse2.IsSupported
            ? Sse2.UnpackLow(Sse2.MultiplyLow(a, b), Sse2.MultiplyHigh(a, b)).AsByte()
            : (Vector128.WidenLower(a) * Vector128.WidenLower(b)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtmulLowI16x8U(V128 left, V128 right)
    {
        var a = left.AsUInt16();
        var b = right.AsUInt16();
        return Sse2.IsSupported
            ? Sse2.UnpackLow(Sse2.MultiplyLow(a, b), Sse2.MultiplyHigh(a, b)).AsByte()
            : (Vector128.WidenLower(a) * Vector128.WidenLower(b)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtmulHighI16x8S(V128 left, V128 right)
    {
        var a = left.AsInt16();
        var b = right.AsInt16();
        return Sse2.IsSupported
            ? Sse2.UnpackHigh(Sse2.MultiplyLow(a, b), Sse2.MultiplyHigh(a, b)).AsByte()
            : (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtmulHighI16x8U(V128 left, V128 right)
    {
        var a = left.AsUInt16();
        var b = right.AsUInt16();
        return Sse2.IsSupported
            ? Sse2.UnpackHigh(Sse2.MultiplyLow(a, b), Sse2.MultiplyHigh(a, b)).AsByte()
            : (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ExtmulLowI32x4S(V128 left, V128 right)
    {
        var a = left.AsInt32();
        var b = right.AsInt32();
        return Sse41.IsSupported
            ? Sse41.Multiply(Sse2.Shuffle(a, 0b01_01_00_00), Sse2.Shuffle(b, 0b01_01_00_00)).AsByte()
            : (Vector128.WidenLower(a) * Vector128.WidenLower(b)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ExtmulLowI32x4U(V128 left, V128 right)
    {
        var a = left.AsUInt32();
        var b = right.AsUInt32();
        return Sse41.IsSupported
            ? Sse2.Multiply(Sse2.Shuffle(a, 0b01_01_00_00), Sse2.Shuffle(b, 0b01_01_00_00)).AsByte()
            : (Vector128.WidenLower(a) * Vector128.WidenLower(b)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ExtmulHighI32x4S(V128 left, V128 right)
    {
        var a = left.AsInt32();
        var b = right.AsInt32();
        return Sse41.IsSupported
            ? Sse41.Multiply(Sse2.Shuffle(a, 0b11_11_10_10), Sse2.Shuffle(b, 0b11_11_10_10)).AsByte()
            : (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ExtmulHighI32x4U(V128 left, V128 right)
    {
        var a = left.AsUInt32();
        var b = right.AsUInt32();
        return Sse41.IsSupported
            ? Sse2.Multiply(Sse2.Shuffle(a, 0b11_11_10_10), Sse2.Shuffle(b, 0b11_11_10_10)).AsByte()
            : (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtaddPairwiseI8x16S(V128 value)
    {
        if (Ssse3.IsSupported)
            return Ssse3.MultiplyAddAdjacent(V128.One, value.AsSByte()).AsByte();
        if (AdvSimd.IsSupported)
            return AdvSimd.AddPairwiseWidening(value.AsSByte()).AsByte();

        var pairs = value.AsInt16();
        return (((pairs << 8) >> 8) + (pairs >> 8)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ExtaddPairwiseI8x16U(V128 value)
    {
        if (Ssse3.IsSupported)
            return Ssse3.MultiplyAddAdjacent(value, Vector128<sbyte>.One).AsByte();
        if (AdvSimd.IsSupported)
            return AdvSimd.AddPairwiseWidening(value).AsByte();

        var pairs = value.AsUInt16();
        return ((pairs & Vector128.Create((ushort)0xff)) + (pairs >>> 8)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtaddPairwiseI16x8S(V128 value)
    {
        if (Sse2.IsSupported)
            return Sse2.MultiplyAddAdjacent(value.AsInt16(), Vector128<short>.One).AsByte();
        if (AdvSimd.IsSupported)
            return AdvSimd.AddPairwiseWidening(value.AsInt16()).AsByte();

        var pairs = value.AsInt32();
        return (((pairs << 16) >> 16) + (pairs >> 16)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ExtaddPairwiseI16x8U(V128 value)
    {
        if (AdvSimd.IsSupported)
            return AdvSimd.AddPairwiseWidening(value.AsUInt16()).AsByte();

        var pairs = value.AsUInt32();
        return ((pairs & Vector128.Create(0xffffu)) + (pairs >>> 16)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16NarrowI16x8S(V128 left, V128 right) =>
        Vector128.NarrowWithSaturation(left.AsInt16(), right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8NarrowI32x4S(V128 left, V128 right) =>
        Vector128.NarrowWithSaturation(left.AsInt32(), right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16NarrowI16x8U(V128 left, V128 right)
    {
        var a = left.AsInt16();
        var b = right.AsInt16();
        if (Sse2.IsSupported)
            return Sse2.PackUnsignedSaturate(a, b);
        if (AdvSimd.IsSupported)
        {
            var lower = AdvSimd.ExtractNarrowingSaturateUnsignedLower(a);
            return AdvSimd.ExtractNarrowingSaturateUnsignedUpper(lower, b);
        }

        // Without the negative numbers, the unsigned saturation is the right one.
        var zero = Vector128<short>.Zero;
        return Vector128.NarrowWithSaturation(
            Vector128.Max(a, zero).AsUInt16(), Vector128.Max(b, zero).AsUInt16());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8NarrowI32x4U(V128 left, V128 right)
    {
        var a = left.AsInt32();
        var b = right.AsInt32();
        if (Sse41.IsSupported)
            return Sse41.PackUnsignedSaturate(a, b).AsByte();
        if (AdvSimd.IsSupported)
        {
            var lower = AdvSimd.ExtractNarrowingSaturateUnsignedLower(a);
            return AdvSimd.ExtractNarrowingSaturateUnsignedUpper(lower, b).AsByte();
        }

        // Without the negative numbers, the unsigned saturation is the right one.
        var zero = Vector128<int>.Zero;
        return Vector128.NarrowWithSaturation(
            Vector128.Max(a, zero).AsUInt32(), Vector128.Max(b, zero).AsUInt32()).AsByte();
    }
}
