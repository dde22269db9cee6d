using System.CommandLine;
using Coffer.Cli.Inspection;
using Coffer.Cli.Settings;
using Coffer.Native;
using Coffer.Native.Artifacts;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer inspect</c>: what a module needs, offers and consists of.</summary>
internal static class InspectCommand
{
    public const string Name = "inspect";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command(Name, "Show what a module needs, offers and consists of.") { file, json };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            var summary = ModuleSummary.Of(path, ModuleSource.Compile(context, new Engine(), path));
            if (!result.GetValue(json)) WriteArtifact(context, path);
            if (result.GetValue(json)) context.Terminal.Output.WriteLine(SummaryJson.Write(summary));
            else SummaryText.Write(summary, context.Terminal.Output);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>What the native code was made from and for, when the file is an artifact.</summary>
    private static void WriteArtifact(CommandContext context, string path)
    {
        var content = context.Files.ReadAll(path);
        if (!Artifact.IsLikely(content)) return;
        var artifact = ModuleLoader.ReadArtifact(content);
        context.Terminal.Output.WriteLine($"artifact: {content.Length} bytes, {artifact.Image.Length} of them native code");
        foreach (var (name, value) in artifact.Description.Lines) context.Terminal.Output.WriteLine($"  {name}  {PlainText.OneLine(value)}");
    }
}
