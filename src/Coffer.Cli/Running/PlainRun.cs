using Coffer.Cli.Settings;

namespace Coffer.Cli.Running;

/// <summary>
/// A run of which the command line says nothing but the module and what the guest gets. It needs no parser, and making one
/// takes longer than a small guest runs.
/// </summary>
internal static class PlainRun
{
    /// <summary>What it says, the same as the options of <c>run</c> say; null when it says more.</summary>
    /// <exception cref="CommandFailure">An option cannot be understood, or grants contradict each other.</exception>
    public static RunSettings? Of(CommandContext context, IReadOnlyList<string> arguments)
    {
        if (RunLine.Read(arguments) is not { IsPlain: true } line) return null;
        var settings = line.Options.Count > 0
            ? PlainOptions.Read(line)
            : new RunSettings { File = line.File, Capabilities = StandardGrants.Set };
        return settings with { Arguments = line.Words, Cache = CacheChoice.Parse(line.Value(RunOption.Cache) ?? context.Cache) };
    }
}
