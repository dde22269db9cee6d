using System.CommandLine;

namespace Coffer.Cli;

/// <summary>
/// Keeps what follows the module on the command line for the guest, whatever it looks like: <c>coffer run a.wasm
/// --help</c> asks the guest.
/// </summary>
internal static class GuestArguments
{
    private static readonly string[] Verbs = [Commands.RunCommand.Name, Commands.LearnCommand.Name];

    /// <summary>Puts <c>--</c> before the first argument of a verb that runs guests, unless the person did.</summary>
    public static IReadOnlyList<string> Separate(IReadOnlyList<string> arguments, RootCommand root)
    {
        if (arguments.Count == 0 || !Verbs.Contains(arguments[0])) return arguments;
        var command = root.Subcommands.First(verb => verb.Name == arguments[0]);
        for (var i = 1; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--") return arguments;
            if (argument.Length < 2 || argument[0] != '-') return [.. arguments.Take(i), "--", .. arguments.Skip(i)];
            var option = command.Options.FirstOrDefault(
                known => known.Name == argument || known.Aliases.Contains(argument));
            if (option is not null && option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool)) i++;
        }

        return arguments;
    }
}
