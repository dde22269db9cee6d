namespace Coffer.Opa.Builtins;

/// <summary>Takes actions of templates apart.</summary>
internal static class GoTemplateWords
{
    public static IEnumerable<string> SplitPipes(string expression) => Cut(expression, '|');

    public static List<string> Split(string command) => [.. Cut(command, ' ').Where(word => word.Length > 0)];

    private static IEnumerable<string> Cut(string text, char separator)
    {
        var (depth, quote, start) = (0, '\0', 0);
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (quote != '\0')
            {
                if (character == '\\' && quote == '"') i++;
                else if (character == quote) quote = '\0';
            }
            else if (character is '"' or '`') quote = character;
            else if (character == '(') depth++;
            else if (character == ')') depth--;
            else if (character == separator && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }

        if (quote != '\0' || depth != 0) throw new BuiltinException("template: unterminated string or unclosed parenthesis");
        yield return text[start..].Trim();
    }
}
