using System.Globalization;
using System.Numerics;

namespace Coffer.Text;

/// <summary>Float literals (specification, section 6.3.2): exact, rounded to the nearest, ties to even.</summary>
internal static class FloatLiteral
{
    /// <summary>The bits of a literal as a float of 32 or 64 bits, if it is in range.</summary>
    public static bool TryParse(ReadOnlySpan<byte> literal, int width, out ulong bits)
    {
        var isNegative = literal[0] == (byte)'-';
        if (literal[0] is (byte)'+' or (byte)'-') literal = literal[1..];
        if (!TryParseMagnitude(literal, width, out bits)) return false;
        if (isNegative) bits |= 1ul << (width - 1);
        return true;
    }

    private static bool TryParseMagnitude(ReadOnlySpan<byte> literal, int width, out ulong bits)
    {
        var fraction = FractionBits(width);
        var infinity = InfinityBits(width);
        bits = infinity;
        if (literal.SequenceEqual("inf"u8)) return true;
        if (literal.StartsWith("nan"u8))
        {
            var payload = 1ul << (fraction - 1);
            if (literal.Length > 3 && !IntegerLiteral.TryParseNatural(literal[4..], out payload)) return false;
            bits |= payload;
            return payload != 0 && payload >> fraction == 0;
        }

        bits = literal.StartsWith("0x"u8) ? ParseHex(literal[2..], width) : ParseDecimal(literal, width);
        return bits < infinity;
    }

    private static int FractionBits(int width) => width == 32 ? 23 : 52;

    private static ulong InfinityBits(int width) => width == 32 ? 0x7F80_0000ul : 0x7FF0_0000_0000_0000ul;

    private static ulong ParseDecimal(ReadOnlySpan<byte> literal, int width)
    {
        Span<byte> stack = stackalloc byte[128];
        var plain = literal.Length <= stack.Length ? stack : new byte[literal.Length];
        var length = 0;
        foreach (var c in literal)
        {
            if (c != (byte)'_') plain[length++] = c;
        }

        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return width == 32
            ? BitConverter.SingleToUInt32Bits(float.Parse(plain[..length], Style, CultureInfo.InvariantCulture))
            : BitConverter.DoubleToUInt64Bits(double.Parse(plain[..length], Style, CultureInfo.InvariantCulture));
    }

    private static ulong ParseHex(ReadOnlySpan<byte> digits, int width)
    {
        ulong significand = 0;
        long exponent = 0;
        var isSticky = false;
        var afterPoint = false;
        var i = 0;
        for (; i < digits.Length && (digits[i] | 0x20) != (byte)'p'; i++)
        {
            if (digits[i] == (byte)'_') continue;
            if (digits[i] == (byte)'.')
            {
                afterPoint = true;
                continue;
            }

            if (afterPoint) exponent -= 4;
            if (significand >> 60 == 0)
            {
                significand = (significand << 4) | (uint)CharacterClasses.HexValue(digits[i]);
            }
            else
            {
                // No room: the digit can only decide between a tie and more than a tie.
                exponent += 4;
                isSticky |= digits[i] != (byte)'0';
            }
        }

        if (i < digits.Length) exponent += ParseExponent(digits[(i + 1)..]);
        return significand == 0 ? 0 : Round(significand, exponent, isSticky, width);
    }

    // Limited to a magnitude that no number of digits in an array can make up for.
    private static long ParseExponent(ReadOnlySpan<byte> digits)
    {
        var isNegative = digits[0] == (byte)'-';
        if (digits[0] is (byte)'+' or (byte)'-') digits = digits[1..];
        const long Limit = 1L << 60;
        var fits = IntegerLiteral.TryParseNatural(digits, out var natural) && natural < Limit;
        var value = fits ? (long)natural : Limit;
        return isNegative ? -value : value;
    }

    // The float nearest to significand × 2^exponent (plus a little, if sticky); infinity when it is too large.
    private static ulong Round(ulong significand, long exponent, bool isSticky, int width)
    {
        var fraction = FractionBits(width);
        var bias = width == 32 ? 127 : 1023;
        var zeros = BitOperations.LeadingZeroCount(significand);
        significand <<= zeros;
        exponent += 63 - zeros;
        if (exponent > bias) return InfinityBits(width);

        // Normal numbers keep the leading one and the fraction; subnormal ones lose a bit for each step below.
        var biased = exponent + bias;
        var kept = biased >= 1 ? fraction + 1 : fraction + biased;
        if (kept < 0) return 0;
        var dropped = 64 - (int)kept;
        var result = dropped == 64 ? 0 : significand >> dropped;
        var rest = dropped == 64 ? significand : significand << (64 - dropped);
        const ulong Half = 1ul << 63;
        if (rest > Half || (rest == Half && (isSticky || (result & 1) != 0))) result++;

        // Adding the exponent field to the leading one: a carry out of the fraction becomes the next exponent.
        return biased >= 1 ? result + ((ulong)(biased - 1) << fraction) : result;
    }
}
