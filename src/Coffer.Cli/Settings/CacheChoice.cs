using System.CommandLine;
using Coffer.Native;

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

/// <summary>The cache of machine code that a command uses.</summary>
/// <param name="Use">What for.</param>
/// <param name="Folder">The folder; null for the user's own.</param>
internal sealed record CacheChoice(CacheUse Use, string? Folder)
{
    /// <summary>Reads the text of the option, or of the variable that stands for it.</summary>
    public static CacheChoice Parse(string text) => text switch
    {
        "off" => new CacheChoice(CacheUse.Off, null),
        "auto" or "" => new CacheChoice(CacheUse.Auto, null),
        "wait" => new CacheChoice(CacheUse.Wait, null),
        _ => new CacheChoice(CacheUse.Auto, text),
    };

    /// <summary>The option.</summary>
    public static Option<string?> Option() => new("--cache")
    {
        Description = "Machine code of earlier runs: off, auto (use it, and make it for the next run), wait (make it first), "
            + "or a folder for it; COFFER_CACHE says it for all commands",
        HelpName = "off|auto|wait|dir",
    };

    /// <summary>The option's value, else what holds for all commands.</summary>
    public static CacheChoice Read(ParseResult result, Option<string?> option, CommandContext context) =>
        Parse(result.GetValue(option) ?? context.Cache);

    /// <summary>The loader's options for this choice.</summary>
    public NativeOptions ToOptions(CommandContext context) => new()
    {
        Policy = Use == CacheUse.Wait ? NativePolicy.Always : NativePolicy.Cached,
        CacheFolder = Folder is null ? null : context.Files.FullPath(Folder),
        Warning = warning => context.Terminal.Warn(warning),
    };
}
