using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Guests;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>What calls between host and guest cost.</summary>
internal static class CallSection
{
    private const string Name = "calls";
    private const string Title = "Calls and traps";
    private const int Rounds = 3;

    public static SectionReport Measure(SuiteContext context)
    {
        var places = context.Places;
        var module = Path.Combine(places.Work, "calls.wasm");
        var parsed = ChildProcess.Run(places.Coffer.With("parse", places.CallModule, "-o", module), places.Work);
        if (parsed.ExitCode != 0) return SectionReport.Missing(Name, Title, parsed.Failure());
        var programs = new List<(string Id, string Name, Command Command)>
        {
            ("coffer-jit", "Coffer JIT", new Command(Environment.ProcessPath!, "calls")),
        };
        void AddJavaScript(string id, string name, string program)
        {
            if (context.Find(id) is not null) programs.Add((id, name, new Command(program, places.JavaScriptCalls, module)));
        }

        AddJavaScript("v8", "V8 (node)", "node");
        AddJavaScript("javascriptcore", "JavaScriptCore (bun)", places.Bun);
        var costs = programs.ToDictionary(program => program.Id, _ => new List<CallCosts>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (id, _, command) in programs)
            {
                var outcome = ChildProcess.Run(command, places.Work);
                if (CallCosts.Parse(outcome.OutputText) is { } found) costs[id].Add(found);
                else context.Progress($"{command} failed: {outcome.Failure()}");
            }
        }

        return Report([.. programs
            .Where(program => costs[program.Id].Count > 0).Select(program => (program.Id, program.Name, costs[program.Id]))]);
    }

    private static SectionReport Report(IReadOnlyList<(string Id, string Name, List<CallCosts> Costs)> rows)
    {
        const double NanosecondsInMillisecond = 1e6;
        Spread Of(List<CallCosts> costs, Func<CallCosts, double[]> which) =>
            Spread.Of([.. costs.Select(each => Statistics.Median(which(each)) / NanosecondsInMillisecond)]);
        var table = new MarkdownTable("engine", "host to guest", "guest to host", "trap, caught by the host");
        foreach (var (_, name, costs) in rows)
        {
            table.Add(
                name, Figure.Time(Of(costs, each => each.HostToGuest)), Figure.Time(Of(costs, each => each.GuestToHost)),
                Figure.Time(Of(costs, each => each.Trap)));
        }

        var own = rows.FirstOrDefault(row => row.Id == "coffer-jit").Costs;
        return new SectionReport(Name, Title, $"""
            One call of `(i32, i32) -> i32` in a loop (`bench/guests/calls.wat`), warm, polls and stack checks on: medians of
            {Rounds} processes with 21 samples each. A trap is `unreachable`, thrown to the host as an exception and caught there.

            {table}
            """, table.ToString())
        {
            Figures = own is null ? new Dictionary<string, double>() : new Dictionary<string, double>
            {
                ["calls.trap.us"] = Of(own, each => each.Trap).Median * 1e3,
            },
        };
    }
}
