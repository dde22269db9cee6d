using System.CommandLine;
using System.Text;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;
using Coffer.Cli.Learning;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer learn</c>: runs a program and writes the smallest manifest that would have sufficed.</summary>
internal static class LearnCommand
{
    public const string Name = "learn";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var arguments = new Argument<string[]>("arguments")
        {
            Description = "What the guest gets, whatever it looks like",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var output = new Option<string>("--out")
        {
            Description = "Where the manifest goes; - is standard output",
            HelpName = "file",
            DefaultValueFactory = _ => "coffer.json",
        };
        var preload = OptionTypes.Preloads();
        var bound = new ManifestOptions();
        var command = new Command(
            Name,
            """
            Run a program and write the smallest manifest that would have sufficed. The options say what it may have at
            most; what it did not use is not in the manifest. Options go before the file.
            """)
        {
            file, arguments, preload, output,
        };
        bound.AddTo(command);
        command.SetAction(result =>
        {
            var manifest = bound.Read(result, context) with { Module = result.GetRequiredValue(file) };
            return Learn(context, manifest, result.GetValue(arguments) ?? [], result.GetValue(preload) ?? [], result.GetRequiredValue(output));
        });
        return command;
    }

    private static int Learn(CommandContext context, Manifest bound, string[] arguments, Preload[] preloads, string output)
    {
        var usage = new UsageSink();
        var granted = bound.Capabilities.With(arguments.Select(argument => new ArgumentGrant(argument)));
        try
        {
            return new FileRun(context, RunSettings.Of(bound) with
            {
                Capabilities = granted,
                Preloads = preloads,
                Sink = usage,
                // They are listed at the end.
                Audit = bound.Audit with { QuietDenials = true },
            }).Run();
        }
        finally
        {
            // Also of a guest that failed: what it used until then tells why.
            var learned = new LearnedGrants(context.Files, usage).From(granted);
            var manifest = (bound with { Capabilities = learned }).StartingAt(Way(context, output));
            if (output == HostFiles.StandardStream) context.Terminal.Output.Write(manifest);
            else context.Files.WriteAll(output, Encoding.UTF8.GetBytes(manifest.ToString()));
            LearningReport.Write(context.Terminal.Error, output, learned, usage);
        }
    }

    // How to get from the folder of the manifest, where its paths start, to the one where those of the options start.
    private static string Way(CommandContext context, string output)
    {
        if (output == HostFiles.StandardStream) return "";
        var way = Path.GetRelativePath(Path.GetDirectoryName(context.Files.FullPath(output))!, context.Files.Folder);
        return way == "." ? "" : way;
    }
}
