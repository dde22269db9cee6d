using System.CommandLine;
using Coffer.Cli.Settings;
using Coffer.Text;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer print</c>: from the binary format to the text format.</summary>
internal static class PrintCommand
{
    public const string Name = "print";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Where the text goes; standard output when not given",
            HelpName = "file",
        };
        var command = new Command(Name, "Print a module in the text format. Only its types are validated.")
        {
            file, output,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            var text = ModuleSource.NameErrors(
                path, () => TextFormat.Print(ModuleSource.ReadBinary(context, path, Features.All)));
            if (result.GetValue(output) is { } target and not HostFiles.StandardStream)
            {
                using var writer = context.Files.CreateText(target);
                writer.Write(text);
            }
            else
            {
                context.Terminal.Output.Write(text);
            }

            return ExitCode.Success;
        });
        return command;
    }
}
