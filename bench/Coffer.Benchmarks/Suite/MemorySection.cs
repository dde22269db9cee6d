using System.Xml.Linq;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>The most memory that a process has resident while it runs a program once.</summary>
internal static class MemorySection
{
    private const string Name = "memory";

    public static SectionReport Measure(SuiteContext context)
    {
        var rounds = context.Options.IsQuick ? 1 : 3;
        var whole = new WholeProcess(context);
        var grid = new ProgramGrid(whole.Subjects, Figure.Size);
        foreach (var module in context.SomeModules)
        {
            grid.Add(module, context.Once(Name, whole.Dependencies(module), () => Measure(whole, module, rounds)));
            context.Progress(grid.DescribeLast());
        }

        return new SectionReport(Name, "Memory", $"""
            The system's own high-water mark of resident memory (`VmHWM`), of processes as in [first-result.md](first-result.md): the
            median of {rounds}. Much of it is the runtime itself and shared between processes.

            {grid.Table()}

            ![peak memory](memory.svg)

            """, "![peak memory](memory.svg)")
        {
            Pictures = new Dictionary<string, XDocument>
            {
                [Name] = grid
                    .AddTo(new BarChart("Peak resident memory", "of the whole process, while it runs a program once"), programs: 12)
                    .Draw(),
            },
        };
    }

    private static Dictionary<string, double[]> Measure(WholeProcess whole, GuestModule module, int rounds)
    {
        whole.Prepare(module);
        return whole.Ways.ToDictionary(way => way.Id, way =>
        {
            var runs = Enumerable.Range(0, rounds).Select(_ => WholeProcess.Run(way, module, isPeakWanted: true)).ToList();
            return runs.Exists(run => run.Failure is not null) ? [] : runs.Select(run => run.Outcome.PeakKiB * 1024.0).ToArray();
        });
    }
}
