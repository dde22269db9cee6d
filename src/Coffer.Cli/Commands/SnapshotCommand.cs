using System.CommandLine;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer snapshot</c>: initializes a module once, and writes one that begins there.</summary>
internal static class SnapshotCommand
{
    public const string Name = "snapshot";

    // What wizer calls; the second is its newer name.
    private static readonly string[] Usual = ["wizer-initialize", "wizer.initialize"];

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Where the new module goes; - for standard output",
            HelpName = "file",
            Required = true,
        };
        var init = new Option<string?>("--init")
        {
            Description = $"The exported function that initializes it [default: {string.Join(" or ", Usual)}]",
            HelpName = "name",
        };
        var given = new ManifestOptions();
        var memory = OptionTypes.MemoryMode();
        var features = OptionTypes.Features();
        var command = new Command(
            Name, "Run the initialization of a module once, and write a module whose instances begin where that ended.")
        {
            file, output, init, memory, features,
        };
        given.AddTo(command);
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            var run = new FileRun(context, RunSettings.Of(given.Read(result, context) with { Module = path }) with
            {
                Memory = result.GetValue(memory),
                Features = result.GetValue(features) ?? Features.All,
            });
            var binary = run.Snapshot(result.GetValue(init) is { } name ? [name] : Usual);
            var target = result.GetRequiredValue(output);
            if (target == HostFiles.StandardStream) context.Terminal.OutputStream.Write(binary);
            else context.Files.WriteAll(target, binary);
            return ExitCode.Success;
        });
        return command;
    }
}
