using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Runtime.Semantics;

/// <summary>
/// Vector instructions (specification, section 4.3.6). A v128 is a vector of bytes here, reinterpreted where it is
/// used, which costs nothing. What a processor does not have is built from portable vector operations.
/// </summary>
internal static partial class VectorOps
{
    /// <summary>The lanes of both operands by number: 0 to 15 from the left one, 16 to 31 from the right one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Shuffle(V128 left, V128 right, V128 lanes)
    {
        // A lane number beyond 15 selects zero, and with a constant all of this is one or two table look-ups.
        return Vector128.Shuffle(left, lanes) | Vector128.Shuffle(right, lanes ^ Vector128.Create((byte)16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Swizzle(V128 value, V128 lanes)
    {
        // The instruction looks at bit 7 and the low four bits: saturation moves everything beyond 15 above 127.
        if (Ssse3.IsSupported)
            return Ssse3.Shuffle(value, Sse2.AddSaturate(lanes, Vector128.Create((byte)0x70)));
        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.VectorTableLookup(value, lanes)
            : Vector128.Shuffle(value, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16Splat(int value) => Vector128.Create((sbyte)value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8Splat(int value) => Vector128.Create((short)value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4Splat(int value) => Vector128.Create(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2Splat(long value) => Vector128.Create(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4Splat(float value) => Vector128.Create(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2Splat(double value) => Vector128.Create(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I8x16ExtractLaneS(V128 vector, byte lane) => vector.AsSByte().GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I8x16ExtractLaneU(V128 vector, byte lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I8x16ReplaceLane(V128 vector, int value, byte lane) =>
        vector.AsSByte().WithElement(lane, (sbyte)value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I16x8ExtractLaneS(V128 vector, byte lane) => vector.AsInt16().GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I16x8ExtractLaneU(V128 vector, byte lane) => vector.AsUInt16().GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I16x8ReplaceLane(V128 vector, int value, byte lane) =>
        vector.AsInt16().WithElement(lane, (short)value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32x4ExtractLane(V128 vector, byte lane) => vector.AsInt32().GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4ReplaceLane(V128 vector, int value, byte lane) =>
        vector.AsInt32().WithElement(lane, value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64x2ExtractLane(V128 vector, byte lane) => vector.AsInt64().GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I64x2ReplaceLane(V128 vector, long value, byte lane) =>
        vector.AsInt64().WithElement(lane, value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float F32x4ExtractLane(V128 vector, byte lane) => vector.AsSingle().GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4ReplaceLane(V128 vector, float value, byte lane) =>
        vector.AsSingle().WithElement(lane, value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double F64x2ExtractLane(V128 vector, byte lane) => vector.AsDouble().GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2ReplaceLane(V128 vector, double value, byte lane) =>
        vector.AsDouble().WithElement(lane, value).AsByte();
}
