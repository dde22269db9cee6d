using System.Text.Unicode;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>Decides which kind of token a run of characters is (specification, section 6.3).</summary>
internal static class TokenClassifier
{
    /// <summary>
    /// The kind of a token that consists of <paramref name="runs"/> runs of identifier characters (counted higher when
    /// there is punctuation) and <paramref name="strings"/> strings.
    /// </summary>
    public static TokenKind Classify(SourceText source, int start, int end, int runs, int strings, bool inAnnotation)
    {
        var token = source.Bytes.AsSpan(start, end - start);
        if (strings == 0)
        {
            if (runs != 1) return TokenKind.Reserved;
            if (token[0] != (byte)'$') return ClassifyWord(token);
            if (token.Length > 1) return TokenKind.Identifier;
            if (!inAnnotation) source.Throw(start, "empty identifier");
            return TokenKind.Reserved;
        }

        if (strings == 1 && runs == 0) return TokenKind.String;
        if (strings != 1 || runs != 1 || token[0] != (byte)'$' || token[1] != (byte)'"' || token[^1] != (byte)'"')
        {
            return TokenKind.Reserved;
        }

        if (!inAnnotation) CheckQuotedIdentifier(source, start, token[1..]);
        return TokenKind.Identifier;
    }

    private static void CheckQuotedIdentifier(SourceText source, int start, ReadOnlySpan<byte> literal)
    {
        var name = new WasmWriter();
        StringLiteral.Decode(literal, name);
        if (name.Length == 0) source.Throw(start, "empty identifier");
        if (!Utf8.IsValid(name.Written)) source.Throw(start, "malformed UTF-8 encoding");
    }

    /// <summary>The kind of a token that is one run of identifier characters, not beginning with <c>$</c>.</summary>
    public static TokenKind ClassifyWord(ReadOnlySpan<byte> word)
    {
        var first = word[0];
        if (first is (byte)'+' or (byte)'-') return ClassifyNumber(word[1..], TokenKind.Integer);
        if (CharacterClasses.Is(first, CharacterClass.Digit)) return ClassifyNumber(word, TokenKind.Natural);
        if (first is < (byte)'a' or > (byte)'z') return TokenKind.Reserved;
        return IsNamedFloat(word) ? TokenKind.Float : TokenKind.Keyword;
    }

    private static bool IsNamedFloat(ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("inf"u8) || word.SequenceEqual("nan"u8)) return true;
        if (!word.StartsWith("nan:0x"u8)) return false;
        var digits = word[6..];
        return SkipDigits(ref digits, CharacterClass.HexDigit) && digits.IsEmpty;
    }

    private static TokenKind ClassifyNumber(ReadOnlySpan<byte> word, TokenKind integer)
    {
        if (IsNamedFloat(word)) return TokenKind.Float;
        var digit = CharacterClass.Digit;
        byte exponent = (byte)'e';
        if (word.StartsWith("0x"u8))
        {
            word = word[2..];
            digit = CharacterClass.HexDigit;
            exponent = (byte)'p';
        }

        if (!SkipDigits(ref word, digit)) return TokenKind.Reserved;
        if (word.IsEmpty) return integer;
        if (word[0] == (byte)'.')
        {
            word = word[1..];
            var hasFraction = !word.IsEmpty && CharacterClasses.Is(word[0], digit);
            if (hasFraction && !SkipDigits(ref word, digit)) return TokenKind.Reserved;
        }

        if (word.IsEmpty) return TokenKind.Float;
        if ((word[0] | 0x20) != exponent) return TokenKind.Reserved;
        word = word[1..];
        if (!word.IsEmpty && word[0] is (byte)'+' or (byte)'-') word = word[1..];
        return SkipDigits(ref word, CharacterClass.Digit) && word.IsEmpty ? TokenKind.Float : TokenKind.Reserved;
    }

    // Digits with single underscores between them.
    private static bool SkipDigits(ref ReadOnlySpan<byte> word, CharacterClass digit)
    {
        var i = 0;
        while (i < word.Length && CharacterClasses.Is(word[i], digit))
        {
            i++;
            if (i < word.Length && word[i] == (byte)'_') i++;
        }

        if (i == 0 || word[i - 1] == (byte)'_') return false;
        word = word[i..];
        return true;
    }
}
