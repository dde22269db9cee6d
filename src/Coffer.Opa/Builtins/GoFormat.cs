using System.Globalization;
using System.Numerics;
using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Text by a format with the verbs of Go's <c>fmt</c>, which <c>sprintf</c> has.</summary>
internal static class GoFormat
{
    // What a policy writes may ask for more than there is memory.
    private const int WidestField = 1_000_000;

    public static string Format(string format, RegoArray operands)
    {
        var output = new StringBuilder();
        var next = 0;
        var isReordered = false;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                output.Append(format[i]);
                continue;
            }

            var directive = Directive.Read(format, ref i, operands, ref next, ref isReordered);
            if (directive.Error is not null) output.Append(directive.Error);
            else if (directive.Verb == '%') output.Append('%');
            else if (next >= operands.Count) output.Append(CultureInfo.InvariantCulture, $"%!{directive.Verb}(MISSING)");
            else output.Append(directive.Write(operands[next++]));
            if (output.Length > 16 * WidestField) throw new BuiltinException("the text is too long");
        }

        if (!isReordered && next < operands.Count)
        {
            output.Append("%!(EXTRA ")
                .AppendJoin(", ", operands.Skip(next).Select(operand => $"{GoTypeOf(operand)}={Plain(operand)}")).Append(')');
        }

        return output.ToString();
    }

    /// <summary>A value as the verb <c>%v</c> writes it.</summary>
    public static string Plain(RegoValue value) => value switch
    {
        RegoString text => text.Value,
        _ => RegoWriter.WriteText(value, RegoNotation.Shown),
    };

    private static string GoTypeOf(RegoValue value) => value switch
    {
        RegoNumber { IsInteger: true } => "int",
        RegoNumber => "float64",
        _ => "string",
    };

    private readonly record struct Directive(char Verb)
    {
        public string? Error { get; init; }
        private int Width { get; init; }
        private int? Precision { get; init; }
        private bool IsLeft { get; init; }
        private bool HasPlus { get; init; }
        private bool HasSpace { get; init; }
        private bool IsAlternate { get; init; }
        private bool HasZeros { get; init; }

        public static Directive Read(string format, ref int i, RegoArray operands, ref int next, ref bool isReordered)
        {
            var directive = new Directive();
            for (i++; i < format.Length && format[i] is '-' or '+' or '#' or ' ' or '0'; i++)
            {
                directive = format[i] switch
                {
                    '-' => directive with { IsLeft = true },
                    '+' => directive with { HasPlus = true },
                    '#' => directive with { IsAlternate = true },
                    ' ' => directive with { HasSpace = true },
                    _ => directive with { HasZeros = true },
                };
            }

            ReadIndex(format, ref i, ref next, ref isReordered);
            directive = directive with { Width = ReadNumber(format, ref i, operands, ref next) ?? 0 };
            if (i < format.Length && format[i] == '.')
            {
                i++;
                ReadIndex(format, ref i, ref next, ref isReordered);
                directive = directive with { Precision = ReadNumber(format, ref i, operands, ref next) ?? 0 };
            }

            ReadIndex(format, ref i, ref next, ref isReordered);
            if (i >= format.Length) return new Directive { Error = "%!(NOVERB)" };
            if (directive.Width < 0) directive = directive with { Width = -directive.Width, IsLeft = true };
            if (directive.Width > WidestField
                || directive.Precision > WidestField) return new Directive { Error = "%!(BADWIDTH)" };
            return directive with { Verb = format[i], HasZeros = directive.HasZeros && !directive.IsLeft };
        }

        public string Write(RegoValue value)
        {
            var text = (Verb, value) switch
            {
                ('v' or 's', RegoString plain) => Cut(plain.Value),
                ('v' or 's', RegoNumber number) => number.Text,
                ('v' or 's', _) => Plain(value),
                ('q', RegoString plain) => RegoWriter.WriteText(plain, RegoNotation.Json),
                ('q', _) => RegoWriter.WriteText(new RegoString(Plain(value)), RegoNotation.Json),
                ('t', RegoBoolean) => Plain(value),
                ('T', _) => GoTypeOf(value),
                ('x', RegoString plain) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(plain.Value)),
                ('X', RegoString plain) => Convert.ToHexString(Encoding.UTF8.GetBytes(plain.Value)),
                (_, RegoNumber number) => WriteNumber(number),
                _ => $"%!{Verb}({GoTypeOf(value)}={Plain(value)})",
            };
            return Pad(text);
        }

        private static void ReadIndex(string format, ref int i, ref int next, ref bool isReordered)
        {
            if (i >= format.Length || format[i] != '[') return;
            var end = format.IndexOf(']', i);
            if (end < 0 || !int.TryParse(
                format.AsSpan(i + 1, end - i - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    || index < 1) return;
            isReordered = true;
            next = index - 1;
            i = end + 1;
        }

        private static int? ReadNumber(string format, ref int i, RegoArray operands, ref int next)
        {
            if (i < format.Length && format[i] == '*')
            {
                i++;
                return next < operands.Count && operands[next++] is RegoNumber number && number.TryGetInt64(out var given)
                    && given is >= -int.MaxValue and <= int.MaxValue ? (int)given : 0;
            }

            var start = i;
            while (i < format.Length && char.IsAsciiDigit(format[i])) i++;
            if (i == start) return null;
            return int.TryParse(format.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture,
                out var value) ? value : int.MaxValue;
        }

        private string Cut(string text) =>
            Precision is { } most ? string.Concat(text.EnumerateRunes().Take(most).Select(rune => rune.ToString())) : text;

        private string WriteNumber(RegoNumber number) => Verb switch
        {
            'd' or 'b' or 'o' or 'O' or 'c' or 'U' when !number.IsInteger => $"%!{Verb}(float64={number.Text})",
            'd' => Signed(number.ToBigInteger(), 10),
            'b' => Signed(number.ToBigInteger(), 2),
            'o' => Signed(number.ToBigInteger(), 8),
            'O' => "0o" + Signed(number.ToBigInteger(), 8),
            'c' => char.ConvertFromUtf32((int)number.ToBigInteger()),
            'U' => $"U+{(long)number.ToBigInteger():X4}",
            'x' when number.IsInteger => Signed(number.ToBigInteger(), 16),
            'X' when number.IsInteger => Signed(number.ToBigInteger(), 16).ToUpperInvariant(),
            'x' => HexadecimalFloat(number.ToDouble()),
            'X' => HexadecimalFloat(number.ToDouble()).ToUpperInvariant(),
            'e' or 'E' or 'f' or 'F' or 'g' or 'G' => Sign(Float(number), number),
            _ => $"%!{Verb}({GoTypeOf(number)}={number.Text})",
        };

        private string Sign(string digits, RegoNumber number) =>
            digits.StartsWith('-') ? digits : HasPlus
                ? "+" + digits
                : HasSpace && number.ToDouble() >= 0 ? " " + digits : digits;

        private string Float(RegoNumber number)
        {
            var value = number.ToDouble();
            if (double.IsInfinity(value)) return value > 0 ? "+Inf" : "-Inf";
            switch (Verb)
            {
                case 'e' or 'E':
                    return WithGoExponent(value.ToString($"{Verb}{Precision ?? 6}", CultureInfo.InvariantCulture));
                case 'f' or 'F':
                    return value.ToString($"F{Precision ?? 6}", CultureInfo.InvariantCulture);
                default:
                    var text = value.ToString(
                        Precision is { } digits ? $"G{Math.Max(digits, 1)}" : "R", CultureInfo.InvariantCulture);
                    return WithGoExponent(Verb == 'g' ? text.Replace('E', 'e') : text);
            }
        }

        // At least two digits.
        private static string WithGoExponent(string text)
        {
            var at = text.AsSpan().IndexOfAny('e', 'E');
            if (at < 0) return text;
            var sign = text[at + 1] is '-' ? '-' : '+';
            return $"{text[..(at + 1)]}{sign}{text[(at + 1)..].TrimStart('-', '+').TrimStart('0').PadLeft(2, '0')}";
        }

        private static string HexadecimalFloat(double value)
        {
            var bits = BitConverter.DoubleToUInt64Bits(Math.Abs(value));
            var exponent = (int)(bits >> 52) - 1023;
            var fraction = (bits & 0xF_FFFF_FFFF_FFFF).ToString("x13", CultureInfo.InvariantCulture).TrimEnd('0');
            var sign = value < 0 ? "-" : "";
            return $"{sign}0x1{(fraction.Length > 0 ? "." + fraction : "")}p{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        private string Signed(BigInteger value, int radix)
        {
            var digits = radix == 10
                ? BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture)
                : InRadix(BigInteger.Abs(value), radix);
            if (Precision is { } least) digits = digits.PadLeft(least, '0');
            if (IsAlternate) digits = (radix switch { 16 => "0x", 8 => "0", 2 => "0b", _ => "" }) + digits;
            return (value.Sign < 0 ? "-" : HasPlus ? "+" : HasSpace ? " " : "") + digits;
        }

        private static string InRadix(BigInteger value, int radix)
        {
            if (value.IsZero) return "0";
            var digits = new StringBuilder();
            for (; !value.IsZero; value /= radix) digits.Insert(0, "0123456789abcdef"[(int)(value % radix)]);
            return digits.ToString();
        }

        private string Pad(string text)
        {
            var length = text.EnumerateRunes().Count();
            if (length >= Width) return text;
            if (IsLeft) return text + new string(' ', Width - length);
            if (!HasZeros) return new string(' ', Width - length) + text;
            var sign = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
            return text[..sign] + new string('0', Width - length) + text[sign..];
        }
    }
}
