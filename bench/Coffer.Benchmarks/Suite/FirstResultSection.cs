using System.Xml.Linq;
using Coffer.Benchmarks.Engines;
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
        var grid = new ProgramGrid(whole.Subjects, Figure.Time);
        foreach (var module in context.SomeModules)
        {
            grid.Add(module, context.Once(Name, whole.Dependencies(module), () => Measure(context, whole, module)));
            context.Progress(grid.DescribeLast());
        }

        return Report(whole, grid, context.SomeModules.Select(module => module.Name).FirstOrDefault(""));
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

    private static SectionReport Report(WholeProcess whole, ProgramGrid grid, string smallest)
    {
        var cached = grid.WorstRatio("coffer-cached", "v8", module => module.Bytes > Large);
        var uncached = grid.WorstRatio("coffer-jit", "v8", _ => true);
        return new SectionReport(Name, Title, $"""
            The whole process as a person starts it, from its start to its end, in turns; files are in the system's memory. The
            programs do all their work once, so a long one shows the speed of its code too. Node runs them by its own `node:wasi`,
            with V8's default tiers. The functions that programs call around what is measured elsewhere are a second module for
            Coffer. Wasmtime is a program in C around its library, without a cache.

            {grid.Table(("cached / node", "coffer-cached", "v8"), ("no cache / node", "coffer-jit", "v8"))}

            ![time to the first result](first-result.svg)

            {string.Join('\n', whole.Ways.Select(way => $"- {way.Name}: `{way.Line}`"))}

            """, $"""
            From the cache at most {Figure.Ratio(cached)} of node's time on programs above 500 KB; without a cache at most
            {Figure.Ratio(uncached)} on any.

            ![time to the first result](first-result.svg)
            """)
        {
            Figures = new Dictionary<string, double>
            {
                ["first.cached.large"] = cached,
                ["first.cached.smallest.ms"] = grid.Median(smallest, "coffer-cached") - grid.Median(smallest, "v8"),
                ["first.jit"] = uncached,
            },
            Pictures = new Dictionary<string, XDocument>
            {
                [Name] = grid.AddTo(new BarChart(Title, "the whole process, shorter is better; the scale is logarithmic"), programs: 12)
                    .Draw(isLogarithmic: true),
            },
        };
    }
}
