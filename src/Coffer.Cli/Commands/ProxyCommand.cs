using System.CommandLine;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer proxy</c>, for the list of verbs; the server runs it: see <see cref="Serving.ServerProgram"/>.</summary>
internal static class ProxyCommand
{
    public const string Name = "proxy";

    public static Command Create(CommandContext context)
    {
        var command = new Command(Name, "Serve HTTP and TCP through filters, by a configuration.");
        command.SetAction(_ => context.BecomeServer([Name]));
        return command;
    }
}
