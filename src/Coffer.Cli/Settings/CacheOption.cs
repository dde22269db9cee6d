using System.CommandLine;
using Coffer.Native;

namespace Coffer.Cli.Settings;

/// <summary>The option by which a person says what is done with machine code made ahead of time.</summary>
internal static class CacheOption
{
    /// <summary>The option.</summary>
    public static Option<string?> Create() => new("--cache")
    {
        Description = "Machine code of earlier runs: off, auto (use it, and make it for the next run), wait (make it first), "
            + $"or a folder for it; {CacheChoice.Variable} says it for all commands",
        HelpName = "off|auto|wait|dir",
    };

    /// <summary>The option's value, else what holds for all commands.</summary>
    public static CacheChoice Read(ParseResult result, Option<string?> option, CommandContext context) =>
        CacheChoice.Parse(result.GetValue(option) ?? context.Cache);

    /// <summary>The loader's options for a choice.</summary>
    public static NativeOptions ToOptions(this CacheChoice choice, CommandContext context) => new()
    {
        Policy = choice.Use == CacheUse.Wait ? NativePolicy.Always : NativePolicy.Cached,
        CacheFolder = choice.Folder is null ? null : context.Files.FullPath(choice.Folder),
        Warning = warning => context.Terminal.Warn(warning),
    };
}
