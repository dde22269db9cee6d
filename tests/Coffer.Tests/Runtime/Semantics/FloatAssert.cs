namespace Coffer.Tests.Runtime.Semantics;

/// <summary>Comparisons of bits, and the specification's rules for NaN results (section 4.3.3).</summary>
internal static class FloatAssert
{
    private const int CanonicalSingle = 0x7fc00000;
    private const long CanonicalDouble = 0x7ff8000000000000;

    public static bool SameBits(float left, float right) =>
        BitConverter.SingleToInt32Bits(left) == BitConverter.SingleToInt32Bits(right);

    public static bool SameBits(double left, double right) =>
        BitConverter.DoubleToInt64Bits(left) == BitConverter.DoubleToInt64Bits(right);

    /// <summary>Whether a computed NaN is allowed: canonical when every NaN operand is, at least quiet otherwise.</summary>
    public static bool IsAllowedNaN(float result, params float[] operands)
    {
        var bits = BitConverter.SingleToInt32Bits(result) & int.MaxValue;
        return operands.All(IsCanonicalOrNumber)
            ? bits == CanonicalSingle
            : bits >= CanonicalSingle;
    }

    public static bool IsAllowedNaN(double result, params double[] operands)
    {
        var bits = BitConverter.DoubleToInt64Bits(result) & long.MaxValue;
        return operands.All(IsCanonicalOrNumber)
            ? bits == CanonicalDouble
            : bits >= CanonicalDouble;
    }

    /// <summary>The expected number, or any NaN that the operands allow.</summary>
    public static bool Matches(float expected, float actual, params float[] operands) =>
        float.IsNaN(expected) ? IsAllowedNaN(actual, operands) : SameBits(expected, actual);

    public static bool Matches(double expected, double actual, params double[] operands) =>
        double.IsNaN(expected) ? IsAllowedNaN(actual, operands) : SameBits(expected, actual);

    private static bool IsCanonicalOrNumber(float value) =>
        !float.IsNaN(value) || (BitConverter.SingleToInt32Bits(value) & int.MaxValue) == CanonicalSingle;

    private static bool IsCanonicalOrNumber(double value) =>
        !double.IsNaN(value) || (BitConverter.DoubleToInt64Bits(value) & long.MaxValue) == CanonicalDouble;
}
