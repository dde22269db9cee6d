using static Coffer.Runtime.Semantics.VectorOps;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class VectorFloatTests
{
    [Fact]
    public void Arithmetic_EdgePairs_MatchesScalar()
    {
        FloatLaneCheck.Binary(F32x4Add, (float a, float b) => a + b);
        FloatLaneCheck.Binary(F32x4Sub, (float a, float b) => a - b);
        FloatLaneCheck.Binary(F32x4Mul, (float a, float b) => a * b);
        FloatLaneCheck.Binary(F32x4Div, (float a, float b) => a / b);
        FloatLaneCheck.Unary(F32x4Sqrt, (float a) => MathF.Sqrt(a));
        FloatLaneCheck.Binary(F64x2Add, (double a, double b) => a + b);
        FloatLaneCheck.Binary(F64x2Sub, (double a, double b) => a - b);
        FloatLaneCheck.Binary(F64x2Mul, (double a, double b) => a * b);
        FloatLaneCheck.Binary(F64x2Div, (double a, double b) => a / b);
        FloatLaneCheck.Unary(F64x2Sqrt, (double a) => Math.Sqrt(a));
    }

    [Fact]
    public void MinimumAndMaximum_EdgePairs_FollowTheRulesForNaNAndZero()
    {
        FloatLaneCheck.Binary(F32x4Min, (float a, float b) => FloatOpsTests.Minimum(a, b));
        FloatLaneCheck.Binary(F32x4Max, (float a, float b) => FloatOpsTests.Maximum(a, b));
        FloatLaneCheck.Binary(F64x2Min, (double a, double b) => FloatOpsTests.Minimum(a, b));
        FloatLaneCheck.Binary(F64x2Max, (double a, double b) => FloatOpsTests.Maximum(a, b));
        FloatLaneCheck.Binary(F32x4RelaxedMin, (float a, float b) => FloatOpsTests.Minimum(a, b));
        FloatLaneCheck.Binary(F32x4RelaxedMax, (float a, float b) => FloatOpsTests.Maximum(a, b));
        FloatLaneCheck.Binary(F64x2RelaxedMin, (double a, double b) => FloatOpsTests.Minimum(a, b));
        FloatLaneCheck.Binary(F64x2RelaxedMax, (double a, double b) => FloatOpsTests.Maximum(a, b));
    }

    [Fact]
    public void PseudoMinimumAndMaximum_EdgePairs_SelectAnOperandUnchanged()
    {
        FloatLaneCheck.Bits<float>(F32x4Pmin, (a, b) => b < a ? b : a);
        FloatLaneCheck.Bits<float>(F32x4Pmax, (a, b) => a < b ? b : a);
        FloatLaneCheck.Bits<double>(F64x2Pmin, (a, b) => b < a ? b : a);
        FloatLaneCheck.Bits<double>(F64x2Pmax, (a, b) => a < b ? b : a);
    }

    [Fact]
    public void Rounding_EdgeValues_MatchesExactArithmetic()
    {
        FloatLaneCheck.Unary(F32x4Ceil, (float a) => FloatOpsTests.Rounded(a, real => real.Ceiling()));
        FloatLaneCheck.Unary(F32x4Floor, (float a) => FloatOpsTests.Rounded(a, real => real.Floor()));
        FloatLaneCheck.Unary(F32x4Trunc, (float a) => FloatOpsTests.Rounded(a, real => real.Truncate()));
        FloatLaneCheck.Unary(F32x4Nearest, (float a) => FloatOpsTests.Rounded(a, real => real.RoundToEven()));
        FloatLaneCheck.Unary(F64x2Ceil, (double a) => FloatOpsTests.Rounded(a, real => real.Ceiling()));
        FloatLaneCheck.Unary(F64x2Floor, (double a) => FloatOpsTests.Rounded(a, real => real.Floor()));
        FloatLaneCheck.Unary(F64x2Trunc, (double a) => FloatOpsTests.Rounded(a, real => real.Truncate()));
        FloatLaneCheck.Unary(F64x2Nearest, (double a) => FloatOpsTests.Rounded(a, real => real.RoundToEven()));
    }

    [Fact]
    public void SignOperations_AnyBits_KeepTheOthers()
    {
        LaneCheck.Unary<uint>(F32x4Abs, a => a & 0x7fffffff);
        LaneCheck.Unary<uint>(F32x4Neg, a => a ^ 0x80000000);
        LaneCheck.Unary<ulong>(F64x2Abs, a => a & long.MaxValue);
        LaneCheck.Unary<ulong>(F64x2Neg, a => a ^ (1UL << 63));
    }

    [Fact]
    public void RelaxedMultiplyAdd_EdgeTriples_RoundsOnce()
    {
        foreach (var c in (float[])[0f, 1f, -1f, 1e-30f, float.MaxValue, float.NegativeInfinity, Samples.Bits(0x7fc00000)])
        {
            var addend = LaneCheck.Join(c, c, c, c);
            FloatLaneCheck.Binary((a, b) => F32x4RelaxedMadd(a, b, addend), (float a, float b) => Fused(a, b, c));
            FloatLaneCheck.Binary((a, b) => F32x4RelaxedNmadd(a, b, addend), (float a, float b) => Fused(-a, b, c));
        }

        foreach (var c in (double[])[0d, 1d, -1d, 1e-300, double.MaxValue, double.NegativeInfinity, Samples.Bits64(0x7ff8000000000000)])
        {
            var addend = LaneCheck.Join(c, c);
            FloatLaneCheck.Binary((a, b) => F64x2RelaxedMadd(a, b, addend), (double a, double b) => Fused(a, b, c));
            FloatLaneCheck.Binary((a, b) => F64x2RelaxedNmadd(a, b, addend), (double a, double b) => Fused(-a, b, c));
        }
    }

    private static float Fused(float a, float b, float c)
    {
        if (!float.IsFinite(a) || !float.IsFinite(b) || !float.IsFinite(c))
            return float.IsFinite(a) && float.IsFinite(b) ? c : (a * b) + c; // the product alone cannot overflow
        var exact = Sum(a, b, c);
        return exact.Significand.IsZero ? (a * b) + c : exact.ToSingle(); // the sign of a zero sum
    }

    private static double Fused(double a, double b, double c)
    {
        if (!double.IsFinite(a) || !double.IsFinite(b) || !double.IsFinite(c))
            return double.IsFinite(a) && double.IsFinite(b) ? c : (a * b) + c; // the product alone cannot overflow
        var exact = Sum(a, b, c);
        return exact.Significand.IsZero ? (a * b) + c : exact.ToDouble(); // the sign of a zero sum
    }

    private static ExactReal Sum(double a, double b, double c)
    {
        var (x, y, z) = (ExactReal.Of(a), ExactReal.Of(b), ExactReal.Of(c));
        var product = new ExactReal(x.Significand * y.Significand, x.Exponent + y.Exponent);
        var exponent = Math.Min(product.Exponent, z.Exponent);
        var sum = (product.Significand << (product.Exponent - exponent)) + (z.Significand << (z.Exponent - exponent));
        return new ExactReal(sum, exponent);
    }
}
