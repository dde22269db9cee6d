namespace Coffer.Cli;

/// <summary>Text from modules and guests, made fit for a terminal.</summary>
internal static class PlainText
{
    /// <summary>
    /// The text without control characters: names must not forge lines, move the cursor or change the direction of
    /// what follows.
    /// </summary>
    public static string OneLine(string text) =>
        text.Any(IsHarmful) ? string.Concat(text.Select(c => IsHarmful(c) ? '\uFFFD' : c)) : text;

    private static bool IsHarmful(char c) => char.IsControl(c)
        || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
