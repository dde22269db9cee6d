using System.Globalization;
using System.Text.Json.Serialization;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Suite;

/// <summary>What one engine did with one program.</summary>
/// <param name="Execute">Milliseconds, a median for each process.</param>
/// <param name="Instantiate">The same for instantiating; none where it cannot be told apart.</param>
/// <param name="Output">A digest of the output.</param>
/// <param name="Failure">Why the times do not count; null when they do.</param>
internal sealed record EngineTimes(double[] Execute, double[] Instantiate, string Output, string? Failure)
{
    /// <summary>The time, when it counts.</summary>
    [JsonIgnore]
    public Spread? Time => Failure is null && Execute.Length > 0 ? Spread.Of(Execute) : null;
}

/// <summary>What all engines did with one program, in turns.</summary>
/// <param name="Engines">By the word for the engine.</param>
/// <param name="Load">How busy the machine was before: the system's load average of one minute.</param>
internal sealed record ModuleTimes(Dictionary<string, EngineTimes> Engines, double Load)
{
    public double Median(string engine) => Engines.GetValueOrDefault(engine)?.Time?.Median ?? double.NaN;

    public double Ratio(string engine, string to) => Median(engine) / Median(to);
}

/// <summary>Runs a program by several engines in turns, a fresh process each time.</summary>
internal static class Turns
{
    private const double Short = 200;
    private const int ShortRounds = 5;
    private const int LongRounds = 3;
    private const double Budget = 150;

    public static ModuleTimes Measure(SuiteContext context, IReadOnlyList<BenchEngine> engines, GuestModule module) => context.Once(
        "execution",
        [module.Digest, $"{context.Options.Rounds}", .. engines.Select(engine => engine.Digest)],
        () => Measure(engines, module, context.Options.Rounds ?? (context.Options.IsQuick ? LongRounds : ShortRounds)));

    private static ModuleTimes Measure(IReadOnlyList<BenchEngine> engines, GuestModule module, int mostRounds)
    {
        var load = Machine.LoadAverage();
        var runs = engines.ToDictionary(engine => engine, _ => new List<GuestRun>());
        var rounds = mostRounds;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var engine in engines)
            {
                // What fails does so again.
                if (runs[engine] is not [.., { Failure: not null }]) runs[engine].Add(engine.Run(module, Budget));
            }

            var longest = runs.Values.Max(each => each[0].Phases?.Execute.Max() ?? 0);
            if (longest > Short) rounds = Math.Min(mostRounds, LongRounds);
        }

        return new ModuleTimes(runs.ToDictionary(pair => pair.Key.Id, pair => Sum(pair.Value)), load);
    }

    private static EngineTimes Sum(List<GuestRun> runs)
    {
        var phases = runs.Select(run => run.Phases).OfType<Phases>().ToList();
        var failure = runs[^1].Failure
            ?? (runs.Exists(run => run.Output != runs[0].Output) ? "its output differs from run to run" : null);
        return new EngineTimes(
            [.. phases.Select(each => Statistics.Median(each.Execute))],
            [.. phases.Where(each => each.Instantiate.Length > 0).Select(each => Statistics.Median(each.Instantiate))],
            runs[^1].Output,
            failure);
    }

    /// <summary>A line on how it went.</summary>
    public static string Describe(ModuleTimes times, string baseline) => string.Join("  ", times.Engines.Select(pair =>
        pair.Value.Failure is { } failure ? $"{pair.Key} FAILED ({failure})"
        : pair.Key == baseline ? string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {times.Median(pair.Key):F2} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {times.Ratio(pair.Key, baseline):F2}")));
}
