using System.Diagnostics;
using System.Globalization;
using Coffer.Plugins;

namespace Coffer.Benchmarks.Plugins;

/// <summary>What a call of a plugin costs, with 1 KiB in and out: in a sandbox that is kept, and in one of its own.</summary>
internal static class PluginCosts
{
    private const int Rounds = 9, Bytes = 1024;

    public static async Task RunAsync()
    {
        await using var host = new PluginHost();
        var input = new byte[Bytes];
        new Random(1).NextBytes(input);
        var guarded = PluginOptions.Default;
        (string What, PluginOptions Options)[] cases =
        [
            ("pooled", guarded with { Instances = InstancePolicy.Pooled }),
            ("pooled, without a circuit breaker", guarded with { Instances = InstancePolicy.Pooled, Breaker = null }),
            ("pooled, instructions counted", guarded with { Instances = InstancePolicy.Pooled, Limits = PluginLimits.Default with { Fuel = 1_000_000 } }),
            ("fresh", guarded with { Instances = InstancePolicy.Fresh }),
            ("long-lived", guarded with { Instances = InstancePolicy.LongLived }),
        ];
        foreach (var (what, options) in cases)
        {
            var plugin = await host.LoadAsync(what, PluginSource.FromText(EchoPlugin.Text(1)), options);
            if (!plugin.Call("echo", input).Output.Span.SequenceEqual(input)) throw new InvalidOperationException("The echo is wrong.");
            Report($"{what}, 1 KiB in and out", () => plugin.Call("echo", input));
        }

        var bare = await host.LoadAsync("bare", PluginSource.FromText("""(module (func (export "f") (result i32) (i32.const 0)))"""));
        Report("pooled, nothing in and out", () => bare.Call("f"));
    }

    private static void Report(string what, Action once)
    {
        var count = CountFor(once);
        var times = new List<double>();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++) once();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / count);
        }

        allocated = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (Rounds * count);
        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-55} {times[Rounds / 2],8:F2} µs ({times[0]:F2} to {times[^1]:F2}) {allocated,7:N0} bytes allocated"));
    }

    /// <summary>How often it runs in about 0.2 s, once it is warm.</summary>
    private static int CountFor(Action once)
    {
        for (var count = 16; ; count *= 2)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++) once();
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > 200) return count;
        }
    }
}
