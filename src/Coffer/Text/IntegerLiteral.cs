namespace Coffer.Text;

/// <summary>Integer literals (specification, section 6.3.1).</summary>
internal static class IntegerLiteral
{
    /// <summary>The value of an unsigned literal, if it fits into 64 bits.</summary>
    public static bool TryParseNatural(ReadOnlySpan<byte> literal, out ulong value)
    {
        value = 0;
        var isHex = literal.StartsWith("0x"u8);
        if (isHex) literal = literal[2..];
        foreach (var c in literal)
        {
            if (c == (byte)'_') continue;
            if (isHex)
            {
                if (value >> 60 != 0) return false;
                value = (value << 4) | (uint)CharacterClasses.HexValue(c);
                continue;
            }

            var digit = (uint)(c - '0');
            if (value > (ulong.MaxValue - digit) / 10) return false;
            value = (value * 10) + digit;
        }

        return true;
    }

    /// <summary>
    /// The low <paramref name="bits"/> bits of a literal with or without a sign, if it lies between the least signed
    /// and the greatest unsigned number of that size.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> literal, int bits, out ulong value)
    {
        var isNegative = literal[0] == (byte)'-';
        if (literal[0] is (byte)'+' or (byte)'-') literal = literal[1..];
        if (!TryParseNatural(literal, out value)) return false;
        var mask = ulong.MaxValue >> (64 - bits);
        if (!isNegative) return value <= mask;
        if (value > 1ul << (bits - 1)) return false;
        value = (0 - value) & mask;
        return true;
    }
}
