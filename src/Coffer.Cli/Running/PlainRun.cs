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
        if (arguments.Count < 2 || arguments[0] != Commands.RunCommand.Name) return null;
        var file = arguments[1];
        if (file.Length == 0 || file[0] == '-') return null;
        var words = new string[arguments.Count - 2];
        for (var i = 0; i < words.Length; i++) words[i] = arguments[i + 2];
        return new RunSettings
        {
            File = file,
            Arguments = words,
            Capabilities = StandardGrants.Set,
            Cache = CacheChoice.Parse(context.Cache),
        };
    }
}
