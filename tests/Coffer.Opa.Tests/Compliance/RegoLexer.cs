using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Compliance;

internal enum TokenKind
{
    Name,
    Text,
    Number,
    Symbol,
    End,
}

/// <summary>A token, with what tells where statements end and what belongs to a reference.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, bool IsAfterSpace)
{
    public bool Is(string symbol) => Kind is TokenKind.Symbol or TokenKind.Name && Text == symbol;
}

/// <summary>Takes Rego apart.</summary>
internal static class RegoLexer
{
    private static readonly string[] Symbols = [
        ":=", "==", "!=", "<=", ">=", "{", "}", "[", "]", "(", ")", ",", ";", ":", ".", "=", "<", ">", "+", "-", "*", "/",
        "%", "|", "&"];

    public static List<Token> Read(string source)
    {
        var tokens = new List<Token>();
        var (position, line) = (0, 1);
        while (true)
        {
            var start = position;
            while (position < source.Length && (char.IsWhiteSpace(source[position]) || source[position] == '#'))
            {
                if (source[position] == '#') position = source.IndexOf('\n', position) is var end && end < 0
                    ? source.Length
                    : end;
                else if (source[position++] == '\n') line++;
            }

            if (position >= source.Length)
            {
                tokens.Add(new(TokenKind.End, "", line + 1, true));
                return tokens;
            }

            var (kind, text, length) = ReadOne(source, position);
            tokens.Add(new(kind, text, line, position > start));
            line += source.AsSpan(position, length).Count('\n');
            position += length;
        }
    }

    private static (TokenKind Kind, string Text, int Length) ReadOne(string source, int position)
    {
        var first = source[position];
        if (first == '`')
        {
            var end = source.IndexOf('`', position + 1);
            return (TokenKind.Text, source[(position + 1)..end], end + 1 - position);
        }

        if (first == '"')
        {
            var end = position + 1;
            while (source[end] != '"') end += source[end] == '\\' ? 2 : 1;
            return (TokenKind.Text, ((RegoString)RegoValue.Parse(source[position..(end + 1)])).Value, end + 1 - position);
        }

        if (char.IsAsciiDigit(first)) return (
            TokenKind.Number, Take(source, position, c => char.IsAsciiLetterOrDigit(c) || c == '.'),
            Take(source, position, c => char.IsAsciiLetterOrDigit(c) || c == '.').Length);
        if (char.IsAsciiLetter(first) || first == '_')
        {
            var name = Take(source, position, c => char.IsAsciiLetterOrDigit(c) || c == '_');
            return (TokenKind.Name, name, name.Length);
        }

        var symbol = Array.Find(Symbols, symbol => source.AsSpan(position).StartsWith(symbol))
            ?? throw new NotSupportedException($"the character {first}");
        return (TokenKind.Symbol, symbol, symbol.Length);
    }

    private static string Take(string source, int position, Func<char, bool> belongs)
    {
        var text = new StringBuilder();
        while (position < source.Length && belongs(source[position])) text.Append(source[position++]);
        return text.ToString();
    }
}
