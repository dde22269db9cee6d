using System.CommandLine;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer policy</c>, for the list of verbs; the server runs it: see <see cref="Serving.ServerProgram"/>.</summary>
internal static class PolicyCommand
{
    public const string Name = "policy";

    public static Command Create(CommandContext context)
    {
        var command = new Command(Name, "Serve, evaluate, test and measure policies of Open Policy Agent.");
        command.SetAction(_ => context.BecomeServer([Name]));
        return command;
    }
}
