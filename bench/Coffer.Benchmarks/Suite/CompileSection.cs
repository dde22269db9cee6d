using System.Xml.Linq;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>How long engines take to make all machine code of a program.</summary>
internal static class CompileSection
{
    private const string Name = "compile";
    private const string Title = "Compiling";
    private const int Rounds = 3;
    private const double Budget = 300;

    // Nobody needs the spread of what takes as long as this.
    private const double Long = 4000;

    public static SectionReport Measure(SuiteContext context)
    {
        var rows = new List<(GuestModule Module, Dictionary<string, double[]> Times)>();
        foreach (var module in context.SomeModules)
        {
            rows.Add((module, context.Once(
                "compile", [module.Digest, .. context.Engines.Select(engine => engine.Digest)], () => Measure(context.Engines, module))));
            context.Progress($"{module.Name}: {string.Join("  ", rows[^1].Times.Where(pair => pair.Value.Length > 0).Select(pair => $"{pair.Key} {Figure.Time(Statistics.Median(pair.Value))}"))}");
        }

        return Report(context.Engines, rows);
    }

    private static Dictionary<string, double[]> Measure(IReadOnlyList<BenchEngine> engines, GuestModule module)
    {
        var times = engines.ToDictionary(engine => engine.Id, _ => new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var engine in engines)
            {
                var earlier = times[engine.Id];
                if (round > 0 && (earlier.Count == 0 || earlier[0] > Long)) continue;
                if (engine.Compile(module, Budget) is { } time) earlier.Add(time);
            }
        }

        return times.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
    }

    private static SectionReport Report(IReadOnlyList<BenchEngine> engines, IReadOnlyList<(GuestModule Module, Dictionary<string, double[]> Times)> rows)
    {
        Spread? Time(Dictionary<string, double[]> times, string engine) =>
            times.GetValueOrDefault(engine) is { Length: > 0 } found ? Spread.Of(found) : null;
        double Median(string module, string engine) =>
            rows.FirstOrDefault(row => row.Module.Name == module).Times is { } times ? Time(times, engine)?.Median ?? double.NaN : double.NaN;
        var table = new MarkdownTable(["program", "size", .. engines.Select(engine => engine.Name)]);
        foreach (var (module, times) in rows)
        {
            table.Add([module.Name, Figure.Size(module.Bytes), .. engines.Select(engine => Time(times, engine.Id) is { } time ? Figure.Time(time) : Figure.None)]);
        }

        var chart = new BarChart("Time to compile a program", "shorter is better; the scale is logarithmic");
        foreach (var (module, times) in rows.TakeLast(4))
        {
            chart.Add(
                $"{module.Name}, {Figure.Size(module.Bytes)}",
                engines.Where(engine => Time(times, engine.Id) is not null)
                    .Select(engine => Bar.Of(engine.Id, engine.Name, Time(times, engine.Id)!.Value.Median, Figure.Time(Time(times, engine.Id)!.Value.Median)))
                    .OrderBy(bar => bar.Value));
        }

        var lines = string.Join('\n', engines.Select(engine => $"- {engine.Name}: `{engine.CompileLine}`"));
        return new SectionReport(Name, Title, $"""
            From the bytes of a module to the machine code of all its functions. Coffer JIT and the JavaScript engines compile in a
            process that has compiled the same module before (with other bytes at its end, so that no cache helps), with as many
            threads as they like. Coffer AOT is `coffer compile`, the whole process, bound to one processor. Wasmtime is what
            wizer takes from its start until the program starts. WasmEdge and the native limit are whole processes. V8's default
            compiles little before it runs, and JavaScriptCore nothing: what they show is the time until a program could start.

            {table}

            ![time to compile](compile.svg)

            {lines}

            """, $"sqlite3 (834 KiB): `coffer compile` {Figure.Time(Median("sqlite3", "coffer-aot"))} on one processor, Coffer JIT {Figure.Time(Median("sqlite3", "coffer-jit"))}, V8 TurboFan {Figure.Time(Median("sqlite3", "v8-turbofan"))}.")
        {
            Figures = new Dictionary<string, double>
            {
                ["compile.sqlite3.ms"] = Median("sqlite3", "coffer-aot"),
                ["compile.pulldown-cmark.ms"] = Median("pulldown-cmark", "coffer-aot"),
            },
            Pictures = new Dictionary<string, XDocument> { ["compile"] = chart.Draw(isLogarithmic: true) },
        };
    }
}
