using System.Globalization;
using System.Text;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>What a token of GraphQL is.</summary>
internal enum GraphqlTokenKind
{
    End,
    Invalid,
    Punctuation,
    Name,
    Int,
    Float,
    String,
    BlockString,
}

/// <summary>A token, with its line and column counted from 1.</summary>
internal readonly record struct GraphqlToken(GraphqlTokenKind Kind, string Text, int Line, int Column)
{
    /// <summary>The token as messages name it.</summary>
    public override string ToString() => Kind switch
    {
        GraphqlTokenKind.End => "<EOF>",
        GraphqlTokenKind.Invalid => "<Invalid>",
        GraphqlTokenKind.Punctuation => Text,
        _ => $"{Kind} \"{Text}\"",
    };
}

/// <summary>Takes documents of GraphQL apart.</summary>
internal sealed class GraphqlLexer(string source)
{
    private int position;
    private int line = 1;
    private int lineStart;

    public GraphqlToken Next()
    {
        SkipIgnored();
        var (start, column) = (position, position - lineStart + 1);
        if (position >= source.Length) return new(GraphqlTokenKind.End, "", line, column);
        var first = source[position];
        if (first == '_' || char.IsAsciiLetter(first))
        {
            while (position < source.Length
                && (source[position] == '_' || char.IsAsciiLetterOrDigit(source[position]))) position++;
            return new(GraphqlTokenKind.Name, source[start..position], line, column);
        }

        if (first == '-' || char.IsAsciiDigit(first)) return ReadNumber(column);
        if (first == '"') return source.AsSpan(position).StartsWith("\"\"\"") ? ReadBlock(column) : ReadString(column);
        if (source.AsSpan(position).StartsWith("..."))
        {
            position += 3;
            return new(GraphqlTokenKind.Punctuation, "...", line, column);
        }

        if ("!$&():=@[]{|}".Contains(first, StringComparison.Ordinal))
        {
            position++;
            return new(GraphqlTokenKind.Punctuation, first.ToString(), line, column);
        }

        return Invalid();
    }

    private GraphqlToken Invalid() => new(GraphqlTokenKind.Invalid, "", line, position - lineStart + 1);

    private void SkipIgnored()
    {
        for (; position < source.Length; position++)
        {
            switch (source[position])
            {
                case '\r' or '\n':
                    SkipLineEnd();
                    break;
                case ' ' or '\t' or ',' or '\uFEFF':
                    break;
                case '#':
                    while (position + 1 < source.Length && source[position + 1] is not ('\r' or '\n')) position++;
                    break;
                default:
                    return;
            }
        }
    }

    // On the last character of the end of a line.
    private void SkipLineEnd()
    {
        if (source[position] == '\r' && position + 1 < source.Length && source[position + 1] == '\n') position++;
        line++;
        lineStart = position + 1;
    }

    private GraphqlToken ReadNumber(int column)
    {
        var start = position;
        if (source[position] == '-') position++;
        if (!SkipDigits()) return Invalid();
        var isFloat = false;
        if (position < source.Length && source[position] == '.')
        {
            isFloat = true;
            position++;
            if (!SkipDigits()) return Invalid();
        }

        if (position < source.Length && source[position] is 'e' or 'E')
        {
            isFloat = true;
            position++;
            if (position < source.Length && source[position] is '+' or '-') position++;
            if (!SkipDigits()) return Invalid();
        }

        return new(isFloat ? GraphqlTokenKind.Float : GraphqlTokenKind.Int, source[start..position], line, column);
    }

    private bool SkipDigits()
    {
        var start = position;
        while (position < source.Length && char.IsAsciiDigit(source[position])) position++;
        return position > start;
    }

    // Columns of strings are those of their first character.
    private GraphqlToken ReadString(int column)
    {
        var text = new StringBuilder();
        for (position++; position < source.Length; position++)
        {
            var character = source[position];
            if (character == '"')
            {
                position++;
                return new(GraphqlTokenKind.String, text.ToString(), line, column + 1);
            }

            if (character is '\r' or '\n') return Invalid();
            if (character != '\\') text.Append(character);
            else if (!ReadEscape(text)) return Invalid();
        }

        return Invalid();
    }

    private bool ReadEscape(StringBuilder text)
    {
        if (++position >= source.Length) return false;
        switch (source[position])
        {
            case 'u':
                if (position + 4 >= source.Length
                    || !ushort.TryParse(source.AsSpan(position + 1, 4), NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture, out var unit)) return false;
                text.Append((char)unit);
                position += 4;
                return true;
            case 'n': text.Append('\n'); return true;
            case 'r': text.Append('\r'); return true;
            case 't': text.Append('\t'); return true;
            case 'b': text.Append('\b'); return true;
            case 'f': text.Append('\f'); return true;
            case '"' or '\\' or '/': text.Append(source[position]); return true;
            default: return false;
        }
    }

    private GraphqlToken ReadBlock(int column)
    {
        var text = new StringBuilder();
        var startLine = line;
        for (position += 3; position < source.Length; position++)
        {
            var rest = source.AsSpan(position);
            if (rest.StartsWith("\"\"\""))
            {
                position += 3;
                return new(GraphqlTokenKind.BlockString, Dedent(text.ToString()), startLine, column + 3);
            }

            if (rest.StartsWith("\\\"\"\""))
            {
                text.Append("\"\"\"");
                position += 3;
            }
            else if (source[position] is '\r' or '\n')
            {
                SkipLineEnd();
                text.Append('\n');
            }
            else text.Append(source[position]);
        }

        return Invalid();
    }

    // The space that all lines but the first begin with is not part of the text, nor are blank lines around it.
    private static string Dedent(string text)
    {
        var lines = text.Split('\n').ToList();
        var common = lines.Skip(1).Where(line => !IsBlank(line))
            .Select(line => line.Length - line.TrimStart(' ', '\t').Length).DefaultIfEmpty(0).Min();
        for (var i = 1; i < lines.Count; i++) lines[i] = lines[i].Length > common ? lines[i][common..] : "";
        while (lines.Count > 0 && IsBlank(lines[0])) lines.RemoveAt(0);
        while (lines.Count > 0 && IsBlank(lines[^1])) lines.RemoveAt(lines.Count - 1);
        return string.Join('\n', lines);
    }

    private static bool IsBlank(string line) => line.AsSpan().IndexOfAnyExcept(' ', '\t') < 0;
}
