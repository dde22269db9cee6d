using System.Globalization;
using System.Text;

namespace Coffer.Text;

/// <summary>Text with indentation.</summary>
internal sealed class TextOutput(TextWriter writer)
{
    // Beyond this, lines do not get longer: their length must not grow with the nesting of hostile code.
    private const int MaxIndentation = 40;

    private static readonly string Spaces = new(' ', 2 * MaxIndentation);

    /// <summary>How many levels new lines are indented by.</summary>
    public int Indentation { get; set; }

    public void Write(string text) => writer.Write(text);

    public void Write(char text) => writer.Write(text);

    public void Write(ulong number)
    {
        Span<char> digits = stackalloc char[20];
        number.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        writer.Write(digits[..length]);
    }

    public void NewLine()
    {
        writer.Write('\n');
        writer.Write(Spaces.AsSpan(0, 2 * Math.Clamp(Indentation, 0, MaxIndentation)));
    }

    /// <summary>A string literal of bytes: printable ASCII as it is, the rest as two digits.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        const string Digits = "0123456789abcdef";
        writer.Write('"');
        foreach (var b in bytes)
        {
            if (b is >= 0x20 and < 0x7F and not ((byte)'"' or (byte)'\\'))
            {
                writer.Write((char)b);
                continue;
            }

            writer.Write('\\');
            writer.Write(Digits[b >> 4]);
            writer.Write(Digits[b & 15]);
        }

        writer.Write('"');
    }

    /// <summary>A string literal of a name.</summary>
    public void WriteName(string name) => writer.Write(Quote(name));

    /// <summary>
    /// A name as a string literal. Only letters and digits go beyond ASCII unescaped: what controls the direction or
    /// look of text is not to reach a terminal.
    /// </summary>
    public static string Quote(string name)
    {
        var literal = new StringBuilder("\"", name.Length + 2);
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') literal.Append('\\').Append((char)rune.Value);
            else if (rune.Value is >= 0x20 and < 0x7F || Rune.IsLetterOrDigit(rune)) literal.Append(rune.ToString());
            else literal.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }

        return literal.Append('"').ToString();
    }
}
