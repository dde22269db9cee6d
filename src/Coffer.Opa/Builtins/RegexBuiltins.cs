using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Patterns: regular expressions, templates and globs.</summary>
internal static class RegexBuiltins
{
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("regex.find_n", (_, a) => Find(a.Text(0), a.Text(1), a.SmallInteger(2))),
        new("regex.replace", (_, a) => Replace(a.Text(0), a.Text(1), a.Text(2))),
        new("regex.split", (_, a) => Split(a.Text(0), a.Text(1))),
        new("regex.template_match", (_, a) => MatchTemplate(a.Text(0), a.Text(1), a.Text(2), a.Text(3))),
        new("regex.globs_match", (_, a) => GlobIntersection.HaveCommonText(a.Text(0), a.Text(1))),
        new("glob.quote_meta", (_, a) => Regex.Replace(a.Text(0), @"[*?\\\[\]{}]", @"\$0", RegexOptions.NonBacktracking)),
    ];

    private static RegoArray Find(string pattern, string text, int most)
    {
        var matches = GoRegex.Compile(pattern).Matches(text).Select(match => new RegoString(match.Value));
        return new RegoArray(most < 0 ? matches : matches.Take(most));
    }

    private static string Replace(string text, string pattern, string replacement)
    {
        var regex = GoRegex.Compile(pattern);
        return regex.Replace(text, match => GoRegex.Expand(replacement, regex, match));
    }

    // Unlike the platform's own, without what groups matched.
    private static RegoArray Split(string pattern, string text)
    {
        var regex = GoRegex.Compile(pattern);
        if (text.Length == 0) return new RegoArray("");
        var parts = new List<RegoValue>();
        var start = 0;
        foreach (Match match in regex.Matches(text))
        {
            if (match.Length == 0 && (match.Index == 0 || match.Index == text.Length)) continue;
            parts.Add(text[start..match.Index]);
            start = match.Index + match.Length;
        }

        return new RegoArray([.. parts, text[start..]]);
    }

    private static bool MatchTemplate(string template, string text, string start, string end)
    {
        if (start.Length != 1 || end.Length != 1) throw new BuiltinException("start and end delimiter must be exactly one character long");
        var pattern = new StringBuilder("^");
        var (depth, from) = (0, 0);
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] == start[0] && depth++ == 0)
            {
                pattern.Append(Regex.Escape(template[from..i]));
                from = i + 1;
            }
            else if (template[i] == end[0] && --depth == 0)
            {
                pattern.Append('(').Append(template, from, i - from).Append(')');
                from = i + 1;
            }

            if (depth < 0) throw new BuiltinException($"unbalanced braces in \"{template}\"");
        }

        if (depth > 0) throw new BuiltinException($"unbalanced braces in \"{template}\"");
        return GoRegex.Compile(pattern.Append(Regex.Escape(template[from..])).Append('$').ToString()).IsMatch(text);
    }
}

/// <summary>Regular expressions in the syntax and with the guarantees of Go's: linear time, no references back.</summary>
internal static class GoRegex
{
    private const int MostKept = 500;
    private static readonly ConcurrentDictionary<string, Regex> Known = new(StringComparer.Ordinal);

    /// <summary>Compiles a pattern, or gives the one that was compiled before.</summary>
    /// <exception cref="BuiltinException">It is none.</exception>
    public static Regex Compile(string pattern)
    {
        if (Known.TryGetValue(pattern, out var known)) return known;
        try
        {
            var regex = new Regex(GoRegexSyntax.Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            if (Known.Count >= MostKept) Known.Clear();
            return Known[pattern] = regex;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new BuiltinException($"error parsing regexp: {exception.Message}", exception);
        }
    }

    /// <summary>A replacement with <c>$1</c>, <c>$name</c> and <c>${name}</c> filled in.</summary>
    public static string Expand(string replacement, Regex regex, Match match)
    {
        if (!replacement.Contains('$', StringComparison.Ordinal)) return replacement;
        var output = new StringBuilder();
        for (var i = 0; i < replacement.Length; i++)
        {
            if (replacement[i] != '$')
            {
                output.Append(replacement[i]);
                continue;
            }

            if (i + 1 < replacement.Length && replacement[i + 1] == '$')
            {
                output.Append('$');
                i++;
                continue;
            }

            var isBraced = i + 1 < replacement.Length && replacement[i + 1] == '{';
            var start = isBraced ? i + 2 : i + 1;
            var end = start;
            while (end < replacement.Length && (char.IsLetterOrDigit(replacement[end]) || replacement[end] == '_')) end++;
            if (end == start || (isBraced && (end >= replacement.Length || replacement[end] != '}')))
            {
                output.Append('$');
                continue;
            }

            var name = replacement[start..end];
            if (regex.GetGroupNames().Contains(name)) output.Append(match.Groups[name].Value);
            i = isBraced ? end : end - 1;
        }

        return output.ToString();
    }
}
