using System.CommandLine;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer serve</c>, for the list of verbs; the server runs it: see <see cref="Serving.ServerProgram"/>.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    public static Command Create(CommandContext context)
    {
        var command = new Command(Name, "Serve HTTP by programs, each request in a sandbox of its own.");
        command.SetAction(_ => context.BecomeServer([Name]));
        return command;
    }
}
