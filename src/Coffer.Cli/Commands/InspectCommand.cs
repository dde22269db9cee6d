using System.CommandLine;
using Coffer.Cli.Inspection;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer inspect</c>: what a module needs, offers and consists of.</summary>
internal static class InspectCommand
{
    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("inspect", "Show what a module needs, offers and consists of.") { file, json };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            var summary = ModuleSummary.Of(path, ModuleSource.Compile(context, new Engine(), path));
            if (result.GetValue(json)) context.Terminal.Output.WriteLine(SummaryJson.Write(summary));
            else SummaryText.Write(summary, context.Terminal.Output);
            return ExitCode.Success;
        });
        return command;
    }
}
