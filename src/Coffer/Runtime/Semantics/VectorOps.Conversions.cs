using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Runtime.Semantics;

// Conversions between lanes of integers and of floating-point numbers. Conversions to integers saturate.
internal static partial class VectorOps
{
    private const double TwoTo52 = 4503599627370496;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4ConvertI32x4S(V128 value) => Vector128.ConvertToSingle(value.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4ConvertI32x4U(V128 value) => Vector128.ConvertToSingle(value.AsUInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2ConvertLowI32x4S(V128 value) => Sse2.IsSupported
        ? Sse2.ConvertToVector128Double(value.AsInt32()).AsByte()
        : Vector128.ConvertToDouble(Vector128.WidenLower(value.AsInt32())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2ConvertLowI32x4U(V128 value)
    {
        if (Avx512F.VL.IsSupported)
            return Avx512F.VL.ConvertToVector128Double(value.AsUInt32()).AsByte();

        // An integer in the low bits of the number 2^52 is added to it; take 2^52 away again.
        var magic = Vector128.Create(TwoTo52);
        return ((Vector128.WidenLower(value.AsUInt32()) | magic.AsUInt64()).AsDouble() - magic).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4TruncSatF32x4S(V128 value) => Vector128.ConvertToInt32(value.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4TruncSatF32x4U(V128 value)
    {
        if (Avx512F.VL.IsSupported || !Sse2.IsSupported)
            return Vector128.ConvertToUInt32(value.AsSingle()).AsByte();

        // The part below 2^31 (which the conversion gives for everything beyond), and what is left above it.
        var limit = Vector128.Create(2147483648f);
        var positive = Sse.Max(value.AsSingle(), Vector128<float>.Zero);
        var rest = positive - limit;
        var tooLarge = Vector128.GreaterThanOrEqual(rest, limit).AsInt32();
        var high = Sse2.ConvertToVector128Int32WithTruncation(rest) ^ tooLarge;
        var low = Sse2.ConvertToVector128Int32WithTruncation(positive);
        return (low + Vector128.Max(high, Vector128<int>.Zero)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4TruncSatF64x2SZero(V128 value)
    {
        var source = value.AsDouble();
        if (!Sse2.IsSupported)
            return Vector128.NarrowWithSaturation(Vector128.ConvertToInt64(source), Vector128<long>.Zero).AsByte();

        // Numbers too large become the maximum and NaN becomes 0 here; numbers too small become the minimum by the
        // conversion, which also clears the upper lanes.
        var limit = Vector128.Equals(source, source) & Vector128.Create((double)int.MaxValue);
        return Sse2.ConvertToVector128Int32WithTruncation(Sse2.Min(source, limit)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 I32x4TruncSatF64x2UZero(V128 value)
    {
        var source = value.AsDouble();
        if (!Sse41.IsSupported)
            return Vector128.NarrowWithSaturation(Vector128.ConvertToUInt64(source), Vector128<ulong>.Zero).AsByte();

        // The second operand, which is 0, where the first is NaN.
        var positive = Sse2.Max(source, Vector128<double>.Zero);
        if (Avx512F.VL.IsSupported)
            return Avx512F.VL.ConvertToVector128UInt32WithTruncation(positive).AsByte();

        // In a number of the size of 2^52 the low bits are the integer; take those words.
        var integral = Sse41.RoundToZero(Sse2.Min(positive, Vector128.Create((double)uint.MaxValue)));
        var words = (integral + Vector128.Create(TwoTo52)).AsSingle();
        return Sse.Shuffle(words, Vector128<float>.Zero, 0b10_00_10_00).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F32x4DemoteF64x2Zero(V128 value) => Sse2.IsSupported
        ? Sse2.ConvertToVector128Single(value.AsDouble()).AsByte()
        : Vector128.Narrow(value.AsDouble(), Vector128<double>.Zero).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 F64x2PromoteLowF32x4(V128 value) => Sse2.IsSupported
        ? Sse2.ConvertToVector128Double(value.AsSingle()).AsByte()
        : Vector128.WidenLower(value.AsSingle()).AsByte();
}
