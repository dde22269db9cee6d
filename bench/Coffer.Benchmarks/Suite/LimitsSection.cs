using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>What it costs that a guest can be stopped: polls for a deadline, and counted instructions.</summary>
internal static class LimitsSection
{
    private const string Name = "limits";
    private const string Title = "Deadlines and fuel";
    private const string Endless = "coffer-endless";
    private const string Fuelled = "coffer-fuel";
    private const string Wasmtime = "wasmtime";
    private const string WasmtimeEpochs = "wasmtime-epochs";
    private const string WasmtimeFuel = "wasmtime-fuel";

    // A program that takes so much longer in one process than in another says nothing of a cost of a few percent.
    private const double MostSpread = 0.1;

    public static SectionReport Measure(SuiteContext context)
    {
        if (context.Options.IsQuick) return SectionReport.Missing(Name, Title, "not in a quick run");
        var ordinary = context.Find("coffer-aot")!;
        List<BenchEngine> engines =
        [
            context.Peers.CofferAhead(Endless, "Coffer AOT, not to be interrupted", "--no-interrupt"), ordinary,
            context.Peers.CofferAhead(Fuelled, "Coffer AOT, fuel", "--fuel"),
        ];
        if (context.Find(Wasmtime) is { } wasmtime)
        {
            engines.AddRange([
                wasmtime, context.Peers.Wasmtime(WasmtimeEpochs, "Wasmtime, epochs", "--epochs"),
                context.Peers.Wasmtime(WasmtimeFuel, "Wasmtime, fuel", "--fuel"),
            ]);
        }

        var rows = new List<(GuestModule Module, ModuleTimes Times)>();
        foreach (var module in context.LimitModules)
        {
            rows.Add((module, Turns.Measure(context, engines, module)));
            context.Progress($"{module.Name}: {Turns.Describe(rows[^1].Times, Endless)}");
        }

        return Report(ordinary.Id, engines, rows);
    }

    private static SectionReport Report(
        string ordinary, IReadOnlyList<BenchEngine> engines, IReadOnlyList<(GuestModule Module, ModuleTimes Times)> rows)
    {
        var counted = rows.Where(row => row.Times.Median(Endless) >= ExecutionFigures.Least).ToList();
        var steady = counted.Where(row => IsSteady(row.Times, Endless, ordinary, Fuelled)).ToList();
        double Mean(string engine) => Statistics.GeometricMean(
            steady.Select(row => row.Times.Ratio(engine, Endless)).Where(double.IsFinite));
        string PeerMean(string engine)
        {
            var rest = counted.Where(row => IsSteady(row.Times, Wasmtime, WasmtimeEpochs, WasmtimeFuel));
            return Figure.Ratio(Statistics.GeometricMean(rest.Select(row => row.Times.Ratio(engine, Wasmtime)).Where(double.IsFinite)));
        }

        var hasPeer = engines.Any(engine => engine.Id == Wasmtime);
        string[] peers = hasPeer ? [WasmtimeEpochs, WasmtimeFuel] : [];
        var table = new MarkdownTable(
            ["program", "not to be interrupted", "deadline", "fuel", .. peers.Select(peer => engines.Single(engine => engine.Id == peer).Name)]);
        foreach (var (module, times) in counted)
        {
            table.Add([
                module.Name, times.Engines[Endless].Time is { } time ? Figure.Time(time) : "failed",
                Figure.Ratio(times.Ratio(ordinary, Endless)), Figure.Ratio(times.Ratio(Fuelled, Endless)),
                .. peers.Select(peer => Figure.Ratio(times.Ratio(peer, Wasmtime))),
            ]);
        }

        var unsteady = counted.Except(steady).Select(row => row.Module.Name).ToList();
        var leftOut = unsteady.Count == 0 ? "" : $"Not in the means, since they differ by more than {MostSpread:P0} from process to process: {string.Join(", ", unsteady)}.";
        table.Add([
            "**geometric mean**", "", $"**{Figure.Ratio(Mean(ordinary))}**", $"**{Figure.Ratio(Mean(Fuelled))}**",
            .. peers.Select(peer => $"**{PeerMean(peer)}**"),
        ]);
        return new SectionReport(Name, Title, $"""
            Machine code made ahead of time, relative to such code without polls. A deadline is what all other figures of this report
            are with; stack checks are on in all. Wasmtime's are relative to Wasmtime without either.

            {table}
            {leftOut}
            """, $"""
            A deadline costs {Figure.Percent(Mean(ordinary) - 1)}, fuel {Figure.Percent(Mean(Fuelled) - 1)} (geometric means over
            {steady.Count} programs).{(hasPeer ? $" Wasmtime's epochs take {PeerMean(WasmtimeEpochs)} of its time without, its fuel {PeerMean(WasmtimeFuel)}." : "")}
            """)
        {
            Figures = new Dictionary<string, double> { ["limits.deadline"] = Mean(ordinary), ["limits.fuel"] = Mean(Fuelled) },
        };
    }

    private static bool IsSteady(ModuleTimes times, params string[] engines) =>
        engines.All(engine => times.Engines.GetValueOrDefault(engine)?.Time is not { Relative: > MostSpread });
}
