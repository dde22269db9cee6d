using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Suite;

/// <summary>Means over what was measured of programs.</summary>
internal sealed class ExecutionFigures
{
    /// <summary>Programs that take fewer milliseconds are in no mean.</summary>
    public const double Least = 0.02;

    private const string Baseline = ExecutionSection.Baseline;

    public ExecutionFigures(IReadOnlyList<(GuestModule Module, ModuleTimes Times)> rows)
    {
        var measured = rows.Where(row => double.IsFinite(row.Times.Median(Baseline))).ToList();
        Counted = [.. measured.Where(row => row.Times.Median(Baseline) >= Least)];
        Load = rows.Count > 0 ? Spread.Of([.. rows.Select(row => row.Times.Load)]) : default;
        TooShort = [.. measured.Where(row => row.Times.Median(Baseline) < Least).Select(row => row.Module)];
    }

    /// <summary>The programs that V8 runs, and that take long enough.</summary>
    public IReadOnlyList<(GuestModule Module, ModuleTimes Times)> Counted { get; }

    /// <summary>How busy the machine was.</summary>
    public Spread Load { get; }

    /// <summary>Those that end at once.</summary>
    public IReadOnlyList<GuestModule> TooShort { get; }

    public IEnumerable<string> Groups => Counted.Select(row => row.Module.Group).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The ratio of each program that an engine ran.</summary>
    public IEnumerable<(GuestModule Module, double Ratio)> Ratios(string engine, string to = Baseline, double least = 0) => Counted
        .Where(row => row.Times.Median(Baseline) >= least)
        .Select(row => (row.Module, Ratio: row.Times.Ratio(engine, to)))
        .Where(row => double.IsFinite(row.Ratio));

    /// <summary>The geometric mean of the ratios.</summary>
    public double Mean(string engine, double least = 0, string? group = null, string to = Baseline) => Statistics.GeometricMean(
        Ratios(engine, to, least).Where(row => group is null || row.Module.Group == group).Select(row => row.Ratio));

    /// <summary>The programs above a ratio, the slowest first.</summary>
    public IReadOnlyList<(GuestModule Module, double Ratio)> Slow(string engine, double above) =>
        [.. Ratios(engine).Where(row => row.Ratio > above).OrderByDescending(row => row.Ratio)];

    /// <summary>What instantiating takes, over the programs.</summary>
    public Spread? Instantiation(string engine)
    {
        var medians = Counted.Select(row => row.Times.Engines.GetValueOrDefault(engine)).OfType<EngineTimes>()
            .Where(times => times.Failure is null && times.Instantiate.Length > 0)
            .Select(times => Statistics.Median(times.Instantiate)).ToList();
        return medians.Count > 0 ? Spread.Of(medians) : null;
    }

    /// <summary>What the aims of execution are about.</summary>
    public Dictionary<string, double> ForAims(Reasons reasons)
    {
        double CoreMark(string peer) => Counted.Where(row => row.Module.HasScore)
            .Select(row => row.Times.Ratio("coffer-aot", peer)).DefaultIfEmpty(double.NaN).First();
        return new Dictionary<string, double>
        {
            ["execution.aot"] = Mean("coffer-aot"),
            ["execution.aot.worst"] = Ratios("coffer-aot").Where(row => !reasons.Has(row.Module.Name))
                .Select(row => row.Ratio).DefaultIfEmpty(double.NaN).Max(),
            ["execution.aot.wasmtime"] = Mean("coffer-aot", 200, to: "wasmtime"),
            ["execution.jit"] = Mean("coffer-jit"),
            ["execution.checked"] = Mean("coffer-checked", to: "coffer-jit"),
            ["coremark.v8"] = CoreMark(Baseline),
            ["coremark.wasmtime"] = CoreMark("wasmtime"),
        };
    }
}
