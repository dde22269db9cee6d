using System.Xml.Linq;
using Coffer.Benchmarks.Engines;
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
        var engines = context.Engines;
        var grid = new ProgramGrid([.. engines.Select(engine => (engine.Id, engine.Name))], Figure.Time);
        foreach (var module in context.SomeModules)
        {
            grid.Add(module, context.Once(
                Name, [module.Digest, .. engines.Select(engine => engine.Digest)], () => Measure(engines, module)));
            context.Progress(grid.DescribeLast());
        }

        return Report(engines, grid);
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

    private static SectionReport Report(IReadOnlyList<BenchEngine> engines, ProgramGrid grid)
    {
        string Sqlite(string engine) => Figure.Time(grid.Median("sqlite3", engine));
        return new SectionReport(Name, Title, $"""
            From the bytes of a module to the machine code of all its functions. Coffer JIT and the JavaScript engines compile in a
            process that has compiled the same module before (with other bytes at its end, so that no cache helps), with as many
            threads as they like, and so does Wasmtime. Coffer AOT is `coffer compile`, the whole process, bound to one processor.
            WasmEdge and the native limit are whole processes. V8's default compiles little before it runs, and JavaScriptCore
            nothing: what they show is the time until a program could start.

            {grid.Table()}

            ![time to compile](compile.svg)

            {string.Join('\n', engines.Select(engine => $"- {engine.Name}: `{engine.CompileLine}`"))}

            """, $"""
            sqlite3 (834 KiB): `coffer compile` {Sqlite("coffer-aot")} on one processor, Coffer JIT {Sqlite("coffer-jit")},
            V8 TurboFan {Sqlite("v8-turbofan")}, Wasmtime {Sqlite("wasmtime")}.

            ![time to compile](compile.svg)
            """)
        {
            Figures = new Dictionary<string, double>
            {
                ["compile.sqlite3.ms"] = grid.Median("sqlite3", "coffer-aot"),
                ["compile.pulldown-cmark.ms"] = grid.Median("pulldown-cmark", "coffer-aot"),
            },
            Pictures = new Dictionary<string, XDocument>
            {
                [Name] = grid.AddTo(new BarChart("Time to compile a program", "shorter is better; the scale is logarithmic"), programs: 4)
                    .Draw(isLogarithmic: true),
            },
        };
    }
}
