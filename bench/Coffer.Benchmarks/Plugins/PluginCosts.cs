using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Coffer.Benchmarks.Engines;
using Coffer.Plugins;
using Coffer.Plugins.Typed;

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
            var output = new ArrayBufferWriter<byte>(2 * Bytes);
            Report($"{what}, into memory used again", () =>
            {
                output.ResetWrittenCount();
                plugin.CallInto(output, "echo", input);
            });
        }

        await ReportTypedAsync(host, input);
        await ReportGoAsync(host);
        var bare = await host.LoadAsync("bare", PluginSource.FromText("""(module (func (export "f") (result i32) (i32.const 0)))"""));
        Report("pooled, nothing in and out", () => bare.Call("f"));
    }

    /// <summary>By the convention of typed calls, where the bytes are copied at once.</summary>
    private static async Task ReportTypedAsync(PluginHost host, byte[] input)
    {
        var plugin = await host.LoadAsync("typed", PluginSource.FromText("""
            (module
              (memory (export "memory") 1)
              (func (export "coffer_alloc") (param i32) (result i32) (i32.const 1024))
              (func (export "copy") (param i32 i32) (result i64)
                (memory.copy (i32.const 8192) (local.get 0) (local.get 1))
                (i64.or (i64.const 0x200000000000) (i64.extend_i32_u (local.get 1)))))
            """));
        byte[] Copy() => plugin.Run("copy", input, static (sandbox, bytes) =>
        {
            var memory = PluginMemory.Of(sandbox);
            var passed = memory.Pass(bytes);
            return memory.Take(sandbox.GetFunction<Func<int, int, long>>("copy")(passed.Pointer, passed.Length))!;
        });
        if (!Copy().AsSpan().SequenceEqual(input)) throw new InvalidOperationException("The copy is wrong.");
        Report("pooled, typed call, 1 KiB in and out", () => Copy());
    }

    /// <summary>A language with a runtime to start: the sample's plugin in Go.</summary>
    private static async Task ReportGoAsync(PluginHost host)
    {
        var source = PluginSource.FromFile(Path.Combine(Places.Find().Bench, "../samples/plugins/shout.wasm"));
        foreach (var isInitialized in (bool[])[false, true])
        {
            var plugin = await host.LoadAsync("go", source, new PluginOptions { Instances = InstancePolicy.Fresh, StartsInitialized = isInitialized });
            Report($"fresh, in Go, eleven bytes{(isInitialized ? ", starts initialized" : "")}", () => plugin.Call("shout", "hello there"u8.ToArray()));
        }

        var pooled = await host.LoadAsync("go", source, new PluginOptions());
        Report("pooled, in Go, eleven bytes", () => pooled.Call("shout", "hello there"u8.ToArray()));
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
