using System.Diagnostics;
using System.Globalization;
using System.Text;
using Coffer.Benchmarks.Engines;
using Coffer.Opa;
using Coffer.Opa.Values;

namespace Coffer.Benchmarks.Policies;

/// <summary>
/// What one evaluation of a policy costs: a user is allowed what the data says of its role, for 10, 100 and 10,000 users.
/// Beside it the same policy, data and input in the package @open-policy-agent/opa-wasm, where that is installed.
/// </summary>
internal static class PolicyCosts
{
    private const string Tiers = "DOTNET_TieredPGO";
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private const int Rounds = 100;
    private const int Count = 4_000;
    private const string Entrypoint = "opa/wasm/test/allowed";
    private const string Input = """{"user":"user7"}""";

    /// <summary>Prints microseconds of one evaluation, the best of some rounds, and the ratio.</summary>
    /// <param name="places">Where the policy, the script and installed packages are.</param>
    /// <param name="packages">The folder in which npm has installed the other; null for that of <c>bench/peers.sh</c>.</param>
    public static int Run(Places places, string? packages)
    {
        // As an application has it, and not this program: what a host does around a policy is compiled twice, by a profile.
        if (Environment.GetEnvironmentVariable(Tiers) is null) return RunAgain(packages);
        packages ??= Path.Combine(places.Peers, "npm");
        var file = Path.Combine(places.TestData, "opa/opa-java-wasm/core/src/main/resources/demo-policy.wasm");
        using var policy = Policy.Load(new Engine(), File.ReadAllBytes(file));
        using var unbounded = Policy.Load(new Engine(), File.ReadAllBytes(file), new PolicyOptions { Deadline = Timeout.InfiniteTimeSpan });
        foreach (var users in new[] { 10, 100, 10_000 })
        {
            var data = "{\"role\":{" + string.Join(',', Enumerable.Range(0, users).Select(i => $"\"user{i}\":\"admin\"")) + "}}";
            policy.SetData(Encoding.UTF8.GetBytes(data));
            unbounded.SetData(Encoding.UTF8.GetBytes(data));
            var input = Encoding.UTF8.GetBytes(Input);
            var value = RegoValue.Parse(Input);
            // What is called often is compiled again a while after nothing else was compiled any more.
            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;) policy.Evaluate(Entrypoint, input);
            var bytes = Measure(() => policy.Evaluate(Entrypoint, input).IsTrue);
            var values = Measure(() => policy.Evaluate(Entrypoint, value).Value is RegoBoolean { Value: true });
            var withoutDeadline = Measure(() => unbounded.Evaluate(Entrypoint, input).IsTrue);
            var threads = MeasureThreads(() => policy.Evaluate(Entrypoint, input).IsTrue);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{users} users: {bytes:0.00} µs (no deadline {withoutDeadline:0.00}, as values {values:0.00}, {Environment.ProcessorCount} threads {threads:0.00} an evaluation)"));
            if (!Directory.Exists(Path.Combine(packages, "node_modules/@open-policy-agent/opa-wasm"))) continue;
            var other = MeasureOther(Path.Combine(places.Bench, "policies.mjs"), packages, file, data);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  @open-policy-agent/opa-wasm: {other:0.00} µs, {other / bytes:0.0} times as long"));
        }

        return 0;
    }

    private static int RunAgain(string? packages)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["policies", .. packages is null ? [] : new[] { packages }]);
        start.Environment[Tiers] = start.Environment["DOTNET_TieredCompilation"] = "1";
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static double Measure(Func<bool> evaluate)
    {
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Count; i++)
            {
                if (!evaluate()) throw new InvalidOperationException("the policy does not allow what it should");
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / Count);
        }

        return best;
    }

    private static double MeasureThreads(Func<bool> evaluate)
    {
        var best = double.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            var start = Stopwatch.GetTimestamp();
            Parallel.For(0, Environment.ProcessorCount, _ =>
            {
                for (var i = 0; i < Count; i++) evaluate();
            });
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / Count / Environment.ProcessorCount);
        }

        return best;
    }

    private static double MeasureOther(string script, string packages, string file, string data)
    {
        // The data of many users is longer than an argument may be.
        var start = new ProcessStartInfo("node", [script, packages, file, "-", Input, $"{Rounds}", $"{Count}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(data);
        process.StandardInput.Close();
        var printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(printed, CultureInfo.InvariantCulture) / 1000;
    }
}
