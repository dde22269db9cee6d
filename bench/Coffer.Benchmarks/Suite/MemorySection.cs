using System.Xml.Linq;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>The most memory that a process has resident while it runs a program once.</summary>
internal static class MemorySection
{
    private const string Name = "memory";
    private const string Title = "Memory";
    private const int Rounds = 3;

    public static SectionReport Measure(SuiteContext context)
    {
        var whole = new WholeProcess(context);
        var rounds = context.Options.IsQuick ? 1 : Rounds;
        var table = new MarkdownTable(["program", "size", .. whole.Ways.Select(way => way.Name)]);
        var chart = new BarChart("Peak resident memory", "of the whole process, while it runs a program once");
        foreach (var module in context.SomeModules)
        {
            var peaks = context.Once(
                Name, [module.Digest, context.Peers.CofferVersion, context.Peers.NodeVersion, .. whole.Ways.Select(way => way.Line)],
                () => Measure(whole, module, rounds));
            table.Add([module.Name, Figure.Size(module.Bytes), .. whole.Ways.Select(way => Figure.Size(peaks[way.Id]))]);
            chart.Add(
                module.Name,
                whole.Ways.Where(way => peaks[way.Id] > 0).Select(way => Bar.Of(way.Id, way.Name, peaks[way.Id], Figure.Size(peaks[way.Id]))));
            context.Progress($"{module.Name}: {string.Join("  ", peaks.Select(pair => $"{pair.Key} {Figure.Size(pair.Value)}"))}");
        }

        return new SectionReport(Name, Title, $"""
            The system's own high-water mark of resident memory (`VmHWM`), of processes as in [first-result.md](first-result.md): the
            median of {rounds}. Much of it is the runtime itself and shared between processes.

            {table}

            ![peak memory](memory.svg)

            """, table.ToString())
        {
            Pictures = new Dictionary<string, XDocument> { [Name] = chart.Draw() },
        };
    }

    private static Dictionary<string, double> Measure(WholeProcess whole, GuestModule module, int rounds)
    {
        whole.Prepare(module);
        return whole.Ways.ToDictionary(way => way.Id, way =>
        {
            var runs = Enumerable.Range(0, rounds).Select(_ => WholeProcess.Run(way, module, isPeakWanted: true)).ToList();
            return runs.Exists(run => run.Failure is not null) ? 0 : Statistics.Median(runs.Select(run => run.Outcome.PeakKiB * 1024.0));
        });
    }
}
