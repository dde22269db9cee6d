using System.Numerics;
using Coffer.Runtime.Semantics;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class FloatOpsTests
{
    [Fact]
    public void SignOperations_AnyBits_KeepTheOthers()
    {
        foreach (var value in Samples.Single)
        {
            var bits = BitConverter.SingleToUInt32Bits(value);
            Same(Samples.Bits(bits & 0x7fffffff), FloatOps.F32Abs(value));
            Same(Samples.Bits(bits ^ 0x80000000), FloatOps.F32Neg(value));
            foreach (var sign in Samples.Single)
            {
                var signBit = BitConverter.SingleToUInt32Bits(sign) & 0x80000000;
                Same(Samples.Bits((bits & 0x7fffffff) | signBit), FloatOps.F32Copysign(value, sign));
            }
        }

        foreach (var value in Samples.Double)
        {
            var bits = BitConverter.DoubleToUInt64Bits(value);
            Same(Samples.Bits64(bits & long.MaxValue), FloatOps.F64Abs(value));
            Same(Samples.Bits64(bits ^ (1UL << 63)), FloatOps.F64Neg(value));
            foreach (var sign in Samples.Double)
            {
                var signBit = BitConverter.DoubleToUInt64Bits(sign) & (1UL << 63);
                Same(Samples.Bits64((bits & long.MaxValue) | signBit), FloatOps.F64Copysign(value, sign));
            }
        }
    }

    [Fact]
    public void Rounding_AnyValue_MatchesExactArithmetic()
    {
        foreach (var value in Samples.Single)
        {
            Rounds(value, FloatOps.F32Ceil, real => real.Ceiling());
            Rounds(value, FloatOps.F32Floor, real => real.Floor());
            Rounds(value, FloatOps.F32Trunc, real => real.Truncate());
            Rounds(value, FloatOps.F32Nearest, real => real.RoundToEven());
        }

        foreach (var value in Samples.Double)
        {
            Rounds(value, FloatOps.F64Ceil, real => real.Ceiling());
            Rounds(value, FloatOps.F64Floor, real => real.Floor());
            Rounds(value, FloatOps.F64Trunc, real => real.Truncate());
            Rounds(value, FloatOps.F64Nearest, real => real.RoundToEven());
        }
    }

    [Fact]
    public void SquareRoot_AnyValue_MatchesReference()
    {
        foreach (var value in Samples.Single)
        {
            // An f64 has more than twice the precision of an f32, so that rounding twice changes nothing.
            Assert.True(FloatAssert.Matches((float)Math.Sqrt(value), FloatOps.F32Sqrt(value), value), $"sqrt {value:r}");
        }

        foreach (var value in Samples.Double.Where(value => double.IsFinite(value) && value > 0))
        {
            // The rounded root is within half a unit: compare the squares of the two halfway points.
            var root = FloatOps.F64Sqrt(value);
            Assert.True(SquareOfMiddle(Math.BitDecrement(root), root) <= Scaled(value), $"sqrt {value:r}");
            Assert.True(SquareOfMiddle(root, Math.BitIncrement(root)) >= Scaled(value), $"sqrt {value:r}");
        }

        Same(-0d, FloatOps.F64Sqrt(-0d));
        Assert.True(FloatAssert.IsAllowedNaN(FloatOps.F64Sqrt(-1), -1d));
    }

    [Fact]
    public void MinimumAndMaximum_AllPairs_FollowTheRulesForNaNAndZero()
    {
        foreach (var a in Samples.Single)
        {
            foreach (var b in Samples.Single)
            {
                Check(Minimum(a, b), FloatOps.F32Min(a, b), a, b);
                Check(Maximum(a, b), FloatOps.F32Max(a, b), a, b);
                Check(Minimum(a, b), FloatOps.F32PortableMin(a, b), a, b);
                Check(Maximum(a, b), FloatOps.F32PortableMax(a, b), a, b);
            }
        }

        foreach (var a in Samples.Double)
        {
            foreach (var b in Samples.Double)
            {
                Check(Minimum(a, b), FloatOps.F64Min(a, b), a, b);
                Check(Maximum(a, b), FloatOps.F64Max(a, b), a, b);
                Check(Minimum(a, b), FloatOps.F64PortableMin(a, b), a, b);
                Check(Maximum(a, b), FloatOps.F64PortableMax(a, b), a, b);
            }
        }
    }

    internal static float Minimum(float a, float b) =>
        float.IsNaN(a) || float.IsNaN(b) ? float.NaN : a < b || (a == b && float.IsNegative(a)) ? a : b;

    internal static float Maximum(float a, float b) =>
        float.IsNaN(a) || float.IsNaN(b) ? float.NaN : a > b || (a == b && !float.IsNegative(a)) ? a : b;

    internal static double Minimum(double a, double b) =>
        double.IsNaN(a) || double.IsNaN(b) ? double.NaN : a < b || (a == b && double.IsNegative(a)) ? a : b;

    internal static double Maximum(double a, double b) =>
        double.IsNaN(a) || double.IsNaN(b) ? double.NaN : a > b || (a == b && !double.IsNegative(a)) ? a : b;

    internal static float Rounded(float value, Func<ExactReal, BigInteger> round) => float.IsFinite(value)
        ? new ExactReal(round(ExactReal.Of(value)), 0).ToSingle(float.IsNegative(value))
        : value;

    internal static double Rounded(double value, Func<ExactReal, BigInteger> round) => double.IsFinite(value)
        ? new ExactReal(round(ExactReal.Of(value)), 0).ToDouble(double.IsNegative(value))
        : value;

    private static void Rounds(float value, Func<float, float> operation, Func<ExactReal, BigInteger> round) =>
        Check(Rounded(value, round), operation(value), value);

    private static void Rounds(double value, Func<double, double> operation, Func<ExactReal, BigInteger> round) =>
        Check(Rounded(value, round), operation(value), value);

    private static BigInteger Scaled(double value)
    {
        var real = ExactReal.Of(value);
        return real.Significand << (real.Exponent + 2400);
    }

    private static BigInteger SquareOfMiddle(double low, double high)
    {
        var a = ExactReal.Of(low);
        var b = ExactReal.Of(high);
        var sum = (a.Significand << (a.Exponent + 1200)) + (b.Significand << (b.Exponent + 1200));
        return sum * sum >> 2;
    }

    private static void Check(float expected, float actual, params float[] operands) => Assert.True(
        FloatAssert.Matches(expected, actual, operands),
        $"expected {expected:r}, got {actual:r} (0x{BitConverter.SingleToInt32Bits(actual):x8}) from {string.Join(", ", operands)}");

    private static void Check(double expected, double actual, params double[] operands) => Assert.True(
        FloatAssert.Matches(expected, actual, operands),
        $"expected {expected:r}, got {actual:r} (0x{BitConverter.DoubleToInt64Bits(actual):x16}) from {string.Join(", ", operands)}");

    private static void Same(float expected, float actual) =>
        Assert.True(FloatAssert.SameBits(expected, actual), $"expected {expected:r}, got {actual:r}");

    private static void Same(double expected, double actual) =>
        Assert.True(FloatAssert.SameBits(expected, actual), $"expected {expected:r}, got {actual:r}");
}
