using System.Globalization;
using System.Text.RegularExpressions;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Suite;

/// <summary>Sections that a program of their own measures: what it prints is the report, and aims find their figures in it.</summary>
internal static class OwnProgramSection
{
    public static SectionReport Instances(SuiteContext context) => Measure(
        context, "instances", "Instances and density", new Command(Environment.ProcessPath!, "instances"), "bench/Coffer.Benchmarks -- instances",
        new Dictionary<string, string>
        {
            ["instances.bare.us"] = @"^no memory.*?([0-9.]+) µs",
            ["instances.memory.us"] = @"^Rust, 1 MiB, three pages touched.*?([0-9.]+) µs",
            ["instances.scaling"] = @"^Rust, 1 MiB, three pages touched.*two threads ([0-9.]+) times",
            ["instances.live.kib"] = @"^10,000 live instances.*?([0-9.]+) KiB",
            ["instances.modules.kib"] = @"^1,000 modules.*?([0-9.]+) KiB",
        });

    public static SectionReport Start(SuiteContext context) => Measure(
        context, "start", "Cold start of the command", new Command("node", Path.Combine(context.Places.Bench, "start.mjs")), "node bench/start.mjs",
        new Dictionary<string, string>
        {
            // The columns: KiB, bare, cached, artifact, uncached, node, cached-bare.
            ["start.cached-bare.ms"] = @"^c/hello\.wasm(?:\s+[0-9.-]+){6}\s+([0-9.-]+)",
        });

    private static SectionReport Measure(
        SuiteContext context, string name, string title, Command command, string line, Dictionary<string, string> patterns)
    {
        if (context.Options.IsQuick) return SectionReport.Missing(name, title, "not in a quick run");
        var outcome = ChildProcess.Run(command, context.Places.Work);
        if (outcome.ExitCode != 0) return SectionReport.Missing(name, title, $"`{line}` failed: {outcome.Failure()}");
        var output = outcome.OutputText.TrimEnd();
        var figures = patterns
            .Select(pair => (pair.Key, Match: Regex.Match(output, pair.Value, RegexOptions.Multiline)))
            .Where(pair => pair.Match.Success)
            .ToDictionary(pair => pair.Key, pair => double.Parse(pair.Match.Groups[1].Value, CultureInfo.InvariantCulture));
        return new SectionReport(name, title, $"`{line}` says:\n\n```\n{output}\n```\n", $"[{name}.md]({name}.md)") { Figures = figures };
    }
}
