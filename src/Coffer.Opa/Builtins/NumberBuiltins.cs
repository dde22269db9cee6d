using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Coffer.Opa.Values;
using Semver;

namespace Coffer.Opa.Builtins;

/// <summary>Numbers: ranges, amounts with units, random ones, versions.</summary>
internal static class NumberBuiltins
{
    private const int LongestRange = 1_000_000;

    private static readonly Dictionary<string, BigInteger> ByteUnits = new(StringComparer.Ordinal)
    {
        [""] = 1,
        ["kb"] = 1000, ["k"] = 1000, ["mb"] = BigInteger.Pow(1000, 2), ["m"] = BigInteger.Pow(1000, 2),
            ["gb"] = BigInteger.Pow(1000, 3), ["g"] = BigInteger.Pow(1000, 3),
        ["tb"] = BigInteger.Pow(1000, 4), ["t"] = BigInteger.Pow(1000, 4), ["pb"] = BigInteger.Pow(1000, 5),
            ["p"] = BigInteger.Pow(1000, 5), ["eb"] = BigInteger.Pow(1000, 6), ["e"] = BigInteger.Pow(1000, 6),
        ["kib"] = 1024, ["ki"] = 1024, ["mib"] = BigInteger.Pow(1024, 2), ["mi"] = BigInteger.Pow(1024, 2),
            ["gib"] = BigInteger.Pow(1024, 3), ["gi"] = BigInteger.Pow(1024, 3),
        ["tib"] = BigInteger.Pow(1024, 4), ["ti"] = BigInteger.Pow(1024, 4), ["pib"] = BigInteger.Pow(1024, 5),
            ["pi"] = BigInteger.Pow(1024, 5), ["eib"] = BigInteger.Pow(1024, 6), ["ei"] = BigInteger.Pow(1024, 6),
    };

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("numbers.range_step", (_, a) => Range(a.Integer(0), a.Integer(1), a.Integer(2))),
        new("rand.intn", (context, a) => Random(context, a.Text(0), a.Integer(1))),
        new("units.parse", (_, a) => ParseUnits(a.Text(0))),
        new("units.parse_bytes", (_, a) => ParseBytes(a.Text(0))),
        new("semver.is_valid", (_, a) =>
            a[0] is RegoString text && SemVersion.TryParse(text.Value, SemVersionStyles.Strict, out var _)),
        new("semver.compare", (_, a) => (long)Math.Sign(Version(a, 0).ComparePrecedenceTo(Version(a, 1)))),
    ];

    private static RegoArray Range(BigInteger first, BigInteger last, BigInteger step)
    {
        if (step.Sign <= 0) throw new BuiltinException("step must be a positive integer");
        var count = BigInteger.Abs(last - first) / step + 1;
        if (count > LongestRange) throw new BuiltinException($"the range has more than {LongestRange} numbers");
        return new RegoArray(Enumerable.Range(0, (int)count)
            .Select(i => RegoNumber.Of(first <= last ? first + i * step : first - i * step)));
    }

    private static RegoValue Random(BuiltinContext context, string key, BigInteger limit)
    {
        if (limit.IsZero) return 0L;
        limit = BigInteger.Abs(limit);
        return context.Keep("rand.intn", new RegoArray(key, RegoNumber.Of(limit)), () =>
        {
            Span<byte> bytes = stackalloc byte[32];
            context.FillRandom(bytes);
            return RegoNumber.Of(new BigInteger(bytes, isUnsigned: true) % limit);
        });
    }

    private static SemVersion Version(RegoValue[] operands, int index) =>
        SemVersion.TryParse(operands.Text(index), SemVersionStyles.Strict, out var version)
        ? version
        : throw new BuiltinException($"operand {index + 1}: string \"{operands.Text(index)}\" is not a valid SemVer");

    private static RegoNumber ParseUnits(string text)
    {
        var plain = text.Replace("\"", "", StringComparison.Ordinal);
        if (plain.Contains(' ', StringComparison.Ordinal)) throw new BuiltinException(
            "spaces not allowed in resource strings");
        var (amount, unit) = Take(plain);
        if (amount.Length == 0) throw new BuiltinException("no amount provided");
        // The small letters m and e with others are told apart from M and E.
        var (numerator, denominator) = unit switch
        {
            "m" => (BigInteger.One, (BigInteger)1000),
            "" => (BigInteger.One, BigInteger.One),
            "E" or "e" => (BigInteger.Pow(1000, 6), BigInteger.One),
            _ when unit.Length <= 2 && ByteUnits.TryGetValue(unit.ToLowerInvariant(), out var factor) && !unit.EndsWith('b')
                && !unit.EndsWith('B') => (factor, BigInteger.One),
            _ => throw new BuiltinException($"unit {unit} not recognized"),
        };
        var number = Amount(amount, "could not parse amount to a number");
        return Quotient(number.Mantissa * numerator, denominator, number.Exponent);
    }

    private static RegoNumber ParseBytes(string text)
    {
        var plain = text.Replace("\"", "", StringComparison.Ordinal).ToLowerInvariant();
        if (plain.Contains(' ', StringComparison.Ordinal)) throw new BuiltinException(
            "spaces not allowed in resource strings");
        var (amount, unit) = Take(plain);
        if (amount.Length == 0) throw new BuiltinException("no byte amount provided");
        if (!ByteUnits.TryGetValue(unit, out var factor)) throw new BuiltinException($"byte unit {unit} not recognized");
        var (mantissa, exponent) = Amount(amount, "could not parse byte amount to a number");
        var value = mantissa * factor;
        return RegoNumber.Of(exponent >= 0
            ? value * BigInteger.Pow(10, exponent)
            : BigInteger.Divide(value, BigInteger.Pow(10, -exponent)));
    }

    private static (string Amount, string Unit) Take(string text)
    {
        var i = text.StartsWith('-') || text.StartsWith('+') ? 1 : 0;
        while (i < text.Length && (
            char.IsAsciiDigit(text[i]) || text[i] == '.' || IsExponent(text, i)
                || (i > 0 && text[i] is '+' or '-' && text[i - 1] is 'e' or 'E'))) i++;
        return (text[..i], text[i..]);
    }

    // A digit or a sign and a digit after the letter make it an exponent; otherwise it is the unit exa.
    private static bool IsExponent(string text, int i)
    {
        if (text[i] is not ('e' or 'E') || i == 0) return false;
        var next = i + 1 < text.Length && text[i + 1] is '+' or '-' ? i + 2 : i + 1;
        return next < text.Length && char.IsAsciiDigit(text[next]);
    }

    private static (BigInteger Mantissa, int Exponent) Amount(string text, string message)
    {
        try
        {
            return RegoNumber.Parse(text.StartsWith('.') ? "0" + text : text.TrimStart('+')).Exact;
        }
        catch (FormatException exception)
        {
            throw new BuiltinException(message, exception);
        }
    }

    private static RegoNumber Quotient(BigInteger numerator, BigInteger denominator, int exponent)
    {
        // The denominator is a power of ten.
        for (; denominator > 1; denominator /= 10) exponent--;
        if (exponent >= 0) return RegoNumber.Of(numerator * BigInteger.Pow(10, exponent));
        var sign = numerator.Sign < 0 ? "-" : "";
        var digits = BigInteger.Abs(numerator).ToString(CultureInfo.InvariantCulture).PadLeft(1 - exponent, '0');
        var text = $"{sign}{digits[..^-exponent]}.{digits[^-exponent..]}".TrimEnd('0').TrimEnd('.');
        return RegoNumber.Parse(text.Length == 0 ? "0" : text);
    }
}
