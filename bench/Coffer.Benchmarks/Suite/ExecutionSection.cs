using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>How long programs run, beside V8's optimizing compiler.</summary>
internal static class ExecutionSection
{
    public const string Baseline = "v8-turbofan";
    private const string Name = "execution";
    private const string Title = "Execution";

    public static SectionReport Measure(SuiteContext context)
    {
        if (context.Find(Baseline) is null) return SectionReport.Missing(Name, Title, "there is no node to compare with");
        var rows = new List<(GuestModule Module, ModuleTimes Times)>();
        foreach (var module in context.Modules)
        {
            var times = Turns.Measure(context, context.Engines, module);
            rows.Add((module, OutputAgreement.Check(module, times, Baseline)));
            context.Progress($"[{rows.Count}/{context.Modules.Count}] {module.Name}: {Turns.Describe(rows[^1].Times, Baseline)}");
        }

        return Report(context.Engines, rows, Reasons.Read(context.Places.Reasons));
    }

    /// <summary>The report on what was measured.</summary>
    internal static SectionReport Report(
        IReadOnlyList<BenchEngine> engines, IReadOnlyList<(GuestModule Module, ModuleTimes Times)> rows, Reasons reasons)
    {
        var figures = new ExecutionFigures(rows);
        var peers = engines.Where(engine => engine.Id != Baseline).ToList();
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"""
            The time between a program's calls of `bench.start` and `bench.end`, relative to that of V8 TurboFan in the same run:
            below 1 is faster. {figures.Counted.Count} programs; in each round every engine runs each in a fresh process, one after
            the other. A process warms up with one run (unless that takes more than three seconds) and reports the median of the next ones.
            Given is the median of the processes, and half the distance between the slowest and the fastest of them. Outputs are
            compared with what the programs should print, else with each other. The load average before the programs was
            {figures.Load.Median:F1} in the median, {figures.Load.Most:F1} at most.


            """));
        text.Append(Means(peers, figures)).AppendLine();
        text.AppendLine("![relative times of all engines](execution.svg)").AppendLine();
        text.AppendLine("![relative times of all programs](execution-programs.svg)").AppendLine();
        text.AppendLine("## Every program").AppendLine();
        text.Append(All(engines, peers, rows)).AppendLine();
        text.Append(reasons.Render("Coffer AOT", figures.Slow("coffer-aot", reasons.Most))).AppendLine();
        text.Append(Instantiation(engines, figures)).AppendLine();
        text.Append(LeftOut(engines, rows, figures));
        return new SectionReport(Name, Title, text.ToString(), Summary(figures))
        {
            Figures = figures.ForAims(reasons),
            Pictures = new Dictionary<string, XDocument>
            {
                ["execution"] = Overview(peers, figures),
                ["execution-programs"] = Programs(peers, figures),
            },
        };
    }

    private static string Summary(ExecutionFigures figures) => string.Create(CultureInfo.InvariantCulture, $"""
        Relative to V8 TurboFan over {figures.Counted.Count} programs (geometric mean, below 1 is faster): Coffer AOT
        **{Figure.Ratio(figures.Mean("coffer-aot"))}**, Coffer JIT **{Figure.Ratio(figures.Mean("coffer-jit"))}**,
        Wasmtime {Figure.Ratio(figures.Mean("wasmtime"))}, native {Figure.Ratio(figures.Mean("native"))}.

        ![relative times of all engines](execution.svg)
        """);

    private static string Means(IEnumerable<BenchEngine> engines, ExecutionFigures figures)
    {
        var table = new MarkdownTable(["engine", "all", "≥ 1 ms", "> 200 ms", .. figures.Groups, "slowest program", "of them run"]);
        foreach (var engine in engines)
        {
            var ratios = figures.Ratios(engine.Id).ToList();
            var worst = ratios.OrderBy(each => each.Ratio).LastOrDefault();
            table.Add(
            [
                engine.Name, Figure.Ratio(figures.Mean(engine.Id)), Figure.Ratio(figures.Mean(engine.Id, 1)),
                Figure.Ratio(figures.Mean(engine.Id, 200)),
                .. figures.Groups.Select(group => Figure.Ratio(figures.Mean(engine.Id, group: group))),
                worst.Module is null ? Figure.None : $"{worst.Module.Name} {Figure.Ratio(worst.Ratio)}", $"{ratios.Count}",
            ]);
        }

        return table.ToString();
    }

    private static string All(
        IEnumerable<BenchEngine> engines, IReadOnlyList<BenchEngine> peers, IEnumerable<(GuestModule Module, ModuleTimes Times)> rows)
    {
        var baseline = engines.First(engine => engine.Id == Baseline);
        var table = new MarkdownTable(["program", baseline.Name, .. peers.Select(engine => engine.Name)]);
        foreach (var (module, times) in rows)
        {
            string Cell(BenchEngine engine) => times.Engines.GetValueOrDefault(engine.Id) is not { Time: { } time } ? "failed"
                : engine == baseline ? Figure.Time(time)
                : $"**{Figure.Ratio(times.Ratio(engine.Id, Baseline))}** {Figure.Time(time)}";
            table.Add([module.Name, Cell(baseline), .. peers.Select(Cell)]);
        }

        return table.ToString();
    }

    private static string Instantiation(IReadOnlyList<BenchEngine> engines, ExecutionFigures figures)
    {
        var table = new MarkdownTable("engine", "median", "least", "most");
        foreach (var engine in engines)
        {
            if (figures.Instantiation(engine.Id) is not { } spread) continue;
            table.Add(engine.Name, Figure.Time(spread.Median), Figure.Time(spread.Least), Figure.Time(spread.Most));
        }

        return $"""
            ## Instantiating

            What an instance of one of these programs takes, with all that the host makes for it (streams, folders, imports), once the
            program is compiled: the median of the programs, the quickest and the slowest. [instances.md](instances.md) has instances alone.

            {table}
            """;
    }

    private static string LeftOut(
        IReadOnlyList<BenchEngine> engines, IEnumerable<(GuestModule Module, ModuleTimes Times)> rows, ExecutionFigures figures)
    {
        var text = new StringBuilder("## What is not counted\n\n");
        foreach (var (module, times) in rows)
        {
            foreach (var (id, engine) in times.Engines)
            {
                if (engine.Failure is { } failure) text.AppendLine($"- {module.Name}, {engines.First(each => each.Id == id).Name}: {failure}");
            }
        }

        foreach (var module in figures.TooShort)
        {
            text.AppendLine($"- {module.Name}: it ends within {Figure.Time(ExecutionFigures.Least)}, which is no measure; it is in no mean");
        }


        return text.ToString();
    }

    private static XDocument Overview(IEnumerable<BenchEngine> peers, ExecutionFigures figures)
    {
        Bar Bar(string id, string name, double mean) => Reporting.Bar.Of(id, name, mean, Figure.Ratio(mean));
        IEnumerable<Bar> Group(double least) => peers.Select(engine => Bar(engine.Id, engine.Name, figures.Mean(engine.Id, least)))
            .Append(Bar(Baseline, "V8 TurboFan", 1)).OrderBy(bar => bar.Value);
        return new BarChart("Execution time relative to V8 TurboFan", "geometric means, shorter is faster; outputs checked")
            .Add($"all {figures.Counted.Count} programs", Group(0))
            .Add("programs that run longer than 200 ms", Group(200))
            .Draw(mark: 1);
    }

    private static XDocument Programs(IReadOnlyList<BenchEngine> peers, ExecutionFigures figures)
    {
        var chart = new DotChart(
            "Execution time of each program relative to V8 TurboFan", "logarithmic; left of the line is faster",
            [.. peers.Select(engine => new Series(engine.Name, Palette.Of(engine.Id)))]);
        foreach (var (module, times) in figures.Counted.OrderBy(row => row.Times.Ratio("coffer-aot", Baseline)))
        {
            chart.Add(module.Name, [.. peers.Select(engine => times.Ratio(engine.Id, Baseline))]);
        }

        return chart.Draw();
    }
}
