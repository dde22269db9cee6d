using Coffer.Cli.Settings;

namespace Coffer.Cli.Running;

/// <summary>
/// A run of which the command line says nothing but the module and what the guest gets. It needs no parser, and making one
/// takes longer than a small guest runs.
/// </summary>
internal static class PlainRun
{
    /// <summary>What it says, the same as the options of <c>run</c> say when none is given; null when it says more.</summary>
    public static RunSettings? Of(CommandContext context, IReadOnlyList<string> arguments)
    {
        if (RunLine.Read(arguments) is not { Options: [] } line) return null;
        return new RunSettings
        {
            File = line.File,
            Arguments = line.Words,
            Capabilities = StandardGrants.Set,
            Cache = CacheChoice.Parse(context.Cache),
        };
    }
}
