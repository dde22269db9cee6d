using System.CommandLine;
using System.Text;
using Coffer.Cli.Settings;
using Coffer.Cli.Wast;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer wast</c>: runs scripts of the specification's test suite.</summary>
internal static class WastCommand
{
    public const string Name = "wast";

    private const int MaximumWorkers = 64;
    private static readonly TimeSpan StandardTimeout = TimeSpan.FromSeconds(120);

    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("path")
        {
            Description = "Scripts, and folders of scripts",
            Arity = ArgumentArity.OneOrMore,
        };
        var memory = OptionTypes.Choice<MemoryMode[]>(
            "--memory", "How accesses to memory are kept inside it; both runs everything twice", [MemoryMode.Guarded],
            ("guarded", [MemoryMode.Guarded]),
            ("checked", [MemoryMode.Checked]),
            ("both", [MemoryMode.Guarded, MemoryMode.Checked]));
        var features = OptionTypes.Features();
        var timeout = OptionTypes.Duration(
            "--script-timeout", "The most time that one script may take; 2m when not given");
        var expect = new Option<string?>("--expect")
        {
            Description = "A list of failures that are known: \"path[:line] reason\"",
            HelpName = "file",
        };
        var workers = new Option<int>("--workers")
        {
            Description = "Scripts that run at once",
            HelpName = "count",
            DefaultValueFactory = _ => 2,
        };
        var command = new Command(Name, "Run scripts of WebAssembly's test suites (.wast).")
        {
            paths, memory, features, timeout, expect, workers,
        };
        command.SetAction(result =>
        {
            var list = result.GetValue(expect) is { } file
                ? ExpectedFailures.Parse(file, Encoding.UTF8.GetString(context.Files.ReadAll(file)))
                : ExpectedFailures.None;
            var scripts = result.GetRequiredValue(paths)
                .SelectMany(path => context.Files.Expand(path, ".wast")).Distinct().ToList();
            var report = new ScriptReport(context.Terminal, list);
            foreach (var mode in result.GetRequiredValue(memory))
            {
                report.Begin(mode, scripts.Count);
                var settings = new ScriptSettings(
                    mode,
                    result.GetValue(features),
                    result.GetValue(timeout) ?? StandardTimeout,
                    Math.Clamp(result.GetValue(workers), 1, MaximumWorkers));
                foreach (var script in new ScriptBatch(context, settings).Run(scripts)) report.Add(script);
            }

            var isSuccess = report.End(scripts);
            context.Cancellation.ThrowIfCancellationRequested();
            return isSuccess ? ExitCode.Success : ExitCode.Failed;
        });
        return command;
    }
}
