using System.Globalization;
using System.Text;

namespace Coffer.Cli.Embedding;

/// <summary>Names of a module's entities as C# writes them: each is unique within its type.</summary>
internal sealed class CSharpNames(params IEnumerable<string> taken)
{
    private readonly HashSet<string> used = new(taken, StringComparer.Ordinal);

    /// <summary>Whether a text is a C# identifier, or several with dots between.</summary>
    public static bool IsValid(string name, bool allowDots = false) => name.Split('.') is var parts
        && (allowDots || parts.Length == 1)
        && parts.All(part => part.Length > 0 && !char.IsAsciiDigit(part[0]) && part.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'));

    /// <summary>The name of a member: the words of a name, each with a capital.</summary>
    public string Member(string name)
    {
        var text = new StringBuilder();
        var isStart = true;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c))
            {
                isStart = true;
                continue;
            }

            if (text.Length == 0 && char.IsAsciiDigit(c)) text.Append('_');
            text.Append(isStart ? char.ToUpperInvariant(c) : c);
            isStart = false;
        }

        if (text.Length == 0) text.Append("Function");
        var wanted = text.ToString();
        for (var number = 2; !used.Add(text.ToString()); number++) text.Clear().Append(CultureInfo.InvariantCulture, $"{wanted}{number}");
        return text.ToString();
    }

    /// <summary>A literal with the text.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is >= ' ' and <= '~' and not ('"' or '\\')) literal.Append(c);
            else literal.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return literal.Append('"').ToString();
    }

    /// <summary>A text within a comment of documentation.</summary>
    public static string Comment(string text) => PlainText.OneLine(text)
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
