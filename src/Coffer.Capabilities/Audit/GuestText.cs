using System.Globalization;
using System.Text;

namespace Coffer.Capabilities.Audit;

/// <summary>Text that a guest chose, made fit for terminals and logs.</summary>
public static class GuestText
{
    /// <summary>
    /// The text with every character that could end a line, move a cursor or change the direction of what follows
    /// written as <c>\u{1b}</c>; also those that show nothing.
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsHarmful(rune)) escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            else escaped.Append(rune.ToString());
        }

        return escaped.ToString();
    }

    /// <summary>Whether a character must not reach a terminal.</summary>
    public static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
