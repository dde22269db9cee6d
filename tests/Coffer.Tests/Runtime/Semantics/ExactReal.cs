using System.Numerics;

namespace Coffer.Tests.Runtime.Semantics;

/// <summary>
/// Finite floating-point numbers as <c>Significand × 2^Exponent</c>, so that rounding can be done in integers and
/// independently of what the processor does.
/// </summary>
internal readonly record struct ExactReal(BigInteger Significand, int Exponent)
{
    public static ExactReal Of(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7ff);
        var fraction = bits & 0xf_ffff_ffff_ffff;
        BigInteger significand = exponent == 0 ? fraction : fraction | (1L << 52);
        return new ExactReal(bits < 0 ? -significand : significand, Math.Max(exponent, 1) - 1075);
    }

    public BigInteger Floor() => Exponent >= 0
        ? Significand << Exponent
        : Significand >> -Exponent; // an arithmetic shift rounds down

    public BigInteger Ceiling() => -new ExactReal(-Significand, Exponent).Floor();

    public BigInteger Truncate() => Significand.Sign < 0 ? Ceiling() : Floor();

    public BigInteger RoundToEven()
    {
        var floor = Floor();
        // Twice the fraction, against 1, both scaled.
        var scaled = Exponent >= 0 ? BigInteger.Zero : (Significand - (floor << -Exponent)) << 1;
        var one = Exponent >= 0 ? BigInteger.One : BigInteger.One << -Exponent;
        var comparison = scaled.CompareTo(one);
        return comparison > 0 || (comparison == 0 && !floor.IsEven) ? floor + 1 : floor;
    }

    public float ToSingle(bool negativeZero = false) => (float)Round(24, -149, 128, negativeZero);

    public double ToDouble(bool negativeZero = false) => Round(53, -1074, 1024, negativeZero);

    private double Round(int precision, int lowestExponent, int overflow, bool negativeZero)
    {
        if (Significand.IsZero)
            return negativeZero ? -0.0 : 0.0;

        var negative = Significand.Sign < 0;
        var length = (int)BigInteger.Abs(Significand).GetBitLength();
        var target = Math.Max(Exponent + length - precision, lowestExponent);
        var rounded = new ExactReal(BigInteger.Abs(Significand), Exponent - target).RoundToEven();
        if ((int)rounded.GetBitLength() + target > overflow)
            return negative ? double.NegativeInfinity : double.PositiveInfinity;

        // Both factors are exact, and so is their product; in two steps, for subnormal numbers.
        var magnitude = (double)rounded * Math.Pow(2, target / 2) * Math.Pow(2, target - (target / 2));
        return negative ? -magnitude : magnitude;
    }
}
