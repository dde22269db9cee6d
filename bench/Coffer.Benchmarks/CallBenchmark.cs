using BenchmarkDotNet.Attributes;

namespace Coffer.Benchmarks;

/// <summary>The cost of crossing between host and guest, for <c>(i32, i32) -> i32</c>.</summary>
public class CallBenchmark
{
    private const int Calls = 1000;

    private const string Text = """
        (module
          (import "host" "add" (func $add (param i32 i32) (result i32)))
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func (export "loop") (param $n i32) (result i32) (local $sum i32)
            (loop $again
              (local.set $sum (call $add (local.get $sum) (local.get $n)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))
        """;

    private Store store = null!;
    private Func<int, int, int> add = null!;
    private Func<int, int> loop = null!;

    /// <summary>Makes the instance.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var engine = new Engine();
        store = new Store(engine);
        var linker = new Linker().DefineFunction("host", "add", (int a, int b) => a + b);
        var instance = linker.Instantiate(store, Module.CompileText(engine, Text));
        add = instance.GetFunction<int, int, int>("add");
        loop = instance.GetFunction<int, int>("loop");
    }

    /// <summary>Frees the store.</summary>
    [GlobalCleanup]
    public void Cleanup() => store.Dispose();

    /// <summary>The host calls a guest function.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public int HostToGuest()
    {
        var sum = 0;
        for (var i = 0; i < Calls; i++) sum = add(sum, i);
        return sum;
    }

    /// <summary>The guest calls a host function.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public int GuestToHost() => loop(Calls);
}
