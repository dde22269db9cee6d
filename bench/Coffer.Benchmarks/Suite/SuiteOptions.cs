using System.CommandLine;

namespace Coffer.Benchmarks.Suite;

/// <summary>What of the suite is to be run, and how.</summary>
internal sealed record SuiteOptions
{
    /// <summary>A few programs and the most important engines, in two minutes.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Measures anew what earlier runs measured already.</summary>
    public bool IsFresh { get; init; }

    /// <summary>How many processes of each engine run a program at most; null for as many as suit it.</summary>
    public int? Rounds { get; init; }

    /// <summary>The sections; all of them when there are none.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];

    /// <summary>The programs, or the groups of them; all of them when there are none.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Where the peers are; null for the folder that is kept between runs.</summary>
    public string? Peers { get; init; }

    /// <summary>Where the report goes; null for <c>bench/results</c>.</summary>
    public string? Results { get; init; }

    /// <summary>The verb <c>suite</c>.</summary>
    public static System.CommandLine.Command Verb(Func<SuiteOptions, int> run)
    {
        var quick = new Option<bool>("--quick") { Description = "A few programs on the most important engines, in two minutes" };
        var fresh = new Option<bool>("--fresh") { Description = "Measure anew what earlier runs measured already" };
        var only = new Option<string[]>("--only")
        {
            Description = $"Only these sections: {string.Join(", ", Section.Names)}",
            HelpName = "section",
            AllowMultipleArgumentsPerToken = false,
        };
        only.AcceptOnlyFromAmong([.. Section.Names]);
        var rounds = new Option<int?>("--rounds") { Description = "How many processes of each engine run a program at most" };
        var peers = new Option<string?>("--peers") { Description = "Where bench/peers.sh installed them", HelpName = "folder" };
        var results = new Option<string?>("--results") { Description = "Where the report goes, instead of bench/results", HelpName = "folder" };
        var names = new Argument<string[]>("name") { Description = "Programs, or groups of them (libsodium, shootout, programs)" };
        var verb = new System.CommandLine.Command("suite", "Measures Coffer beside other engines and writes a report.")
        {
            quick, fresh, rounds, only, peers, results, names,
        };
        verb.SetAction(result => run(new SuiteOptions
        {
            IsQuick = result.GetValue(quick),
            IsFresh = result.GetValue(fresh),
            Rounds = result.GetValue(rounds),
            Sections = result.GetValue(only) ?? [],
            Names = result.GetValue(names) ?? [],
            Peers = result.GetValue(peers),
            Results = result.GetValue(results),
        }));
        return verb;
    }
}
