using System.CommandLine;
using Coffer.Cli.Inspection;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer explain</c>: what a module could ever ask for.</summary>
internal static class ExplainCommand
{
    public const string Name = "explain";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command(
            Name, "Show what a module could ever ask for, and what it can certainly not, from its imports alone.")
        {
            file, json,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            var authority = ModuleAuthority.Of(path, ModuleSource.Compile(context, new Engine(), path));
            if (result.GetValue(json)) context.Terminal.Output.WriteLine(AuthorityJson.Write(authority));
            else AuthorityText.Write(authority, context.Terminal.Output);
            return ExitCode.Success;
        });
        return command;
    }
}
