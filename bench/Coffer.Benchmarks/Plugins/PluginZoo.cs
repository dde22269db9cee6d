using System.Diagnostics;
using System.Globalization;
using Coffer.Plugins;
using Coffer.Plugins.Tests.Hostile;

namespace Coffer.Benchmarks.Plugins;

/// <summary>
/// What plugins that mean harm cost those that do not: the times of 10,000 calls of a good one, alone, while another thread
/// calls the whole zoo of the tests, one after another, again and again, and while it calls nothing but the one that loops, until
/// its circuit breaker refuses that. In turns, three times each; the medians count.
/// </summary>
internal static class PluginZoo
{
    private const int Requests = 10_000, Rounds = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(500);

    public static async Task<int> RunAsync()
    {
        await using var host = new PluginHost();
        var good = await host.LoadAsync("good", PluginSource.FromText(EchoPlugin.Text(1)));
        var limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromMilliseconds(100), Concurrency = 1 };
        var bad = new List<Plugin>();
        foreach (var hostile in HostilePlugin.Called)
        {
            bad.Add(await host.LoadAsync(hostile.Name, PluginSource.FromText(hostile.Text), new PluginOptions
            {
                Limits = limits,
                Functions =
                [
                    new PluginFunction("test", "again", (Caller caller) => { _ = PluginSandbox.Of(caller).Instance.GetFunction<int>("run")(); }),
                    new PluginFunction("test", "throw", new Action(() => throw new InvalidOperationException("the host's own"))),
                ],
            }));
        }

        Measure(good);
        var (quiet, beside, besideLoop) = (new List<List<double>>(), new List<List<double>>(), new List<List<double>>());
        var harms = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            quiet.Add(Measure(good));
            beside.Add(await BesideAsync(good, bad, harmed => harms += harmed));
            besideLoop.Add(await BesideAsync(good, [bad[0]], static _ => { }));
        }

        Report("alone", quiet);
        Report($"beside {harms} calls of {bad.Count} hostile plugins", beside);
        Report($"beside one of them: it {bad[0].Name}, then is refused", besideLoop);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"p99 is {Median(beside, 0.99) / Median(quiet, 0.99):F2} times that of the quiet run; {good.Describe().Counters.Failures} calls of the good plugin failed"));
        return 0;
    }

    private static async Task<List<double>> BesideAsync(Plugin good, List<Plugin> bad, Action<long> ended)
    {
        var (isOver, harms) = (false, 0L);
        var harm = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; !Volatile.Read(ref isOver); i++, harms++) Try(bad[i % bad.Count]);
            },
            TaskCreationOptions.LongRunning);
        var times = Measure(good);
        Volatile.Write(ref isOver, true);
        await harm;
        ended(harms);
        return times;
    }

    private static List<double> Measure(Plugin plugin)
    {
        var input = new byte[1024];
        var times = new List<double>(Requests);
        for (var i = 0; i < Requests; i++)
        {
            var start = Stopwatch.GetTimestamp();
            if (plugin.Call("echo", input).Output.Length != input.Length) throw new InvalidOperationException("The echo is wrong.");
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
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

    private static double Percentile(List<double> times, double part) => times[(int)(times.Count * part)];

    private static double Median(List<List<double>> rounds, double part) =>
        rounds.Select(times => Percentile(times, part)).Order().ElementAt(rounds.Count / 2);

    private static void Report(string what, List<List<double>> rounds) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what,-50} p50 {Median(rounds, 0.5):F1} µs, p99 {Median(rounds, 0.99):F1}, p99.9 {Median(rounds, 0.999):F1}, longest {rounds.Max(times => times[^1]):F0}"));
}
