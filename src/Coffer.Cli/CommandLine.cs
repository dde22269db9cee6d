using System.CommandLine;
using System.CommandLine.Invocation;
using Coffer.Cli.Commands;

namespace Coffer.Cli;

/// <summary>The verbs, and what holds for all of them.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line to its end.</summary>
    /// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, CommandContext context)
    {
        try
        {
            var root = CreateRoot(context);
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
        catch (Exception e)
        {
            return ErrorReport.Write(context.Terminal, e);
        }
    }

    private static RootCommand CreateRoot(CommandContext context) => new(
        $"""
        Coffer runs WebAssembly modules in a sandbox.

        {ExitCode.Table}
        """)
    {
        RunCommand.Create(context),
        LearnCommand.Create(context),
        ExplainCommand.Create(context),
        CompileCommand.Create(context),
        CacheCommand.Create(context),
        ValidateCommand.Create(context),
        InspectCommand.Create(context),
        ParseCommand.Create(context),
        PrintCommand.Create(context),
        ObjdumpCommand.Create(context),
        AuditCommand.Create(context),
        WastCommand.Create(context),
    };

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
        return ErrorReport.Write(
            terminal, CommandFailure.Usage(result.Errors[^1].Message.TrimEnd('.'), $"see: coffer {verb}--help"));
    }
}
