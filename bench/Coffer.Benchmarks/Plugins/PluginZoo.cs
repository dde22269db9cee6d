using System.Diagnostics;
using System.Globalization;
using Coffer.Plugins;
using Coffer.Plugins.Tests.Hostile;

namespace Coffer.Benchmarks.Plugins;

/// <summary>
/// What plugins that mean harm cost those that do not: the times of 10,000 calls of a good one, alone, and while another
/// thread calls the whole zoo of the tests, one after another, again and again.
/// </summary>
internal static class PluginZoo
{
    private const int Requests = 10_000;
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
        var quiet = Measure(good);
        var (isOver, harms) = (false, 0L);
        var harm = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; !Volatile.Read(ref isOver); i++, harms++) Try(bad[i % bad.Count]);
            },
            TaskCreationOptions.LongRunning);
        var beset = Measure(good);
        Volatile.Write(ref isOver, true);
        await harm;
        Report("alone", quiet);
        Report($"beside {harms} calls of {bad.Count} hostile plugins", beset);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"p99 is {Percentile(beset, 0.99) / Percentile(quiet, 0.99):F2} times that of the quiet run; {good.Describe().Counters.Failures} calls of the good plugin failed"));
        return 0;
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

    private static void Report(string what, List<double> times) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what,-50} p50 {Percentile(times, 0.5):F1} µs, p99 {Percentile(times, 0.99):F1}, p99.9 {Percentile(times, 0.999):F1}, longest {times[^1]:F0}"));
}
