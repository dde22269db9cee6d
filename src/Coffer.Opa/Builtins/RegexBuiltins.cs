using System.Text;
using System.Text.RegularExpressions;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Patterns: regular expressions, templates and globs.</summary>
internal static class RegexBuiltins
{
    private const int LongestText = 64 << 20;

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("regex.find_n", (_, a) => Find(a.Text(0), a.Text(1), a.SmallInteger(2))),
        new("regex.replace", (context, a) => Replace(context, a.Text(0), a.Text(1), a.Text(2))),
        new("regex.split", (_, a) => Split(a.Text(0), a.Text(1))),
        new("regex.template_match", (_, a) => MatchTemplate(a.Text(0), a.Text(1), a.Text(2), a.Text(3))),
        new("regex.globs_match", (context, a) => GlobIntersection.HaveCommonText(context, a.Text(0), a.Text(1))),
        new("glob.quote_meta", (_, a) => Regex.Replace(a.Text(0), @"[*?\\\[\]{}]", @"\$0", RegexOptions.NonBacktracking)),
    ];

    private static RegoArray Find(string pattern, string text, int most)
    {
        var matches = GoRegex.Compile(pattern).Regex.Matches(text).Select(match => new RegoString(match.Value));
        return new RegoArray(most < 0 ? matches : matches.Take(most));
    }

    private static string Replace(BuiltinContext context, string text, string pattern, string replacement)
    {
        var regex = GoRegex.Compile(pattern);
        var length = 0L;
        return regex.Regex.Replace(text, match =>
        {
            context.ThrowIfLate();
            var expanded = regex.Expand(replacement, match);
            length += expanded.Length;
            return length <= LongestText
                ? expanded
                : throw new BuiltinException($"the text would be longer than {LongestText} characters");
        });
    }

    // Unlike the platform's own, without what groups matched.
    private static RegoArray Split(string pattern, string text)
    {
        var regex = GoRegex.Compile(pattern);
        if (text.Length == 0) return new RegoArray("");
        var parts = new List<RegoValue>();
        var start = 0;
        foreach (Match match in regex.Regex.Matches(text))
        {
            if (match.Length == 0 && (match.Index == 0 || match.Index == text.Length)) continue;
            parts.Add(text[start..match.Index]);
            start = match.Index + match.Length;
        }

        return new RegoArray([.. parts, text[start..]]);
    }

    private static bool MatchTemplate(string template, string text, string start, string end)
    {
        if (start.Length != 1 || end.Length != 1) throw new BuiltinException(
            "start and end delimiter must be exactly one character long");
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
        return GoRegex.Compile(pattern.Append(Regex.Escape(template[from..])).Append('$').ToString()).Regex.IsMatch(text);
    }
}
