using System.Globalization;
using System.Numerics;

namespace Coffer.Opa.Values;

/// <summary>A number with its exact text: neither large integers nor long fractions are rounded.</summary>
public sealed class RegoNumber : RegoValue
{
    // What a policy writes may name numbers with more digits than there is memory.
    private const int LargestExponent = 10_000;
    private readonly long? small;
    private (BigInteger Mantissa, int Exponent)? exact;

    private RegoNumber(string text, long? small)
    {
        Text = text;
        this.small = small;
    }

    /// <summary>The number as it was written.</summary>
    public string Text { get; }

    /// <inheritdoc/>
    public override string TypeName => "number";

    private protected override int Rank => 2;

    /// <summary>The nearest double.</summary>
    public double ToDouble() => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Whether it is an integer, however it is written.</summary>
    public bool IsInteger => small is not null || Exact.Exponent >= 0;

    /// <summary>A number from the text that JSON has for it.</summary>
    /// <exception cref="FormatException">The text is no number, or its exponent is beyond 10,000.</exception>
    public static new RegoNumber Parse(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return new(text,
            value);
        var number = new RegoNumber(text, null);
        _ = number.Exact;
        return number;
    }

    /// <summary>An integer.</summary>
    public static RegoNumber Of(long value) => new(value.ToString(CultureInfo.InvariantCulture), value);

    /// <summary>An integer.</summary>
    public static RegoNumber Of(BigInteger value) => Parse(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The shortest text that means this double.</summary>
    public static RegoNumber Of(double value)
    {
        if (Math.Abs(value) < 1e15 && value == Math.Truncate(value)) return Of((long)value);
        return Parse(value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e'));
    }

    /// <summary>The number, when it is an integer of 64 bits.</summary>
    public bool TryGetInt64(out long value)
    {
        if (small is { } known)
        {
            value = known;
            return true;
        }

        value = 0;
        if (!IsInteger) return false;
        var integer = ToBigInteger();
        if (integer < long.MinValue || integer > long.MaxValue) return false;
        value = (long)integer;
        return true;
    }

    /// <summary>The integer part.</summary>
    public BigInteger ToBigInteger()
    {
        if (small is { } value) return value;
        var (mantissa, exponent) = Exact;
        return exponent >= 0 ? mantissa * BigInteger.Pow(10, exponent)
            : BigInteger.Divide(mantissa, BigInteger.Pow(10, -exponent));
    }

    /// <inheritdoc/>
    public override int GetHashCode() => TryGetInt64(out var value) ? value.GetHashCode() : Exact.GetHashCode();

    private protected override int CompareSame(RegoValue other)
    {
        var number = (RegoNumber)other;
        if (small is { } left && number.small is { } right) return left.CompareTo(right);
        var (mantissa, exponent) = Exact;
        var (otherMantissa, otherExponent) = number.Exact;
        if (mantissa.Sign != otherMantissa.Sign) return mantissa.Sign.CompareTo(otherMantissa.Sign);
        var common = Math.Min(exponent, otherExponent);
        return (mantissa * BigInteger.Pow(10, exponent - common))
            .CompareTo(otherMantissa * BigInteger.Pow(10, otherExponent - common));
    }

    /// <summary>Mantissa and decimal exponent, without zeros at the mantissa's end.</summary>
    internal (BigInteger Mantissa, int Exponent) Exact => exact ??= ReadExact(Text);

    private static (BigInteger Mantissa, int Exponent) ReadExact(string text)
    {
        var end = text.AsSpan().IndexOfAny('e', 'E');
        var digits = end < 0 ? text.AsSpan() : text.AsSpan(0, end);
        var exponent = 0;
        if (end >= 0 && !int.TryParse(
            text.AsSpan(end + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out exponent)) throw NotANumber(text);
        var point = digits.IndexOf('.');
        if (point >= 0) exponent -= digits.Length - point - 1;
        var plain = point < 0 ? digits.ToString() : string.Concat(digits[..point], digits[(point + 1)..]);
        // In the text, since dividing a number with a million zeros by ten as often would take minutes.
        var trimmed = plain.TrimEnd('0');
        if (trimmed is "" or "-") return plain.EndsWith('0') ? (BigInteger.Zero, 0) : throw NotANumber(text);
        exponent += plain.Length - trimmed.Length;
        if (!BigInteger.TryParse(
            trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var mantissa)) throw NotANumber(text);
        if (Math.Abs((long)exponent) > LargestExponent) throw new FormatException(
            $"the exponent of the number {text} is beyond {LargestExponent}");
        return (mantissa, exponent);
    }

    private static FormatException NotANumber(string text) => new($"\"{text}\" is not a number");
}
