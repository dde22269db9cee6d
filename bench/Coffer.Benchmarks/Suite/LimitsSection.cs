using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>
/// What it costs that a guest can be stopped: polls for a deadline, and counted instructions. Over all programs, as execution is;
/// the peer's means are over a selection.
/// </summary>
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
        List<BenchEngine> peers = context.Find(Wasmtime) is not { } wasmtime ? [] :
        [
            wasmtime, context.Peers.Wasmtime(WasmtimeEpochs, "Wasmtime, epochs", "--epochs"),
            context.Peers.Wasmtime(WasmtimeFuel, "Wasmtime, fuel", "--fuel"),
        ];
        var withPeers = context.PeerLimitModules.Select(module => module.Name).ToHashSet();
        var rows = new List<(GuestModule Module, ModuleTimes Times)>();
        foreach (var module in context.Modules)
        {
            rows.Add((module, Turns.Measure(context, withPeers.Contains(module.Name) ? [.. engines, .. peers] : engines, module)));
            context.Progress($"{module.Name}: {Turns.Describe(rows[^1].Times, Endless)}");
        }

        return Report(ordinary.Id, [.. engines, .. peers], rows);
    }

    /// <summary>The report on what was measured.</summary>
    internal static SectionReport Report(
        string ordinary, IReadOnlyList<BenchEngine> engines, IReadOnlyList<(GuestModule Module, ModuleTimes Times)> rows)
    {
        var counted = rows.Where(row => row.Times.Median(Endless) >= ExecutionFigures.Least).ToList();
        var steady = counted.Where(row => IsSteady(row.Times, Endless, ordinary, Fuelled)).ToList();
        double Mean(string engine) => MeanOf(steady, engine, Endless);

        // Both of the same programs.
        var selected = steady.Where(row => double.IsFinite(row.Times.Median(Wasmtime)) && IsSteady(row.Times, Wasmtime, WasmtimeEpochs, WasmtimeFuel)).ToList();
        string PeerMean(string engine) => Figure.Ratio(MeanOf(selected, engine, Wasmtime));
        string OwnMean(string engine) => Figure.Ratio(MeanOf(selected, engine, Endless));
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
            are with; stack checks are on in all. Wasmtime's are relative to Wasmtime without either, for a selection of programs most of
            which call much and branch much.

            {table}
            {leftOut}
            """, $"""
            A deadline costs {Figure.Percent(Mean(ordinary) - 1)}, fuel {Figure.Percent(Mean(Fuelled) - 1)} (geometric means over
            {steady.Count} programs).{(hasPeer ? $"""
             Over the {selected.Count} that both were measured with, a deadline takes {OwnMean(ordinary)} and fuel {OwnMean(Fuelled)} of the time without, Wasmtime's epochs
            {PeerMean(WasmtimeEpochs)} and its fuel {PeerMean(WasmtimeFuel)}.
            """ : "")}
            """)
        {
            Figures = new Dictionary<string, double> { ["limits.deadline"] = Mean(ordinary), ["limits.fuel"] = Mean(Fuelled) },
        };
    }

    private static double MeanOf(IEnumerable<(GuestModule Module, ModuleTimes Times)> rows, string engine, string to) =>
        Statistics.GeometricMean(rows.Select(row => row.Times.Ratio(engine, to)).Where(double.IsFinite));

    private static bool IsSteady(ModuleTimes times, params string[] engines) =>
        engines.All(engine => times.Engines.GetValueOrDefault(engine)?.Time is not { Relative: > MostSpread });
}
