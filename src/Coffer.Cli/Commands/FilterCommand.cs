using System.CommandLine;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer filter</c>, for the list of verbs; the server runs it: see <see cref="Serving.ServerProgram"/>.</summary>
internal static class FilterCommand
{
    public const string Name = "filter";

    public static Command Create(CommandContext context)
    {
        var command = new Command(Name, "Run a filter against a described request: filter test.");
        command.SetAction(_ => context.BecomeServer([Name]));
        return command;
    }
}
