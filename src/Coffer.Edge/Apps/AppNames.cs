namespace Coffer.Edge.Apps;

/// <summary>The names of apps: parts of addresses, of the names of loggers and meters, and never of files.</summary>
internal static class AppNames
{
    /// <summary>The longest name, as that of a part of a host's name.</summary>
    public const int Longest = 63;

    /// <summary>What a name is, for messages.</summary>
    public const string Rule = "the name of an app has small letters, digits and -, at most 63";

    /// <summary>Whether a text is a name.</summary>
    public static bool IsOne(string name) =>
        name.Length is > 0 and <= Longest && name.All(unit => char.IsAsciiLetterLower(unit) || char.IsAsciiDigit(unit) || unit == '-');
}
