using System.Text;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>String literals (specification, section 6.3.3).</summary>
internal static class StringLiteral
{
    /// <summary>
    /// The offset after the closing quote of the literal at <paramref name="start"/>; an error says why there is none.
    /// </summary>
    public static int Scan(ReadOnlySpan<byte> text, int start, out string? error)
    {
        error = null;
        for (var i = start + 1; i < text.Length;)
        {
            var c = text[i];
            if (c == (byte)'"') return i + 1;
            if (c == (byte)'\\')
            {
                var length = EscapeLength(text[i..]);
                if (length == 0)
                {
                    error = "illegal escape";
                    return i;
                }

                i += length;
                continue;
            }

            if (c < 0x20 || c == 0x7F)
            {
                error = c == (byte)'\n' ? "unclosed string" : "illegal control character in string literal";
                return i;
            }

            i++;
        }

        error = "unclosed string";
        return start;
    }

    /// <summary>Appends the bytes that a scanned literal, quotes included, stands for.</summary>
    public static void Decode(ReadOnlySpan<byte> literal, WasmWriter output)
    {
        var rest = literal[1..^1];
        while (true)
        {
            var plain = rest.IndexOf((byte)'\\');
            if (plain < 0) break;
            output.WriteBytes(rest[..plain]);
            rest = rest[plain..];
            DecodeEscape(rest, output);
            rest = rest[EscapeLength(rest)..];
        }

        output.WriteBytes(rest);
    }

    private static void DecodeEscape(ReadOnlySpan<byte> escape, WasmWriter output)
    {
        switch (escape[1])
        {
            case (byte)'t': output.WriteByte((byte)'\t'); break;
            case (byte)'n': output.WriteByte((byte)'\n'); break;
            case (byte)'r': output.WriteByte((byte)'\r'); break;
            case (byte)'u':
                Span<byte> utf8 = stackalloc byte[4];
                TryReadScalar(escape[3..], out var scalar);
                output.WriteBytes(utf8[..scalar.EncodeToUtf8(utf8)]);
                break;
            case (byte)'"' or (byte)'\'' or (byte)'\\': output.WriteByte(escape[1]); break;
            default:
                var high = CharacterClasses.HexValue(escape[1]);
                output.WriteByte((byte)((high << 4) | CharacterClasses.HexValue(escape[2])));
                break;
        }
    }

    // The length of the escape that the text begins with, or 0 if it is none.
    private static int EscapeLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2) return 0;
        switch (text[1])
        {
            case (byte)'t' or (byte)'n' or (byte)'r' or (byte)'"' or (byte)'\'' or (byte)'\\':
                return 2;
            case (byte)'u':
                if (text.Length < 3 || text[2] != (byte)'{') return 0;
                var digits = TryReadScalar(text[3..], out _);
                return digits == 0 ? 0 : digits + 4;
            default:
                return text.Length >= 3 && IsHex(text[1]) && IsHex(text[2]) ? 3 : 0;
        }
    }

    // The number of characters before the closing brace, or 0 if they are no Unicode scalar value.
    private static int TryReadScalar(ReadOnlySpan<byte> text, out Rune scalar)
    {
        scalar = default;
        var length = text.IndexOf((byte)'}');
        if (length <= 0) return 0;
        uint value = 0;
        var afterDigit = false;
        foreach (var c in text[..length])
        {
            if (c == (byte)'_' && afterDigit)
            {
                afterDigit = false;
                continue;
            }

            if (!IsHex(c)) return 0;
            afterDigit = true;
            value = (value << 4) | (uint)CharacterClasses.HexValue(c);
            if (value > 0x10FFFF) return 0;
        }

        return afterDigit && Rune.TryCreate(value, out scalar) ? length : 0;
    }

    private static bool IsHex(byte c) => CharacterClasses.Is(c, CharacterClass.HexDigit);
}
