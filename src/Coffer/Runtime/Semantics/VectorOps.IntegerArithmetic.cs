using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Runtime.Semantics;

// Integer arithmetic on lanes of one width.
internal static partial class VectorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Add(V128 left, V128 right) => (left.AsSByte() + right.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Sub(V128 left, V128 right) => (left.AsSByte() - right.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Neg(V128 value) => (-value.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16AddSatS(V128 left, V128 right) =>
        Vector128.AddSaturate(left.AsSByte(), right.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16AddSatU(V128 left, V128 right) => Vector128.AddSaturate(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16SubSatS(V128 left, V128 right) =>
        Vector128.SubtractSaturate(left.AsSByte(), right.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16SubSatU(V128 left, V128 right) => Vector128.SubtractSaturate(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16MinS(V128 left, V128 right) => Vector128.Min(left.AsSByte(), right.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16MinU(V128 left, V128 right) => Vector128.Min(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16MaxS(V128 left, V128 right) => Vector128.Max(left.AsSByte(), right.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16MaxU(V128 left, V128 right) => Vector128.Max(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8Add(V128 left, V128 right) => (left.AsInt16() + right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8Sub(V128 left, V128 right) => (left.AsInt16() - right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8Mul(V128 left, V128 right) => (left.AsInt16() * right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8Neg(V128 value) => (-value.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8AddSatS(V128 left, V128 right) =>
        Vector128.AddSaturate(left.AsInt16(), right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8AddSatU(V128 left, V128 right) =>
        Vector128.AddSaturate(left.AsUInt16(), right.AsUInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8SubSatS(V128 left, V128 right) =>
        Vector128.SubtractSaturate(left.AsInt16(), right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8SubSatU(V128 left, V128 right) =>
        Vector128.SubtractSaturate(left.AsUInt16(), right.AsUInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8MinS(V128 left, V128 right) => Vector128.Min(left.AsInt16(), right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8MinU(V128 left, V128 right) => Vector128.Min(left.AsUInt16(), right.AsUInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8MaxS(V128 left, V128 right) => Vector128.Max(left.AsInt16(), right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8MaxU(V128 left, V128 right) => Vector128.Max(left.AsUInt16(), right.AsUInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4Add(V128 left, V128 right) => (left.AsInt32() + right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4Sub(V128 left, V128 right) => (left.AsInt32() - right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4Mul(V128 left, V128 right) => (left.AsInt32() * right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4Neg(V128 value) => (-value.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4MinS(V128 left, V128 right) => Vector128.Min(left.AsInt32(), right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4MinU(V128 left, V128 right) => Vector128.Min(left.AsUInt32(), right.AsUInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4MaxS(V128 left, V128 right) => Vector128.Max(left.AsInt32(), right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4MaxU(V128 left, V128 right) => Vector128.Max(left.AsUInt32(), right.AsUInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2Add(V128 left, V128 right) => (left.AsInt64() + right.AsInt64()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2Sub(V128 left, V128 right) => (left.AsInt64() - right.AsInt64()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2Mul(V128 left, V128 right) => (left.AsInt64() * right.AsInt64()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2Neg(V128 value) => (-value.AsInt64()).AsByte();

    // The minimum is its own absolute value: a magnitude without its sign bit, which no exception may interrupt.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Abs(V128 value)
    {
        if (Vector128.IsHardwareAccelerated)
            return Vector128.Abs(value.AsSByte()).AsByte();

        var sign = Vector128.LessThan(value.AsSByte(), Vector128<sbyte>.Zero);
        return ((value.AsSByte() ^ sign) - sign).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8Abs(V128 value)
    {
        if (Vector128.IsHardwareAccelerated)
            return Vector128.Abs(value.AsInt16()).AsByte();

        var sign = Vector128.LessThan(value.AsInt16(), Vector128<short>.Zero);
        return ((value.AsInt16() ^ sign) - sign).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4Abs(V128 value)
    {
        if (Vector128.IsHardwareAccelerated)
            return Vector128.Abs(value.AsInt32()).AsByte();

        var sign = Vector128.LessThan(value.AsInt32(), Vector128<int>.Zero);
        return ((value.AsInt32() ^ sign) - sign).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2Abs(V128 value)
    {
        if (Vector128.IsHardwareAccelerated)
            return Vector128.Abs(value.AsInt64()).AsByte();

        var sign = Vector128.LessThan(value.AsInt64(), Vector128<long>.Zero);
        return ((value.AsInt64() ^ sign) - sign).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16AvgrU(V128 left, V128 right)
    {
        if (Sse2.IsSupported)
            return Sse2.Average(left, right);
        if (AdvSimd.IsSupported)
            return AdvSimd.FusedAddRoundedHalving(left, right);

        var either = (left | right);
        return either - ((left ^ right) >>> 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8AvgrU(V128 left, V128 right)
    {
        if (Sse2.IsSupported)
            return Sse2.Average(left.AsUInt16(), right.AsUInt16()).AsByte();
        if (AdvSimd.IsSupported)
            return AdvSimd.FusedAddRoundedHalving(left.AsUInt16(), right.AsUInt16()).AsByte();

        var either = (left | right).AsUInt16();
        return (either - ((left ^ right).AsUInt16() >>> 1)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Popcnt(V128 value)
    {
        if (AdvSimd.IsSupported)
            return AdvSimd.PopCount(value);

        var low = Vector128.Create((byte)0x0f);
        if (Ssse3.IsSupported)
        {
            // The count of each half byte from a table of sixteen.
            var counts = Vector128.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
            var upper = (value.AsUInt16() >>> 4).AsByte() & low;
            return Ssse3.Shuffle(counts, value & low) + Ssse3.Shuffle(counts, upper);
        }

        var pairs = value - ((value >>> 1) & Vector128.Create((byte)0x55));
        var nibbles = (pairs & Vector128.Create((byte)0x33)) + ((pairs >>> 2) & Vector128.Create((byte)0x33));
        return (nibbles + (nibbles >>> 4)) & low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8Q15mulrSatS(V128 left, V128 right)
    {
        var a = left.AsInt16();
        var b = right.AsInt16();
        if (Ssse3.IsSupported)
        {
            // -1 times -1 is the one product that does not fit: it comes out as the minimum, whose complement is right.
            var product = Ssse3.MultiplyHighRoundScale(a, b);
            return (product ^ Vector128.Equals(product, Vector128.Create(short.MinValue))).AsByte();
        }

        if (AdvSimd.IsSupported)
            return AdvSimd.MultiplyRoundedDoublingSaturateHigh(a, b).AsByte();

        var half = Vector128.Create(0x4000);
        var low = ((Vector128.WidenLower(a) * Vector128.WidenLower(b)) + half) >> 15;
        var high = ((Vector128.WidenUpper(a) * Vector128.WidenUpper(b)) + half) >> 15;
        return Vector128.NarrowWithSaturation(low, high).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4DotI16x8S(V128 left, V128 right)
    {
        var a = left.AsInt16();
        var b = right.AsInt16();
        if (Sse2.IsSupported)
            return Sse2.MultiplyAddAdjacent(a, b).AsByte();

        var low = Vector128.WidenLower(a) * Vector128.WidenLower(b);
        var high = Vector128.WidenUpper(a) * Vector128.WidenUpper(b);
        if (AdvSimd.Arm64.IsSupported)
            return AdvSimd.Arm64.AddPairwise(low, high).AsByte();

        var even = Vector128.Shuffle(low, Vector128.Create(0, 2, 4, 4))
            | Vector128.Shuffle(high, Vector128.Create(4, 4, 0, 2));
        var odd = Vector128.Shuffle(low, Vector128.Create(1, 3, 4, 4))
            | Vector128.Shuffle(high, Vector128.Create(4, 4, 1, 3));
        return (even + odd).AsByte();
    }
}
