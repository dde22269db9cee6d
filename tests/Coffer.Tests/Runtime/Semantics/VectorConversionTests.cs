using System.Numerics;
using static Coffer.Runtime.Semantics.VectorOps;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class VectorConversionTests
{
    private static readonly BigInteger TwoTo31 = BigInteger.One << 31;
    private static readonly BigInteger TwoTo32 = BigInteger.One << 32;

    [Fact]
    public void FromIntegers_EdgeLanes_RoundsOnce()
    {
        foreach (var (a, _) in VectorSamples.Pairs<int>())
        {
            var signed = LaneCheck.Split<int>(a).Select(x => new ExactReal(x, 0)).ToArray();
            var unsigned = LaneCheck.Split<uint>(a).Select(x => new ExactReal(x, 0)).ToArray();
            Same<float>([.. signed.Select(x => x.ToSingle())], F32x4ConvertI32x4S(a), "f32x4 s", a);
            Same<float>([.. unsigned.Select(x => x.ToSingle())], F32x4ConvertI32x4U(a), "f32x4 u", a);
            Same<double>([.. signed.Take(2).Select(x => x.ToDouble())], F64x2ConvertLowI32x4S(a), "f64x2 s", a);
            Same<double>([.. unsigned.Take(2).Select(x => x.ToDouble())], F64x2ConvertLowI32x4U(a), "f64x2 u", a);
        }
    }

    [Fact]
    public void ToIntegers_EdgeLanes_Saturates()
    {
        foreach (var (a, _) in VectorSamples.Pairs<float>())
        {
            var signed = LaneCheck.Split<float>(a).Select(x => (int)Saturated(x, -TwoTo31, TwoTo31)).ToArray();
            var unsigned = LaneCheck.Split<float>(a).Select(x => (uint)Saturated(x, 0, TwoTo32)).ToArray();
            Same<int>(signed, I32x4TruncSatF32x4S(a), "trunc_sat s", a);
            Same<uint>(unsigned, I32x4TruncSatF32x4U(a), "trunc_sat u", a);
            Same<int>(signed, I32x4RelaxedTruncF32x4S(a), "relaxed_trunc s", a);
            Same<uint>(unsigned, I32x4RelaxedTruncF32x4U(a), "relaxed_trunc u", a);
        }

        foreach (var (a, _) in VectorSamples.Pairs<double>())
        {
            var signed = LaneCheck.Split<double>(a).Select(x => (int)Saturated(x, -TwoTo31, TwoTo31)).ToArray();
            var unsigned = LaneCheck.Split<double>(a).Select(x => (uint)Saturated(x, 0, TwoTo32)).ToArray();
            Same<int>([.. signed, 0, 0], I32x4TruncSatF64x2SZero(a), "trunc_sat f64 s", a);
            Same<uint>([.. unsigned, 0, 0], I32x4TruncSatF64x2UZero(a), "trunc_sat f64 u", a);
            Same<int>([.. signed, 0, 0], I32x4RelaxedTruncF64x2SZero(a), "relaxed_trunc f64 s", a);
            Same<uint>([.. unsigned, 0, 0], I32x4RelaxedTruncF64x2UZero(a), "relaxed_trunc f64 u", a);
        }
    }

    [Fact]
    public void DemotionAndPromotion_EdgeLanes_MatchScalar()
    {
        foreach (var (a, _) in VectorSamples.Pairs<double>())
        {
            var source = LaneCheck.Split<double>(a);
            var actual = LaneCheck.Split<float>(F32x4DemoteF64x2Zero(a));
            for (var i = 0; i < 2; i++)
                Assert.True(Matches(source[i], actual[i]), $"demote {source[i]:r}: {actual[i]:r}");
            Assert.Equal([0, 0], LaneCheck.Split<int>(F32x4DemoteF64x2Zero(a))[2..]);
        }

        foreach (var (a, _) in VectorSamples.Pairs<float>())
        {
            var source = LaneCheck.Split<float>(a);
            var actual = LaneCheck.Split<double>(F64x2PromoteLowF32x4(a));
            for (var i = 0; i < 2; i++)
                Assert.True(Matches(source[i], actual[i]), $"promote {source[i]:r}: {actual[i]:r}");
        }
    }

    private static bool Matches(double source, float result)
    {
        if (double.IsNaN(source))
            return FloatAssert.IsAllowedNaN(result, FloatAssert.IsAllowedNaN(source) ? [] : [Samples.Bits(0x7f800001)]);
        if (double.IsInfinity(source))
            return double.IsInfinity(result) && double.IsNegative(source) == float.IsNegative(result);
        return FloatAssert.SameBits(ExactReal.Of(source).ToSingle(double.IsNegative(source)), result);
    }

    private static bool Matches(float source, double result) => float.IsNaN(source)
        ? FloatAssert.IsAllowedNaN(result, FloatAssert.IsAllowedNaN(source) ? [] : [Samples.Bits64(0x7ff0000000000001)])
        : source == result && float.IsNegative(source) == double.IsNegative(result);

    private static BigInteger Saturated(double value, BigInteger minimum, BigInteger limit) =>
        ConversionsTests.Saturated(value, minimum, limit);

    private static void Same<T>(T[] expected, V128 actual, string name, V128 operand) where T : unmanaged =>
        LaneCheck.Same<T>(LaneCheck.Join<T>(expected), actual, name, operand);
}
