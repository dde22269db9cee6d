namespace Coffer.Cli.Running;

/// <summary>
/// Which command lines are runs of which nothing is said but the module and what the guest gets. The launcher has this file
/// as well.
/// </summary>
internal static class PlainLine
{
    /// <summary>The verb.</summary>
    public const string Verb = "run";

    /// <summary>How many words stand before those of the guest: the verb and the module.</summary>
    public const int OwnWords = 2;

    /// <summary>Whether a line is one.</summary>
    public static bool Is(IReadOnlyList<string> arguments) =>
        arguments.Count >= OwnWords && arguments[0] == Verb && arguments[1].Length > 0 && arguments[1][0] != '-';
}
