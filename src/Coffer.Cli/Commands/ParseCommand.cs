using System.CommandLine;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer parse</c>: from the text format to the binary format.</summary>
internal static class ParseCommand
{
    public const string Name = "parse";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module in the text format (.wat)" };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Where the binary goes; - for standard output",
            HelpName = "file",
            Required = true,
        };
        var names = new Option<bool>("--names") { Description = "Keep identifiers, in a name section" };
        var features = OptionTypes.Features();
        var command = new Command(
            Name, "Translate a module from the text format to the binary format. It is not validated.")
        {
            file, output, names, features,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            var text = context.Files.ReadAll(path);
            if (ModuleSource.IsBinary(text)) throw CommandFailure.Usage($"{path} is in the binary format already");
            var binary = ModuleSource.Translate(
                path, text, result.GetValue(features) ?? Features.All, result.GetValue(names));
            var target = result.GetRequiredValue(output);
            if (target == HostFiles.StandardStream) context.Terminal.OutputStream.Write(binary);
            else context.Files.WriteAll(target, binary);
            return ExitCode.Success;
        });
        return command;
    }
}
