using System.Text;

namespace Coffer.Opa.Builtins;

/// <summary>Writes patterns of Go's regular expressions (RE2) as patterns of the platform.</summary>
internal static class GoRegexSyntax
{
    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = "\\x00-\\x7F",
        ["blank"] = "\\t ",
        ["cntrl"] = "\\x00-\\x1F\\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = " -~",
        ["punct"] = "!-/:-@\\[-`{-~",
        ["space"] = "\\t\\n\\v\\f\\r ",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>The pattern for the platform, and the numbers of the groups that have names.</summary>
    /// <exception cref="ArgumentException">It is no pattern.</exception>
    public static (string Pattern, Dictionary<string, int> Names) Translate(string pattern)
    {
        var output = new StringBuilder();
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var groups = 0;
        for (var i = 0; i < pattern.Length;)
        {
            switch (pattern[i])
            {
                case '\\':
                    TranslateEscape(pattern, ref i, output, inClass: false);
                    break;
                case '[':
                    TranslateClass(pattern, ref i, output);
                    break;
                case '(' when i + 2 < pattern.Length && pattern[i + 1] == '?':
                    TranslateGroup(pattern, ref i, output, ref groups, names);
                    break;
                case '(':
                    groups++;
                    output.Append(pattern[i++]);
                    break;
                // The platform's also matches before a newline at the end.
                case '$':
                    output.Append("\\z");
                    i++;
                    break;
                default:
                    output.Append(pattern[i++]);
                    break;
            }
        }

        return (output.ToString(), names);
    }

    // Groups with names become plain ones: the platform would give them numbers after all others.
    private static void TranslateGroup(
        string pattern, ref int i, StringBuilder output, ref int groups, Dictionary<string, int> names)
    {
        var nameStart = pattern.AsSpan(i + 2).StartsWith("P<")
            ? i + 4
            : pattern[i + 2] == '<' && i + 3 < pattern.Length && pattern[i + 3] is not ('=' or '!') ? i + 3 : -1;
        if (nameStart > 0)
        {
            var close = pattern.IndexOf('>', nameStart);
            var name = close < 0 ? "" : pattern[nameStart..close];
            if (name.Length == 0 || !name.All(
                letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')) throw new ArgumentException(
                    $"invalid named capture: `{pattern[i..]}`");
            if (!names.TryAdd(name, ++groups)) throw new ArgumentException($"duplicate capture group name: `{name}`");
            output.Append('(');
            i = close + 1;
            return;
        }

        var end = pattern.AsSpan(i + 2).IndexOfAny(':', ')') is var length && length < 0 ? pattern.Length : i + 2 + length;
        var flags = pattern[(i + 2)..end];
        if (flags.Length > 0 && flags[0] is '=' or '!' or '>' or '#' or '(' or '<' or 'P') throw new ArgumentException(
            $"invalid or unsupported Perl syntax: `(?{flags[0]}`");
        // U, which makes all repetitions lazy, has nothing like it.
        if (flags.Contains('U', StringComparison.Ordinal)) throw new ArgumentException("the flag U is not supported");
        output.Append("(?").Append(flags);
        i = end;
    }

    private static void TranslateEscape(string pattern, ref int i, StringBuilder output, bool inClass)
    {
        if (i + 1 >= pattern.Length) throw new ArgumentException("trailing backslash at end of expression: ``");
        var escape = pattern[i + 1];
        i += 2;
        switch (escape)
        {
            // Only ASCII, unlike the platform's.
            case 'd': output.Append(inClass ? "0-9" : "[0-9]"); break;
            case 'D' when !inClass: output.Append("[^0-9]"); break;
            case 'w': output.Append(inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]"); break;
            case 'W' when !inClass: output.Append("[^0-9A-Za-z_]"); break;
            case 's': output.Append(inClass ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]"); break;
            case 'S' when !inClass: output.Append("[^\\t\\n\\f\\r ]"); break;
            case 'z' when !inClass: output.Append("\\z"); break;
            case 'Q':
                var end = pattern.IndexOf("\\E", i, StringComparison.Ordinal);
                output.Append(System.Text.RegularExpressions.Regex.Escape(end < 0 ? pattern[i..] : pattern[i..end]));
                i = end < 0 ? pattern.Length : end + 2;
                break;
            case 'x' when i < pattern.Length && pattern[i] == '{':
                var close = pattern.IndexOf('}', i);
                if (close < 0) throw new ArgumentException("invalid escape sequence: `\\x`");
                AppendCodePoint(output, Convert.ToInt32(pattern[(i + 1)..close], 16));
                i = close + 1;
                break;
            case 'p' or 'P':
                var isLong = i < pattern.Length && pattern[i] == '{';
                var stop = isLong ? pattern.IndexOf('}', i) : i;
                if (stop < 0 || i >= pattern.Length) throw new ArgumentException(
                    $"invalid character class range: `\\{escape}`");
                var name = isLong ? pattern[(i + 1)..stop] : pattern[i].ToString();
                output.Append('\\').Append(escape).Append('{').Append(ScriptOf(name)).Append('}');
                i = stop + 1;
                break;
            case >= '1' and <= '9':
                throw new ArgumentException($"invalid escape sequence: `\\{escape}`");
            case 'a' or 'f' or 't' or 'n' or 'r' or 'v' or 'x' or 'A' or 'b' or 'B' or 'D' or 'W' or 'S':
                output.Append('\\').Append(escape);
                break;
            case '0':
                output.Append("\\0");
                break;
            case var letter when char.IsAsciiLetterOrDigit(letter):
                throw new ArgumentException($"invalid escape sequence: `\\{letter}`");
            default:
                output.Append('\\').Append(escape);
                break;
        }
    }

    private static string ScriptOf(string name) => name switch
    {
        "Greek" => "IsGreek",
        "Cyrillic" => "IsCyrillic",
        "Latin" => "L",
        "Han" => "IsCJKUnifiedIdeographs",
        _ => name,
    };

    private static void AppendCodePoint(StringBuilder output, int codePoint)
    {
        foreach (var unit in char.ConvertFromUtf32(codePoint)) output.Append("\\u")
            .Append(((int)unit).ToString("X4", System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void TranslateClass(string pattern, ref int i, StringBuilder output)
    {
        var start = i;
        output.Append('[');
        i++;
        if (i < pattern.Length && pattern[i] == '^')
        {
            output.Append('^');
            i++;
        }

        for (var isFirst = true; ; isFirst = false)
        {
            if (i >= pattern.Length) throw new ArgumentException($"missing closing ]: `{pattern[start..]}`");
            if (pattern[i] == ']' && !isFirst) break;
            if (pattern.AsSpan(i).StartsWith("[:") && pattern.IndexOf(":]", i, StringComparison.Ordinal) is var end
                && end > 0)
            {
                var name = pattern[(i + 2)..end];
                var isNegated = name.StartsWith('^');
                if (isNegated || !Classes.TryGetValue(name, out var members)) throw new ArgumentException(
                    $"invalid character class range: `[:{name}:]`");
                output.Append(members);
                i = end + 2;
            }
            else if (pattern[i] == '\\') TranslateEscape(pattern, ref i, output, inClass: true);
            // To the platform an opening bracket after a minus is a subtraction.
            else if (pattern[i] is '[' or ']')
            {
                output.Append('\\').Append(pattern[i++]);
            }
            else output.Append(pattern[i++]);
        }

        output.Append(']');
        i++;
    }
}
