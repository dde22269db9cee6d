using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Engines;

/// <summary>What one process told of a program.</summary>
/// <param name="Phases">Its times; null when it failed.</param>
/// <param name="Output">A digest of what the program printed.</param>
/// <param name="Failure">Why there are no times, or why they do not count.</param>
internal sealed record GuestRun(Phases? Phases, string Output, string? Failure)
{
    public static GuestRun Failed(string why) => new(null, "", why);
}

/// <summary>An engine that programs are run by, in fresh processes.</summary>
internal abstract class BenchEngine(string id, string name, string version)
{
    /// <summary>The word for it in results.</summary>
    public string Id { get; } = id;

    /// <summary>The name for people.</summary>
    public string Name { get; } = name;

    public string Version { get; } = version;

    /// <summary>How programs are run, for the report.</summary>
    public abstract string CommandLine { get; }

    /// <summary>How they are compiled where that is measured, for the report.</summary>
    public abstract string CompileLine { get; }

    /// <summary>Changes with all that its measurements depend on.</summary>
    public string Digest => Measuring.Digest.Of(Id, Version, CommandLine, CompileLine);

    /// <summary>Runs a program in one process.</summary>
    /// <param name="module">The program.</param>
    /// <param name="budget">For how many milliseconds at least it is measured in that process, after it warmed up.</param>
    public abstract GuestRun Run(GuestModule module, double budget);

    /// <summary>How many milliseconds compiling takes, measured in one process.</summary>
    public abstract double? Compile(GuestModule module, double budget);

    /// <summary>What a guest printed, and what its program did.</summary>
    protected static GuestRun Read(GuestModule module, ProcessOutcome outcome, string output, string error)
    {
        if (outcome.ExitCode != 0) return GuestRun.Failed(outcome.Failure());
        if (Phases.Parse(outcome.OutputText) is not { } phases) return GuestRun.Failed("it printed no times");
        if (module.HasScore)
        {
            if (GuestModule.TimeByScore(output) is not { } time) return GuestRun.Failed("it printed no score");
            phases = phases with { Execute = [time] };
        }

        return new GuestRun(phases, Measuring.Digest.Of(module.SameInEachRun(output)), module.Mismatch(output, error));
    }
}
