using Coffer.Cli.Settings;

namespace Coffer.Cli.Running;

/// <summary>
/// A run whose command line is read without the parser: making one takes longer than a small guest runs.
/// </summary>
internal static class PlainRun
{
    /// <summary>What it says, the same as the options of <c>run</c> say; null when it is the parser's.</summary>
    /// <exception cref="CommandFailure">An option cannot be understood, or grants contradict each other.</exception>
    public static RunSettings? Of(CommandContext context, IReadOnlyList<string> arguments) =>
        RunLine.Read(arguments) is { } line && line.Value(RunOption.Memory) is null ? Of(context, line) : null;

    /// <summary>The same of a line that says nothing but the module and what the guest gets; null when it says more.</summary>
    /// <inheritdoc cref="Of(CommandContext, IReadOnlyList{string})"/>
    public static RunSettings? OfGuest(CommandContext context, IReadOnlyList<string> arguments) =>
        RunLine.Read(arguments) is { IsPlain: true } line ? Of(context, line) : null;

    private static RunSettings Of(CommandContext context, RunLine line)
    {
        var settings = line.Options.Count > 0
            ? PlainOptions.Read(line)
            : new RunSettings { File = line.File, Capabilities = StandardGrants.Set };
        return settings with { Arguments = line.Words, Cache = CacheChoice.Parse(line.Value(RunOption.Cache) ?? context.Cache) };
    }
}
