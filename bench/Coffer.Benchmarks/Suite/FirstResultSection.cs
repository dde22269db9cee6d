using System.Xml.Linq;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>How long a person waits: a fresh process, from its start to its end.</summary>
internal static class FirstResultSection
{
    private const string Name = "first-result";
    private const string Title = "Time to the first result";
    private const double Long = 1000;
    private const long Large = 500_000;

    public static SectionReport Measure(SuiteContext context)
    {
        var whole = new WholeProcess(context);
        var rows = new List<(GuestModule Module, Dictionary<string, double[]> Times)>();
        foreach (var module in context.SomeModules)
        {
            rows.Add((module, context.Once(
                Name, [module.Digest, context.Peers.CofferVersion, context.Peers.NodeVersion, .. whole.Ways.Select(way => way.Line)],
                () => Measure(context, whole, module))));
            context.Progress($"{module.Name}: {string.Join("  ", rows[^1].Times.Where(pair => pair.Value.Length > 0).Select(pair => $"{pair.Key} {Figure.Time(Statistics.Median(pair.Value))}"))}");
        }

        return Report(whole.Ways, rows);
    }

    private static Dictionary<string, double[]> Measure(SuiteContext context, WholeProcess whole, GuestModule module)
    {
        whole.Prepare(module);
        var times = whole.Ways.ToDictionary(way => way.Id, _ => new List<double>());
        var failed = new HashSet<string>();
        var rounds = context.Options.IsQuick ? 5 : 11;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var way in whole.Ways.Where(way => !failed.Contains(way.Id)))
            {
                var (outcome, failure) = WholeProcess.Run(way, module, isPeakWanted: false);
                if (failure is null)
                {
                    times[way.Id].Add(outcome.Milliseconds);
                    continue;
                }

                failed.Add(way.Id);
                times[way.Id].Clear();
                context.Progress($"{module.Name}, {way.Name}: {failure}");
            }

            if (times.Values.Any(each => each.Count > 0 && each[0] > Long)) rounds = Math.Min(rounds, 5);
        }

        return times.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
    }

    private static SectionReport Report(IReadOnlyList<Way> ways, List<(GuestModule Module, Dictionary<string, double[]> Times)> rows)
    {
        Spread? Time(Dictionary<string, double[]> times, string way) => times.GetValueOrDefault(way) is { Length: > 0 } found ? Spread.Of(found) : null;
        double Median(Dictionary<string, double[]> times, string way) => Time(times, way)?.Median ?? double.NaN;
        double Worst(string way, Func<GuestModule, bool> which) => rows.Where(row => which(row.Module))
            .Select(row => Median(row.Times, way) / Median(row.Times, "v8")).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();
        var table = new MarkdownTable(["program", "size", .. ways.Select(way => way.Name), "cached / node", "no cache / node"]);
        foreach (var (module, times) in rows)
        {
            table.Add(
            [
                module.Name, Figure.Size(module.Bytes), .. ways.Select(way => Time(times, way.Id) is { } time ? Figure.Time(time) : "failed"),
                Figure.Ratio(Median(times, "coffer-cached") / Median(times, "v8")), Figure.Ratio(Median(times, "coffer-jit") / Median(times, "v8")),
            ]);
        }

        var chart = new BarChart("Time to the first result", "the whole process, shorter is better; the scale is logarithmic");
        foreach (var (module, times) in rows)
        {
            chart.Add(
                $"{module.Name}, {Figure.Size(module.Bytes)}",
                ways.Where(way => Time(times, way.Id) is not null)
                    .Select(way => Bar.Of(way.Id, way.Name, Median(times, way.Id), Figure.Time(Median(times, way.Id)))));
        }

        var smallest = rows.Count > 0 ? rows[0].Times : [];
        var lines = string.Join('\n', ways.Select(way => $"- {way.Name}: `{way.Line}`"));
        return new SectionReport(Name, Title, $"""
            The whole process as a person starts it, from its start to its end, in turns; files are in the system's memory. The
            programs do all their work once, so a long one shows the speed of its code too. Node runs them by its own `node:wasi`,
            with V8's default tiers.

            {table}

            ![time to the first result](first-result.svg)

            {lines}

            """, $"From the cache at most {Figure.Ratio(Worst("coffer-cached", module => module.Bytes > Large))} of node's time on programs above 500 KB; without a cache at most {Figure.Ratio(Worst("coffer-jit", _ => true))} on any.")
        {
            Figures = new Dictionary<string, double>
            {
                ["first.cached.large"] = Worst("coffer-cached", module => module.Bytes > Large),
                ["first.cached.smallest.ms"] = Median(smallest, "coffer-cached") - Median(smallest, "v8"),
                ["first.jit"] = Worst("coffer-jit", _ => true),
            },
            Pictures = new Dictionary<string, XDocument> { [Name] = chart.Draw(isLogarithmic: true) },
        };
    }
}
