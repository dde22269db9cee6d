using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Runtime.Semantics;

// Bits of the whole vector, tests of lanes, and shifts of lanes by a count modulo their width.
internal static partial class VectorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Not(V128 value) => ~value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128And(V128 left, V128 right) => left & right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Or(V128 left, V128 right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Xor(V128 left, V128 right) => left ^ right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Andnot(V128 left, V128 right) => Vector128.AndNot(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Bitselect(V128 whenSet, V128 whenClear, V128 mask) =>
        Vector128.ConditionalSelect(mask, whenSet, whenClear);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int V128AnyTrue(V128 value) => value == V128.Zero ? 0 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I8x16AllTrue(V128 value) => Vector128.EqualsAny(value, Vector128<byte>.Zero) ? 0 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I16x8AllTrue(V128 value) => Vector128.EqualsAny(value.AsUInt16(), Vector128<ushort>.Zero) ? 0 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32x4AllTrue(V128 value) => Vector128.EqualsAny(value.AsUInt32(), Vector128<uint>.Zero) ? 0 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I64x2AllTrue(V128 value) => Vector128.EqualsAny(value.AsUInt64(), Vector128<ulong>.Zero) ? 0 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I8x16Bitmask(V128 value) => (int)value.ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I16x8Bitmask(V128 value) => (int)value.AsUInt16().ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32x4Bitmask(V128 value) => (int)value.AsUInt32().ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I64x2Bitmask(V128 value) => (int)value.AsUInt64().ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Shl(V128 value, int count) => value << (count & 7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16ShrS(V128 value, int count) => (value.AsSByte() >> (count & 7)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16ShrU(V128 value, int count) => value >>> (count & 7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8Shl(V128 value, int count) => (value.AsUInt16() << (count & 15)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ShrS(V128 value, int count) => (value.AsInt16() >> (count & 15)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ShrU(V128 value, int count) => (value.AsUInt16() >>> (count & 15)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4Shl(V128 value, int count) => (value.AsUInt32() << (count & 31)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ShrS(V128 value, int count) => (value.AsInt32() >> (count & 31)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ShrU(V128 value, int count) => (value.AsUInt32() >>> (count & 31)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2Shl(V128 value, int count) => (value.AsUInt64() << (count & 63)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ShrS(V128 value, int count)
    {
        if (Avx512F.VL.IsSupported || AdvSimd.IsSupported)
            return (value.AsInt64() >> (count & 63)).AsByte();

        // Without the instruction: shift in zeros, then extend the sign from where it went.
        var sign = Vector128.Create(long.MinValue) >>> (count & 63);
        return (((value.AsInt64() >>> (count & 63)) ^ sign) - sign).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ShrU(V128 value, int count) => (value.AsUInt64() >>> (count & 63)).AsByte();
}
