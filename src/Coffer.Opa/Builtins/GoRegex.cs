using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Coffer.Opa.Builtins;

/// <summary>Regular expressions in the syntax and with the guarantees of Go's: linear time, no references back.</summary>
internal sealed class GoRegex
{
    private const int MostKept = 500;
    private static readonly ConcurrentDictionary<string, GoRegex> Known = new(StringComparer.Ordinal);

    private readonly Dictionary<string, int> names;

    private GoRegex(Regex regex, Dictionary<string, int> names)
    {
        Regex = regex;
        this.names = names;
    }

    /// <summary>The expression of the platform.</summary>
    public Regex Regex { get; }

    /// <summary>Compiles a pattern, or gives the one that was compiled before.</summary>
    /// <exception cref="BuiltinException">It is none.</exception>
    public static GoRegex Compile(string pattern)
    {
        if (Known.TryGetValue(pattern, out var known)) return known;
        try
        {
            var (translated, names) = GoRegexSyntax.Translate(pattern);
            var regex = new GoRegex(new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant),
                names);
            if (Known.Count >= MostKept) Known.Clear();
            return Known[pattern] = regex;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new BuiltinException($"error parsing regexp: {exception.Message}", exception);
        }
    }

    /// <summary>A replacement with <c>$1</c>, <c>$name</c> and <c>${name}</c> filled in.</summary>
    public string Expand(string replacement, Match match)
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
            var isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || names.TryGetValue(name, out number);
            if (isNumber) output.Append(match.Groups[number].Value);
            i = isBraced ? end : end - 1;
        }

        return output.ToString();
    }
}
