using System.CommandLine;

namespace Coffer.Cli.Commands;

/// <summary>The verbs that administer a server, for the list of verbs; the server's program runs them: see <see cref="Serving.ServerProgram"/>.</summary>
internal static class AdminCommands
{
    public const string Deploy = "deploy", Apps = "apps", Rollback = "rollback", Logs = "logs";

    public static Command CreateDeploy(CommandContext context) => Create(context, Deploy, "Deploy a module to a server that runs.");

    public static Command CreateApps(CommandContext context) => Create(context, Apps, "List the apps of a server that runs.");

    public static Command CreateRollback(CommandContext context) => Create(context, Rollback, "Let an earlier version of an app serve.");

    public static Command CreateLogs(CommandContext context) => Create(context, Logs, "Show what an app logs.");

    private static Command Create(CommandContext context, string name, string description)
    {
        var command = new Command(name, description);
        command.SetAction(_ => context.BecomeServer([name]));
        return command;
    }
}
