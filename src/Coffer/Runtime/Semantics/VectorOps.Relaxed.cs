using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Runtime.Semantics;

// Relaxed SIMD. Where the specification leaves a choice, every machine makes the same one here, so that a guest
// computes the same everywhere: the choice of the instruction that is not relaxed where there is one, and a fused
// multiplication and addition, which is one instruction on every server processor of the last ten years and is
// computed in software, with the same result, elsewhere.
internal static partial class VectorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16RelaxedSwizzle(V128 value, V128 lanes) => I8x16Swizzle(value, lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4RelaxedTruncF32x4S(V128 value) => I32x4TruncSatF32x4S(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4RelaxedTruncF32x4U(V128 value) => I32x4TruncSatF32x4U(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4RelaxedTruncF64x2SZero(V128 value) => I32x4TruncSatF64x2SZero(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4RelaxedTruncF64x2UZero(V128 value) => I32x4TruncSatF64x2UZero(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4RelaxedMadd(V128 left, V128 right, V128 addend) =>
        Vector128.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4RelaxedNmadd(V128 left, V128 right, V128 addend) => Fma.IsSupported
        ? Fma.MultiplyAddNegated(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsByte()
        : Vector128.FusedMultiplyAdd(-left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2RelaxedMadd(V128 left, V128 right, V128 addend) =>
        Vector128.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2RelaxedNmadd(V128 left, V128 right, V128 addend) => Fma.IsSupported
        ? Fma.MultiplyAddNegated(left.AsDouble(), right.AsDouble(), addend.AsDouble()).AsByte()
        : Vector128.FusedMultiplyAdd(-left.AsDouble(), right.AsDouble(), addend.AsDouble()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16RelaxedLaneselect(V128 whenSet, V128 whenClear, V128 mask) =>
        V128Bitselect(whenSet, whenClear, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8RelaxedLaneselect(V128 whenSet, V128 whenClear, V128 mask) =>
        V128Bitselect(whenSet, whenClear, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4RelaxedLaneselect(V128 whenSet, V128 whenClear, V128 mask) =>
        V128Bitselect(whenSet, whenClear, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2RelaxedLaneselect(V128 whenSet, V128 whenClear, V128 mask) =>
        V128Bitselect(whenSet, whenClear, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4RelaxedMin(V128 left, V128 right) => F32x4Min(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4RelaxedMax(V128 left, V128 right) => F32x4Max(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2RelaxedMin(V128 left, V128 right) => F64x2Min(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2RelaxedMax(V128 left, V128 right) => F64x2Max(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8RelaxedQ15mulrS(V128 left, V128 right) => I16x8Q15mulrSatS(left, right);

    /// <summary>
    /// The left operand is signed and the right one unsigned (the same for the seven bits that it is meant to have),
    /// and the sum of two products saturates: the one choice that is a single instruction on x86-64.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8RelaxedDotI8x16I7x16S(V128 left, V128 right)
    {
        if (Ssse3.IsSupported)
            return Ssse3.MultiplyAddAdjacent(right, left.AsSByte()).AsByte();

        var a = left.AsInt16();
        var b = right.AsUInt16();
        var even = ((a << 8) >> 8) * (b & Vector128.Create((ushort)0xff)).AsInt16();
        var odd = (a >> 8) * (b >>> 8).AsInt16();
        return Vector128.AddSaturate(even, odd).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4RelaxedDotI8x16I7x16AddS(V128 left, V128 right, V128 addend)
    {
        var dot = I16x8RelaxedDotI8x16I7x16S(left, right);
        return I32x4Add(I32x4ExtaddPairwiseI16x8S(dot), addend);
    }
}
