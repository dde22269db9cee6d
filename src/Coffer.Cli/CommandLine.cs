using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;
using Coffer.Cli.Commands;
using Coffer.Cli.Running;
using Coffer.Cli.Serving;
using Coffer.Cli.Settings;

namespace Coffer.Cli;

/// <summary>The verbs, and what holds for all of them.</summary>
internal static class CommandLine
{
    private static readonly Verb[] Verbs =
    [
        new(RunCommand.Name, RunCommand.Create),
        new(LearnCommand.Name, LearnCommand.Create),
        new(ExplainCommand.Name, ExplainCommand.Create),
        new(CompileCommand.Name, CompileCommand.Create),
        new(SnapshotCommand.Name, SnapshotCommand.Create),
        new(BuildCommand.Name, BuildCommand.Create),
        new(EmbedCommand.Name, EmbedCommand.Create),
        new(CacheCommand.Name, CacheCommand.Create),
        new(ValidateCommand.Name, ValidateCommand.Create),
        new(InspectCommand.Name, InspectCommand.Create),
        new(ParseCommand.Name, ParseCommand.Create),
        new(PrintCommand.Name, PrintCommand.Create),
        new(ObjdumpCommand.Name, ObjdumpCommand.Create),
        new(AuditCommand.Name, AuditCommand.Create),
        new(ServeCommand.Name, ServeCommand.Create),
        new(AdminCommands.Deploy, AdminCommands.CreateDeploy),
        new(AdminCommands.Apps, AdminCommands.CreateApps),
        new(AdminCommands.Rollback, AdminCommands.CreateRollback),
        new(AdminCommands.Logs, AdminCommands.CreateLogs),
        new(ProxyCommand.Name, ProxyCommand.Create),
        new(PolicyCommand.Name, PolicyCommand.Create),
        new(FilterCommand.Name, FilterCommand.Create),
        new(WastCommand.Name, WastCommand.Create),
        new(LauncherCommand.Name, LauncherCommand.Create),
    ];

    /// <summary>Runs a command line to its end.</summary>
    /// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, CommandContext context)
    {
        try
        {
            if (PlainRun.Of(context, arguments) is { } settings) return new FileRun(context, settings).Run();
            return ServerProgram.Takes(arguments) ? context.BecomeServer(arguments) : Parse(arguments, context);
        }
        catch (Exception e)
        {
            return ErrorReport.Write(context.Terminal, e);
        }
    }

    // By itself, so that a plain run loads nothing of the parser.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Parse(IReadOnlyList<string> arguments, CommandContext context)
    {
        var root = CreateRoot(context, arguments);
        var result = root.Parse(
            GuestArguments.Separate(arguments, root),
            new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction) return RefuseUsage(result, context.Terminal);
        return result.Invoke(new InvocationConfiguration
        {
            Output = context.Terminal.Output,
            Error = context.Terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }

    /// <summary>The verb that the line begins with; all of them when it begins with something else.</summary>
    private static RootCommand CreateRoot(CommandContext context, IReadOnlyList<string> arguments)
    {
        var root = new RootCommand(
            $"""
            Coffer runs WebAssembly modules in a sandbox.

            {ExitCode.Table}
            """);
        var chosen = arguments.Count > 0 ? Array.FindAll(Verbs, verb => verb.Name == arguments[0]) : [];
        foreach (var verb in chosen.Length > 0 ? chosen : Verbs) root.Subcommands.Add(verb.Create(context));
        return root;
    }

    private static int RefuseUsage(ParseResult result, Terminal terminal)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? part = result.CommandResult; part is not null; part = part.Parent)
        {
            if (part is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } command)
            {
                names.Insert(0, command.Command.Name);
            }
        }

        var verb = names.Count == 0 ? "" : string.Join(' ', names) + " ";
        return ErrorReport.Write(terminal, OptionRefusal.OfLine(result.Errors[^1].Message, verb));
    }

    private sealed record Verb(string Name, Func<CommandContext, Command> Create);
}
