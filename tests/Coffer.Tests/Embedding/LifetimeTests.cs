using Coffer.Tests.Hostile;
using Coffer.Types;

namespace Coffer.Tests.Embedding;

/// <summary>What is used after its store was disposed says so, and touches nothing.</summary>
public sealed class LifetimeTests
{
    private const string Text = """
        (module (memory (export "memory") 1) (table (export "table") 1 funcref) (global (export "global") (mut i32) (i32.const 5))
          (func (export "run") (result i32) (i32.load (i32.const 0))))
        """;

    public static TheoryData<bool> Modes() => [true, false];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Dispose_EverythingOfTheStore_IsUnusable(bool guarded)
    {
        var engine = guarded ? Guest.Guarded : Guest.Checked;
        var instance = Guest.Load(Text, engine: engine);
        var (store, run, memory) = (instance.Store, instance.GetFunction<int>("run"), instance.GetMemory());
        Assert.Equal(0, run());
        store.Dispose();
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => run());
        Assert.Throws<ObjectDisposedException>(() => instance.GetFunction<int>("run")());
        Assert.Throws<ObjectDisposedException>(() => instance.GetFunction("run").Invoke());
        Assert.Throws<ObjectDisposedException>(() => new Linker().Instantiate(store, instance.Module));
        Assert.Throws<ObjectDisposedException>(() => GC.KeepAlive(new Memory(store, memory.Type)));
        Assert.Throws<ObjectDisposedException>(() => store.SetDeadline(TimeSpan.FromSeconds(1)));
        Assert.Throws<ObjectDisposedException>(() => store.SetCancellation(CancellationToken.None));
        store.Interrupt();
        store.ClearInterrupt();
        Assert.Equal(5, instance.GetGlobal("global").Value.AsI32());
        Assert.Null(instance.GetTable("table")[0].AsReference());
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Memory_AfterDispose_HasNoBytes(bool guarded)
    {
        var instance = Guest.Load(Text, engine: guarded ? Guest.Guarded : Guest.Checked);
        var memory = instance.GetMemory();
        instance.Store.Dispose();
        Assert.Equal(0UL, memory.ByteLength);
        Assert.Throws<ObjectDisposedException>(() => memory.GetSpan(0, 1).Length);
        Assert.Throws<ObjectDisposedException>(() => memory.Read<byte>(0));
        Assert.Throws<ObjectDisposedException>(() => memory.Write<long>(0, 1));
        Assert.Throws<ObjectDisposedException>(() => memory.ReadBytes(0, 1));
        Assert.Throws<ObjectDisposedException>(() => memory.ReadUtf8(0, 1));
        Assert.Throws<ObjectDisposedException>(() => memory.Grow(1));
        Assert.False(memory.TryGetSpan(0, 1, out _));
    }

    [Fact]
    public void Memory_OfADisposedStore_CountsAsMemoryOfNobody()
    {
        using var store = new Store(Guest.Default);
        store.Dispose();
        for (var i = 0; i < 10; i++)
        {
            Assert.Throws<ObjectDisposedException>(() => GC.KeepAlive(new Memory(store, new MemoryType(new Limits(1, null)))));
        }

        Assert.Equal(0UL, store.MemoryBytes);
    }

    [Fact]
    public void SharedMemory_StoresDisposedInAnyOrder_LivesUntilTheLast()
    {
        var type = new MemoryType(new Limits(1, 2, IsShared: true));
        var module = Module.CompileText(Guest.Default, """
            (module (import "a" "memory" (memory 1 2 shared))
              (func (export "run") (result i32) (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))
            """);
        var first = new Store(Guest.Default);
        var memory = new Memory(first, type);
        var linker = new Linker().Define("a", "memory", memory);
        var second = new Store(Guest.Default);
        var run = linker.Instantiate(second, module).GetFunction<int>("run");
        Assert.Equal(0, linker.Instantiate(first, module).GetFunction<int>("run")());
        first.Dispose();
        Assert.Equal(1, run());
        using var third = new Store(Guest.Default);
        Assert.Equal(2, linker.Instantiate(third, module).GetFunction<int>("run")());
        second.Dispose();
        third.Dispose();

        // Its pages belong to somebody else by now.
        using var late = new Store(Guest.Default);
        Assert.Throws<ObjectDisposedException>(() => linker.Instantiate(late, module));
        Assert.Throws<ObjectDisposedException>(() => memory.Read<int>(0));
    }

    [Fact]
    public void Dispose_WhileAGuestRuns_IsRefused()
    {
        Instance? instance = null;
        instance = Guest.Load(
            "(module (import \"host\" \"f\" (func $f)) (export \"f\" (func $f)))",
            new Linker().DefineFunction("host", "f", () => instance!.Store.Dispose()));
        Assert.Throws<InvalidOperationException>(instance.GetAction("f"));
        instance.Store.Dispose();
    }

    [Fact]
    public void Instantiate_StartFunctionTraps_LeavesTheStoreUsable()
    {
        using var store = new Store(Guest.Default);
        var trapping = Module.CompileText(store.Engine, """
            (module (func $f (drop (i32.div_u (i32.const 1) (i32.const 0)))) (start $f))
            """);
        Assert.Equal(
            TrapKind.IntegerDivideByZero,
            Assert.Throws<TrapException>(() => new Linker().Instantiate(store, trapping)).Kind);
        var throwing = Module.CompileText(store.Engine, "(module (tag $e) (func $f (throw $e)) (start $f))");
        Assert.Throws<GuestException>(() => new Linker().Instantiate(store, throwing));
        Assert.Equal(0, new Linker().Instantiate(store, Module.CompileText(store.Engine, Text)).GetFunction<int>("run")());
    }

    [Fact]
    public void GetSpan_MemoryGrown_SeesTheGuestsBytes()
    {
        var instance = Guest.Load("""
            (module (memory (export "memory") 1 3)
              (func (export "grow") (result i32) (i32.store8 (i32.const 5) (i32.const 77)) (memory.grow (i32.const 1)))
              (func (export "last") (i32.store8 (i32.const 131071) (i32.const 88))))
            """);
        var memory = instance.GetMemory();
        var span = memory.GetSpan(0, 65536);
        Assert.Equal(1, instance.GetFunction<int>("grow")());
        Assert.Equal(77, span[5]);
        span[6] = 99;
        Assert.Equal(99, memory.Read<byte>(6));
        instance.GetAction("last")();
        Assert.Equal(88, memory.GetSpan(65536, 65536)[65535]);
        Assert.Equal(2, memory.Grow(1));
        Assert.Equal(-1, memory.Grow(1));
        Assert.Throws<TrapException>(() => memory.GetSpan(3 * 65536 - 1, 2).Length);
        Assert.Throws<TrapException>(() => memory.Read<long>(ulong.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.GetSpan(0, -1).Length);
    }
}
