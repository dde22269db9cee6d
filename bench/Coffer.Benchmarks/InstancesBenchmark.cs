using System.Diagnostics;
using System.Globalization;
using Coffer.Wasi;

namespace Coffer.Benchmarks;

/// <summary>
/// What a sandbox costs: a store, an instance, one call, and giving all back; what stays in memory of many of them; and
/// what a loaded module takes. Every figure is the median of several rounds. How two threads do at additions shows how much
/// of two processors there is.
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
        Report("nothing but additions", () =>
        {
            var sum = 0;
            for (var i = 0; i < 10_000; i++) sum += i ^ sum;
            return sum;
        });
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
            return CountVowels(rustPre.Instantiate(store));
        });
        Report("Rust, 1 MiB, allocates: the memory grows", () =>
        {
            using var store = new Store(engine);
            return rustPre.Instantiate(store).GetFunction<int, int>("alloc")(64);
        });
        var wasiPre = WasiHost.AddFunctionsTo(new Linker()).InstantiatePre(wasi);
        var options = new WasiOptions();
        Report("Rust, 1 MiB, WASI: prints a line", () =>
        {
            using var store = new Store(engine);
            using var host = new WasiHost(options);
            host.Attach(store);
            return (int)host.Run(wasiPre.Instantiate(store));
        });
        Report("  of it a WasiHost, made and disposed", () =>
        {
            using var host = new WasiHost(options);
            return 0;
        });
        ReportDensity("10,000 live instances of the Rust program", rustPre, CountVowels);
        ReportModules();
        return 0;
    }

    /// <summary>Touches three pages: that of the program's data, and two by a text that lies across their border.</summary>
    private static int CountVowels(Instance instance)
    {
        const int border = 1_064_960;
        instance.GetMemory().Write(border - 4, 0x6162636465666768);
        return instance.GetFunction<int, int, int>("count_vowels")(border - 4, 8);
    }

    /// <summary>What stays resident of each of many sandboxes that have run.</summary>
    private static void ReportDensity(string what, InstancePre pre, Func<Instance, int> use)
    {
        const int count = 10_000;
        var stores = new List<Store>(count);
        var (resident, tables, heap) = Footprint();
        for (var i = 0; i < count; i++)
        {
            stores.Add(new Store(pre.Module.Engine));
            use(pre.Instantiate(stores[^1]));
        }

        var (residentThen, tablesThen, heapThen) = Footprint();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-45} {(residentThen - resident) / 1024.0 / count,9:F1} KiB resident each, of which {(heapThen - heap) / 1024.0 / count:F1} on the managed heap; besides {(tablesThen - tables) / 1024.0 / count:F1} of page tables"));
        foreach (var store in stores) store.Dispose();
    }

    /// <summary>What stays resident of each of many modules that were compiled, instantiated and called.</summary>
    private static void ReportModules()
    {
        const int count = 1_000;
        var engine = new Engine();
        var modules = new List<Module>(count);
        for (var i = 0; i < count / 10; i++) modules.Add(Use(engine, -i));
        var (resident, _, _) = Footprint();
        for (var i = 0; i < count; i++) modules.Add(Use(engine, i));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{"1,000 small modules, compiled and called",-45} {(Footprint().Resident - resident) / 1024.0 / count,9:F1} KiB resident each"));
        GC.KeepAlive(modules);
    }

    private static Module Use(Engine engine, int number)
    {
        var module = Module.CompileText(engine, $"""
            (module
              (memory (export "memory") 1)
              (global $g (mut i32) (i32.const {number}))
              (table 4 funcref)
              (elem (i32.const 0) $f $g)
              (data (i32.const 100) "module {number}")
              (type $t (func (param i32) (result i32)))
              (func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const {number})))
              (func $g (param i32) (result i32) (i32.mul (local.get 0) (global.get $g)))
              (func (export "run") (param i32) (result i32)
                (i32.store (i32.const 0) (local.get 0))
                (call_indirect (type $t) (call $f (i32.load (i32.const 0))) (i32.const 1))))
            """);
        using var store = new Store(engine);
        _ = new Linker().Instantiate(store, module).GetFunction<int, int>("run")(number);
        return module;
    }

    /// <summary>Bytes that are resident, that page tables take, and that the managed heap has, after a collection.</summary>
    private static (long Resident, long PageTables, long Heap) Footprint()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var status = File.ReadAllLines("/proc/self/status");
        long Of(string name) => long.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        return (Of("VmRSS:"), Of("VmPTE:"), GC.GetTotalMemory(forceFullCollection: false));
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
        var (scaling, byCpu) = Scaling(once, count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-45} {times[Rounds / 2],9:F2} µs ({times[0]:F2} to {times[^1]:F2}) {allocated,9:N0} bytes allocated, two threads {scaling:F2} times one ({byCpu:F2} by processor time)"));
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

    /// <summary>
    /// The throughput of two threads over that of one; and what it would be on processors that nobody else uses, from the
    /// processor time that an operation takes.
    /// </summary>
    private static (double Throughput, double ByProcessorTime) Scaling(Func<int> once, int count)
    {
        var ratios = new List<(double, double)>();
        for (var round = 0; round < Rounds; round++)
        {
            var (one, oneBusy) = TimeOf(1, once, count);
            var (two, twoBusy) = TimeOf(2, once, count);
            ratios.Add((2 * one / two, 4 * oneBusy / twoBusy));
        }

        return (ratios.Select(ratio => ratio.Item1).Order().ElementAt(Rounds / 2), ratios.Select(ratio => ratio.Item2).Order().ElementAt(Rounds / 2));
    }

    private static (double Wall, double Processor) TimeOf(int threads, Func<int> once, int count)
    {
        using var go = new ManualResetEventSlim();
        var all = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            go.Wait();
            for (var i = 0; i < count; i++) once();
        })).ToList();
        foreach (var thread in all) thread.Start();
        var start = Stopwatch.GetTimestamp();
        var busy = Environment.CpuUsage.TotalTime;
        go.Set();
        foreach (var thread in all) thread.Join();
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Environment.CpuUsage.TotalTime - busy).TotalMilliseconds);
    }
}
