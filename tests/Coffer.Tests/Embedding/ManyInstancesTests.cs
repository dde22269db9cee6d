using System.Globalization;
using Coffer.Runtime;
using Coffer.Tests.Runtime.Memory;

namespace Coffer.Tests.Embedding;

/// <summary>Many instances, one after the other and at once, in a process of their own that is looked at from outside.</summary>
public sealed class ManyInstancesTests
{
    // Its data is mapped, it grows its memory, and it has what a program has: a table, globals, imports.
    private static readonly string Text = $$"""
        (module
          (import "host" "next" (func $next (param i32) (result i32)))
          (type $f (func (param i32) (result i32)))
          (memory (export "memory") 16)
          (table 20 funcref)
          (global $stack (mut i32) (i32.const 65536))
          (elem (i32.const 1) $f)
          (data (i32.const 100000) "{{new string('d', 20_000)}}")
          (func $f (type $f) (i32.add (local.get 0) (i32.load8_u (i32.const 100100))))
          (func (export "run") (param i32) (result i32)
            (i32.store (i32.const 60000) (local.get 0))
            (i32.store (i32.const 100000) (local.get 0))
            (drop (memory.grow (i32.and (local.get 0) (i32.const 1))))
            (i32.store (i32.const 1000000) (local.get 0))
            (call_indirect (type $f) (call $next (i32.load (i32.const 60000))) (i32.const 1))))
        """;

    private static InstancePre Program() => new Linker()
        .DefineFunction("host", "next", (int value) => value + 1)
        .InstantiatePre(Module.CompileText(new Engine(), Text));

    private static void Use(InstancePre pre, int number)
    {
        using var store = new Store(pre.Module.Engine);
        Run(pre.Instantiate(store), number);
    }

    private static void Run(Instance instance, int number)
    {
        Assert.Equal(0, instance.GetMemory().Read<int>(60_000));
        Assert.Equal(number + 1 + 'd', instance.GetFunction<int, int>("run")(number));
    }

    private static (long Resident, long Heap, int Mappings) Footprint()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        var resident = long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return (resident << 10, GC.GetTotalMemory(true), File.ReadLines("/proc/self/maps").Count());
    }

    [Fact]
    public async Task Instantiate_AHundredThousandTimes_LeaksNothing()
    {
        var (code, output) = await ChildTest.Run(typeof(ManyInstancesTests), nameof(Child_AHundredThousand));
        Assert.True(code == 0, output);
    }

    [Fact(Explicit = true)]
    public void Child_AHundredThousand()
    {
        var pre = Program();
        for (var i = 0; i < 10_000; i++) Use(pre, i);
        var before = Footprint();
        for (var i = 0; i < 100_000; i++) Use(pre, i);
        var after = Footprint();
        Assert.True(after.Heap - before.Heap < 100_000, $"{before} to {after}");
        Assert.True(after.Resident - before.Resident < 8 << 20, $"{before} to {after}");
        Assert.True(after.Mappings - before.Mappings < 20, $"{before} to {after}");
    }

    [Fact]
    public async Task Instantiate_TenThousandAtOnce_TakesLittleEach()
    {
        Assert.SkipUnless(MemoryArena.GuardSupported, "guarded memory is not available on this system");
        var (code, output) = await ChildTest.Run(typeof(ManyInstancesTests), nameof(Child_TenThousand));
        Assert.True(code == 0, output);
    }

    [Fact(Explicit = true)]
    public void Child_TenThousand()
    {
        const int count = 10_000;
        var pre = Program();
        Use(pre, 1);
        var before = Footprint();
        var stores = Enumerable.Range(0, count).Select(_ => new Store(pre.Module.Engine)).ToList();
        var instances = stores.ConvertAll(pre.Instantiate);
        for (var i = 0; i < count; i++) Run(instances[i], i);
        var after = Footprint();
        var each = (after.Resident - before.Resident) / count;

        // The three pages that each writes, and the objects.
        Assert.InRange(each, 3 << 12, 40 << 10);
        stores.ForEach(store => store.Dispose());
        var end = Footprint();
        Assert.True(end.Resident - before.Resident < 120 << 20, $"{before} to {after} to {end}");
        Use(pre, 1);
    }
}
