using System.Diagnostics;
using System.Globalization;
using Coffer.Wasi;

namespace Coffer.Benchmarks;

/// <summary>
/// What a sandbox costs: a store, an instance, one call, and giving all back; what stays in memory of many of them; and
/// what a loaded module takes. Every figure is the median of several rounds.
/// </summary>
internal static class InstancesBenchmark
{
    private const int Rounds = 7;

    private const string WithoutMemory = """
        (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
        """;

    public static int Run(string testdata)
    {
        var engine = new Engine();
        var bare = Module.CompileText(engine, WithoutMemory);
        var rust = Module.Compile(engine, File.ReadAllBytes(Path.Combine(testdata, "bench/endive-corpus/count_vowels.rs.wasm")));
        var wasi = Module.Compile(engine, File.ReadAllBytes(Path.Combine(testdata, "bench/endive-corpus/hello-wasi.rs.wasm")));
        foreach (var module in (Module[])[bare, rust, wasi]) module.Prepare();
        var barePre = new Linker().InstantiatePre(bare);
        Report("no memory, (i32, i32) -> i32", () =>
        {
            using var store = new Store(engine);
            return barePre.Instantiate(store).GetFunction<int, int, int>("add")(40, 2);
        });
        var rustPre = new Linker().InstantiatePre(rust);
        Report("Rust, 1 MiB, three pages touched", () =>
        {
            using var store = new Store(engine);
            var instance = rustPre.Instantiate(store);
            var memory = instance.GetMemory();
            memory.Write(1_060_000, 0x61626364);
            return instance.GetFunction<int, int, int>("count_vowels")(1_060_000, 4);
        });
        Report("Rust, 1 MiB, allocates: the memory grows", () =>
        {
            using var store = new Store(engine);
            return rustPre.Instantiate(store).GetFunction<int, int>("alloc")(64);
        });
        Report("Rust, 1 MiB, WASI: prints a line", () =>
        {
            using var store = new Store(engine);
            using var host = new WasiHost();
            return (int)host.Run(host.AddTo(new Linker()).Instantiate(store, wasi));
        });
        return 0;
    }

    private static void Report(string what, Func<int> once)
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
        var scaling = Scaling(once, count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-45} {times[Rounds / 2],9:F2} µs ({times[0]:F2} to {times[^1]:F2}) {allocated,9:N0} bytes allocated, two threads {scaling:F2} times one"));
    }

    /// <summary>How often it runs in about 0.2 s, once it is warm.</summary>
    private static int CountFor(Func<int> once)
    {
        for (var count = 16; ; count *= 2)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++) once();
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > 200) return count;
        }
    }

    /// <summary>The throughput of two threads over that of one.</summary>
    private static double Scaling(Func<int> once, int count)
    {
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++) ratios.Add(2 * TimeOf(1, once, count) / TimeOf(2, once, count));
        ratios.Sort();
        return ratios[Rounds / 2];
    }

    private static double TimeOf(int threads, Func<int> once, int count)
    {
        using var go = new ManualResetEventSlim();
        var all = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            go.Wait();
            for (var i = 0; i < count; i++) once();
        })).ToList();
        foreach (var thread in all) thread.Start();
        var start = Stopwatch.GetTimestamp();
        go.Set();
        foreach (var thread in all) thread.Join();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
