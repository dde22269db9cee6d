using System.Globalization;
using System.Text.RegularExpressions;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Suite;

/// <summary>
/// A section that a program of its own measures: what that prints is the report, and aims find their figures in its lines.
/// </summary>
/// <param name="Name">The word for it.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Line">The command for people.</param>
/// <param name="Patterns">Where the figures are in the output: the first group, from the start of a line.</param>
internal sealed record OwnProgramSection(string Name, string Title, string Line, IReadOnlyDictionary<string, string> Patterns)
{
    public static OwnProgramSection Instances { get; } = new(
        "instances", "Instances and density", "dotnet run -c Release --project bench/Coffer.Benchmarks -- instances",
        new Dictionary<string, string>
        {
            ["instances.bare.us"] = @"no memory.*?([0-9.]+) µs",
            ["instances.memory.us"] = @"Rust, 1 MiB, three pages touched.*?([0-9.]+) µs",
            ["instances.scaling"] = @"Rust, 1 MiB, three pages touched.*two threads ([0-9.]+) times",
            ["instances.live.kib"] = @"10,000 live instances.*?([0-9.]+) KiB",
            ["instances.modules.kib"] = @"1,000 .*modules.*?([0-9.]+) KiB",
        });

    public static OwnProgramSection Start { get; } = new(
        "start", "Cold start of the command", "node bench/start.mjs", new Dictionary<string, string>
        {
            // The columns: KiB, bare, hot, cached, artifact, uncached, node, hot-bare, hot/node, cached-bare.
            ["start.hot-bare.ms"] = @"c/hello\.wasm(?:\s+[0-9.-]+){7}\s+([0-9.-]+)",
            ["start.hot.large"] = @"go/hello\.wasm(?:\s+[0-9.-]+){8}\s+([0-9.-]+)",
            ["start.cached-bare.ms"] = @"c/hello\.wasm(?:\s+[0-9.-]+){9}\s+([0-9.-]+)",
        });

    public SectionReport Measure(SuiteContext context) => context.Options.IsQuick
        ? SectionReport.Missing(Name, Title, "not in a quick run")
        : Report(ChildProcess.Run(Program(context), context.Places.Work));

    /// <summary>The report on what the program printed.</summary>
    internal SectionReport Report(ProcessOutcome outcome)
    {
        if (outcome.ExitCode != 0) return SectionReport.Missing(Name, Title, $"`{Line}` failed: {outcome.Failure()}");
        var output = outcome.OutputText.TrimEnd();
        var figures = Patterns
            .Select(pair => (pair.Key, Match: Regex.Match(output, $"^{pair.Value}", RegexOptions.Multiline)))
            .Where(pair => pair.Match.Success)
            .ToDictionary(pair => pair.Key, pair => double.Parse(pair.Match.Groups[1].Value, CultureInfo.InvariantCulture));
        var shown = $"```\n{output}\n```\n";
        return new SectionReport(Name, Title, $"`{Line}` says:\n\n{shown}", shown) { Figures = figures };
    }

    private Command Program(SuiteContext context) => this == Instances
        ? new Command(Environment.ProcessPath!, "instances")
        : new Command("node", Path.Combine(context.Places.Bench, "start.mjs"));
}
