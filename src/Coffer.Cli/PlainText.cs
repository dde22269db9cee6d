using System.Text;
using Coffer.Capabilities.Audit;

namespace Coffer.Cli;

/// <summary>Text from modules and guests, made fit for a terminal.</summary>
internal static class PlainText
{
    /// <summary>
    /// The text without control characters: names must not forge lines, move the cursor or change the direction of
    /// what follows.
    /// </summary>
    public static string OneLine(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => (GuestText.IsHarmful(rune) ? Rune.ReplacementChar : rune).ToString()));
}
