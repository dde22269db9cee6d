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
        if (!PlainLine.Is(arguments)) return null;
        var words = new string[arguments.Count - PlainLine.OwnWords];
        for (var i = 0; i < words.Length; i++) words[i] = arguments[i + PlainLine.OwnWords];
        return new RunSettings
        {
            File = arguments[1],
            Arguments = words,
            Capabilities = StandardGrants.Set,
            Cache = CacheChoice.Parse(context.Cache),
        };
    }
}
