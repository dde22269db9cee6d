using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Coffer.Opa.Values;

/// <summary>Reads values: JSON, and what policies write beyond it, which are sets and keys of any type.</summary>
internal ref struct RegoReader
{
    private const int DeepestNesting = 1_000;
    private readonly ReadOnlySpan<byte> text;
    private int position;
    private int depth;

    private RegoReader(ReadOnlySpan<byte> text) => this.text = text;

    public static RegoValue Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new RegoReader(utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8);
        var value = reader.ReadValue();
        reader.SkipSpace();
        if (reader.position < reader.text.Length) throw reader.Unexpected();
        return value;
    }

    private RegoValue ReadValue()
    {
        SkipSpace();
        if (position >= text.Length) throw new FormatException("the value ends early");
        switch (text[position])
        {
            case (byte)'{':
                return Nested('}');
            case (byte)'[':
                return Nested(']');
            case (byte)'"':
                return new RegoString(ReadString());
            case (byte)'t' when Skips("true"u8):
                return RegoBoolean.True;
            case (byte)'f' when Skips("false"u8):
                return RegoBoolean.False;
            case (byte)'n' when Skips("null"u8):
                return RegoNull.Value;
            case (byte)'s' when Skips("set()"u8):
                return new RegoSet();
            default:
                return ReadNumber();
        }
    }

    private RegoValue Nested(char end)
    {
        // Also a policy that has used up the stack may call a builtin.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++depth > DeepestNesting) throw new FormatException($"the value is nested deeper than {DeepestNesting}");
        position++;
        var value = end == ']' ? new RegoArray(ReadItems(']')) : ReadObjectOrSet();
        depth--;
        return value;
    }

    private RegoValue ReadObjectOrSet()
    {
        if (SkipsSymbol('}')) return RegoObject.Empty;
        var first = ReadValue();
        if (!SkipsSymbol(':'))
        {
            var items = new List<RegoValue> { first };
            if (SkipsSymbol(',')) items.AddRange(ReadItems('}'));
            else Require('}');
            return new RegoSet(items);
        }

        var entries = new List<KeyValuePair<RegoValue, RegoValue>> { new(first, ReadValue()) };
        while (!SkipsSymbol('}'))
        {
            Require(',');
            var key = ReadValue();
            Require(':');
            entries.Add(new(key, ReadValue()));
        }

        return new RegoObject(entries);
    }

    private List<RegoValue> ReadItems(char end)
    {
        var items = new List<RegoValue>();
        if (SkipsSymbol(end)) return items;
        do items.Add(ReadValue());
        while (SkipsSymbol(','));
        Require(end);
        return items;
    }

    private RegoNumber ReadNumber()
    {
        var start = position;
        if (Peek == '-') position++;
        if (Peek == '0') position++;
        else if (SkipDigits() == 0) throw Unexpected();
        if (Peek == '.')
        {
            position++;
            if (SkipDigits() == 0) throw Unexpected();
        }

        if (Peek is 'e' or 'E')
        {
            position++;
            if (Peek is '+' or '-') position++;
            if (SkipDigits() == 0) throw Unexpected();
        }

        return RegoNumber.Parse(Encoding.ASCII.GetString(text[start..position]));
    }

    private int SkipDigits()
    {
        var start = position;
        while (char.IsAsciiDigit(Peek)) position++;
        return position - start;
    }

    private string ReadString()
    {
        var start = ++position;
        var length = text[start..].IndexOfAny((byte)'"', (byte)'\\');
        if (length < 0) throw new FormatException("a string does not end");
        position += length;
        if (text[position] == '"') return Plain(start, position++);
        var builder = new StringBuilder(Plain(start, position));
        while (text[position] == '\\')
        {
            ReadEscape(builder);
            start = position;
            length = text[start..].IndexOfAny((byte)'"', (byte)'\\');
            if (length < 0) throw new FormatException("a string does not end");
            position += length;
            builder.Append(Plain(start, position));
        }

        position++;
        return builder.ToString();
    }

    private readonly string Plain(int start, int end)
    {
        var bytes = text[start..end];
        if (bytes.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0) throw new FormatException(
            $"a string holds a control character, at byte {start}");
        return Encoding.UTF8.GetString(bytes);
    }

    private void ReadEscape(StringBuilder builder)
    {
        if (position + 1 >= text.Length) throw new FormatException("a string does not end");
        var escape = (char)text[position + 1];
        position += 2;
        switch (escape)
        {
            case 'u':
                if (position + 4 > text.Length
                    || !ushort.TryParse(text.Slice(position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                        out var unit))
                {
                    throw new FormatException($"\\u without four hexadecimal digits, at byte {position}");
                }

                builder.Append((char)unit);
                position += 4;
                break;
            case 'n': builder.Append('\n'); break;
            case 'r': builder.Append('\r'); break;
            case 't': builder.Append('\t'); break;
            case 'b': builder.Append('\b'); break;
            case 'f': builder.Append('\f'); break;
            case '"' or '\\' or '/': builder.Append(escape); break;
            default: throw new FormatException($"the escape \\{escape} is unknown, at byte {position - 2}");
        }
    }

    private readonly char Peek => position < text.Length ? (char)text[position] : '\0';

    private bool Skips(ReadOnlySpan<byte> word)
    {
        if (!text[position..].StartsWith(word)) return false;
        position += word.Length;
        return true;
    }

    private bool SkipsSymbol(char symbol)
    {
        SkipSpace();
        if (Peek != symbol) return false;
        position++;
        return true;
    }

    private void Require(char symbol)
    {
        if (!SkipsSymbol(symbol)) throw Unexpected();
    }

    private void SkipSpace()
    {
        while (position < text.Length && text[position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') position++;
    }

    private readonly FormatException Unexpected() => new(position < text.Length
        ? $"unexpected character '{(char)text[position]}' at byte {position}"
        : "the value ends early");
}
