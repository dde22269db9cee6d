using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Coffer.Plugins;
using Coffer.Plugins.Tests.Hostile;
using Coffer.Plugins.Versions;

namespace Coffer.Benchmarks.Plugins;

/// <summary>
/// What plugins that mean harm cost those that do not: the times of 10,000 calls of a good one, alone, and while another thread, or
/// more, calls the whole zoo of the tests, one after another, again and again: as hosts have it, where plugins that keep failing are
/// refused for longer and longer, and where they fail as fast as they can. The good one is called in both ways, with an answer in memory that
/// is used again and with one that is allocated. In turns, three times each; the medians count.
/// </summary>
internal static class PluginZoo
{
    private const int Requests = 10_000, Rounds = 3, Named = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(500);
    private static readonly byte[] Input = new byte[1024];
    private static readonly ArrayBufferWriter<byte> Output = new(2 * Input.Length);

    public static async Task<int> RunAsync(int threads)
    {
        await using var host = new PluginHost();
        var good = await host.LoadAsync("good", PluginSource.FromText(EchoPlugin.Text(1)));
        var options = new PluginOptions
        {
            Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromMilliseconds(100), Concurrency = 1 },
            Functions =
            [
                new PluginFunction("test", "again", (Caller caller) => { _ = PluginSandbox.Of(caller).Instance.GetFunction<int>("run")(); }),
                new PluginFunction("test", "throw", new Action(() => throw new InvalidOperationException("the host's own"))),
            ],
        };
        var guarded = await LoadAsync(host, "guarded", options);
        var relentless = await LoadAsync(host, "relentless", options with { Breaker = null, Restarts = new RestartBackoffOptions { Initial = TimeSpan.Zero } });
        await ReportAsync("answer in memory used again", () => CallInto(good), guarded, relentless, threads);
        await ReportAsync("answer allocated", () => good.Call("echo", Input).Output.Length, guarded, relentless, threads);
        Console.WriteLine($"{good.Describe().Counters.Failures} calls of the good plugin failed");
        return 0;
    }

    private static async Task<List<Plugin>> LoadAsync(PluginHost host, string prefix, PluginOptions options)
    {
        var loaded = new List<Plugin>();
        foreach (var hostile in HostilePlugin.Called) loaded.Add(await host.LoadAsync($"{prefix}: {hostile.Name}", PluginSource.FromText(hostile.Text), options));
        return loaded;
    }

    private static async Task ReportAsync(string what, Func<int> call, List<Plugin> guarded, List<Plugin> relentless, int threads)
    {
        Measure(call, static () => 0);
        var (quiet, beside, besideRelentless) = (new Series(), new Series(), new Series());
        for (var round = 0; round < Rounds; round++)
        {
            quiet.Add(Measure(call, static () => 0));
            await BesideAsync(guarded, call, beside, threads);
            await BesideAsync(relentless, call, besideRelentless, threads);
        }

        quiet.Report($"{what}, alone", quiet, []);
        beside.Report($"beside {guarded.Count} hostile plugins, {beside.Ran} of whose {beside.Asked} calls ran", quiet, guarded);
        besideRelentless.Report($"beside {relentless.Count} that are never refused, in {besideRelentless.Ran} calls", quiet, relentless);
    }

    private static int CallInto(Plugin good)
    {
        Output.ResetWrittenCount();
        return good.CallInto(Output, "echo", Input).Length;
    }

    private static async Task BesideAsync(List<Plugin> bad, Func<int> call, Series series, int threads)
    {
        var (isOver, current) = (false, 0);
        var (asked, ran) = Count(bad);
        var harm = Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (var i = thread * bad.Count / threads; !Volatile.Read(ref isOver); i++)
                {
                    Volatile.Write(ref current, i % bad.Count);
                    Try(bad[i % bad.Count]);
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();
        series.Add(Measure(call, () => Volatile.Read(ref current)));
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(harm);
        var after = Count(bad);
        series.Asked += after.Asked - asked;
        series.Ran += after.Ran - ran;
    }

    private static (long Asked, long Ran) Count(List<Plugin> plugins)
    {
        var counters = plugins.ConvertAll(plugin => plugin.Describe().Counters);
        return (counters.Sum(counter => counter.Calls), counters.Sum(counter => counter.Calls - counter.Rejected));
    }

    /// <summary>The time of each call, and what ran beside it when it had ended.</summary>
    private static List<(double Time, int Beside)> Measure(Func<int> call, Func<int> beside)
    {
        var times = new List<(double, int)>(Requests);
        for (var i = 0; i < Requests; i++)
        {
            var start = Stopwatch.GetTimestamp();
            if (call() != Input.Length) throw new InvalidOperationException("The echo is wrong.");
            times.Add((Stopwatch.GetElapsedTime(start).TotalMicroseconds, beside()));
            while (Stopwatch.GetElapsedTime(start) < Pause) Thread.SpinWait(20);
        }

        times.Sort();
        return times;
    }

    private static void Try(Plugin plugin)
    {
        try
        {
            plugin.Call("run");
        }
        catch (PluginException)
        {
            // Which is what it is there for.
        }
    }

    /// <summary>The rounds of one case.</summary>
    private sealed class Series
    {
        private readonly List<List<(double Time, int Beside)>> rounds = [];

        public long Asked { get; set; }

        public long Ran { get; set; }

        public void Add(List<(double Time, int Beside)> times) => rounds.Add(times);

        public void Report(string what, Series quiet, List<Plugin> bad)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what,-68} p50 {Median(0.5):F1} µs, p99 {Median(0.99):F1} ({Median(0.99) / quiet.Median(0.99):F2}), p99.9 {Median(0.999):F1}, longest {rounds.Max(times => times[^1].Time):F0}"));
            var slow = rounds.SelectMany(times => times).Where(call => call.Time > 2 * quiet.Median(0.99)).ToList();
            if (bad.Count == 0) return;
            var worst = slow.GroupBy(call => call.Beside).OrderByDescending(calls => calls.Count()).Take(Named);
            Console.WriteLine($"    {slow.Count} took more than twice as long: {string.Join(", ", worst.Select(calls => $"{calls.Count()} beside {bad[calls.Key].Name}"))}");
        }

        private double Median(double part) => rounds.Select(times => times[(int)(times.Count * part)].Time).Order().ElementAt(rounds.Count / 2);
    }
}
