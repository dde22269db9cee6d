namespace Coffer.Cli.Settings;

/// <summary>What is done with machine code made ahead of time.</summary>
internal enum CacheUse
{
    /// <summary>There is none.</summary>
    Off,
    /// <summary>It is used where there is some, and made for the next run.</summary>
    Auto,
    /// <summary>It is made before the guest starts.</summary>
    Wait,
}

/// <summary>The cache of machine code that a command uses. The launcher has this file as well.</summary>
/// <param name="Use">What for.</param>
/// <param name="Folder">The folder; null for the user's own.</param>
internal sealed record CacheChoice(CacheUse Use, string? Folder)
{
    /// <summary>The variable that says it for all commands.</summary>
    public const string Variable = "COFFER_CACHE";

    /// <summary>The variable that says whether there are executables in it.</summary>
    public const string ExecutablesVariable = "COFFER_EXECUTABLES";

    /// <summary>Reads the text of the option, or of the variable that stands for it.</summary>
    public static CacheChoice Parse(string text) => text switch
    {
        "off" => new CacheChoice(CacheUse.Off, null),
        "auto" or "" => new CacheChoice(CacheUse.Auto, null),
        "wait" => new CacheChoice(CacheUse.Wait, null),
        _ => new CacheChoice(CacheUse.Auto, text),
    };

    /// <summary>Whether executables are not to be used or made, by the value of the variable.</summary>
    public static bool ForbidsExecutables(string? value) => value == "off";
}
