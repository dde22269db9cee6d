using Coffer.Types;

namespace Coffer.Tests.Hostile;

/// <summary>The limits of a store hold, whatever the guest asks for.</summary>
public sealed class LimitTests
{
    private static readonly StoreLimits Small = new() { MemoryBytes = 10 << 16, TableElements = 1_000, Instances = 5 };

    [Fact]
    public void Instantiate_MemoryBeyondTheLimit_Exhausts() => Guest.Exhausts(
        ExhaustionKind.StoreLimit, () => Guest.Load("(module (memory 11))", limits: Small));

    [Fact]
    public void Instantiate_SeveralMemoriesBeyondTheLimit_Exhausts() => Guest.Exhausts(
        ExhaustionKind.StoreLimit, () => Guest.Load("(module (memory 6) (memory 6))", limits: Small));

    [Fact]
    public void Instantiate_LargestMemory_ExhaustsOrWorks()
    {
        // 4 GiB of address space cost nothing until touched; 2^48 pages are refused.
        Assert.ThrowsAny<CofferException>(() => Guest.Load("(module (memory i64 0x1000000000000))"));
        using var store = Guest.Load("(module (memory 65536))").Store;
        Assert.Equal(4UL << 30, store.MemoryBytes);
    }

    [Fact]
    public void MemoryGrow_InALoop_StopsAtTheLimit()
    {
        var instance = Guest.Load("""
            (module (memory (export "memory") 1)
              (func (export "run") (result i32) (local i32)
                (loop
                  (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                  (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
                (local.get 0)))
            """, limits: Small);
        Assert.Equal(10, instance.GetFunction<int>("run")());
        Assert.Equal(10UL, instance.GetMemory().PageCount);
        Assert.Equal(10UL << 16, instance.Store.MemoryBytes);
    }

    [Fact]
    public void MemoryGrow_ByFarTooMuch_ReturnsMinusOne()
    {
        var instance = Guest.Load("(module (memory 1) (func (export \"run\") (param i32) (result i32) (memory.grow (local.get 0))))", limits: Small);
        var run = instance.GetFunction<int, int>("run");
        Assert.Equal(-1, run(-1));
        Assert.Equal(-1, run(65536));
        Assert.Equal(-1, run(int.MinValue));
        Assert.Equal(1, run(0));
    }

    [Fact]
    public void Instantiate_TableBeyondTheLimit_Exhausts()
    {
        Guest.Exhausts(ExhaustionKind.StoreLimit, () => Guest.Load("(module (table 1001 funcref))", limits: Small));
        Guest.Exhausts(ExhaustionKind.StoreLimit, () => Guest.Load("(module (table 4294967295 funcref))"));
        Guest.Exhausts(ExhaustionKind.StoreLimit, () => Guest.Load("(module (table i64 0xffffffffffffffff funcref))"));
    }

    [Fact]
    public void TableGrow_InALoop_StopsAtTheLimit()
    {
        var instance = Guest.Load("""
            (module (table (export "table") 1 externref)
              (func (export "run") (result i32) (local i32)
                (loop (br_if 0 (i32.ne (table.grow (ref.null extern) (i32.const 7)) (i32.const -1))))
                (table.size)))
            """, limits: Small);
        var size = instance.GetFunction<int>("run")();
        Assert.InRange(size, 994, 1_000);
        Assert.Equal(size, instance.GetTable("table").Count);
    }

    [Fact]
    public void TableGrow_StepByStep_DoesNotCopyAllElementsEachTime()
    {
        const int elements = 2_000_000;
        var instance = Guest.Load("""
            (module (table (export "table") 1 externref)
              (func (export "run") (loop (br_if 0 (i32.ne (table.grow (ref.null extern) (i32.const 1000)) (i32.const -1))))))
            """, limits: new StoreLimits { TableElements = elements });
        var run = instance.GetAction("run");
        var before = GC.GetAllocatedBytesForCurrentThread();
        run();
        Assert.InRange(instance.GetTable("table").Count, elements - 1000, elements);
        // Arrays that grow by half are in all three times as large as the last.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, elements * 8L, elements * 8L * 4);
    }

    [Fact]
    public void Instantiate_TooManyInstances_Exhausts()
    {
        using var store = new Store(Guest.Default, Small);
        var module = Module.CompileText(Guest.Default, "(module)");
        for (var i = 0; i < 5; i++) new Linker().Instantiate(store, module);
        Guest.Exhausts(ExhaustionKind.StoreLimit, () => new Linker().Instantiate(store, module));
    }

    [Fact]
    public void StackBytes_Small_LimitsTheDepth()
    {
        const string text = """
            (module (global $n (export "n") (mut i32) (i32.const 0))
              (func $f (export "run") (global.set $n (i32.add (global.get $n) (i32.const 1))) (call $f)))
            """;
        int Depth(ulong bytes)
        {
            var instance = Guest.Load(text, limits: new StoreLimits { StackBytes = bytes });
            Guest.Exhausts(ExhaustionKind.CallStack, instance.GetAction("run"));
            return instance.GetGlobal("n").Value.AsI32();
        }

        var few = Depth(16 << 10);
        var more = Depth(128 << 10);
        Assert.InRange(few, 10, 2_000);
        Assert.True(more > few * 4, $"{few} and {more}");
    }

    [Fact]
    public void Limits_AfterATrapInAStartFunction_AreGivenBackWithTheStore()
    {
        var module = Module.CompileText(Guest.Default, "(module (memory 5) (func $f (unreachable)) (start $f))");
        using var store = new Store(Guest.Default, Small);
        Assert.Throws<TrapException>(() => new Linker().Instantiate(store, module));
        Assert.Equal(5UL << 16, store.MemoryBytes);
    }

    [Fact]
    public void Memory_OfTheHost_IsCharged()
    {
        using var store = new Store(Guest.Default, Small);
        GC.KeepAlive(new Memory(store, new MemoryType(new Limits(6, null))));
        Guest.Exhausts(ExhaustionKind.StoreLimit, () => GC.KeepAlive(new Memory(store, new MemoryType(new Limits(6, null)))));
    }
}
