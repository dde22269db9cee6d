namespace Coffer.Cli.Settings;

/// <summary>How a person is told that an option says nothing that can be understood.</summary>
internal static class OptionRefusal
{
    /// <summary>What is wrong with the text of an option.</summary>
    public static string Of(string option, string form, FormatException reason) => $"{option} takes {form}: {reason.Message}";

    /// <summary>That a text is not of the form that an option takes.</summary>
    public static string Of(string option, string form, string text) => $"{option} takes {form}, not \"{text}\"";

    /// <summary>The failure of a line.</summary>
    /// <param name="message">What is wrong with it.</param>
    /// <param name="verb">Its verb, with a space behind it; empty when there is none.</param>
    public static CommandFailure OfLine(string message, string verb) => CommandFailure.Usage(message.TrimEnd('.'), $"see: coffer {verb}--help");
}
