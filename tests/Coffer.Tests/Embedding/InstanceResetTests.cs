using System.Text;
using Coffer.Tests.Hostile;

namespace Coffer.Tests.Embedding;

/// <summary>
/// Nothing of an instance is seen by the next one of its module, whatever it changed: memory, tables, globals, dropped
/// segments, the host's state.
/// </summary>
public sealed class InstanceResetTests
{
    // More data than is copied, so that later instances map it.
    private static readonly string Data = new('d', 40_000);

    private static readonly string Text = $$"""
        (module
          (import "host" "count" (func $count (result i32)))
          (type $f (func (result i32)))
          (memory (export "memory") 4 8)
          (table (export "t") 6 10 funcref)
          (table $x (export "x") 2 externref)
          (global $i (export "i") (mut i32) (i32.const 11))
          (global $l (export "l") (mut i64) (i64.const -12))
          (global $v (export "v") (mut v128) (v128.const i32x4 1 2 3 4))
          (global $r (export "r") (mut funcref) (ref.func $one))
          (data (i32.const 70000) "{{Data}}")
          (data $passive "passive")
          (elem (i32.const 1) $one $two)
          (elem $more func $two $one)
          (func $one (type $f) (i32.const 1))
          (func $two (type $f) (i32.const 2))
          (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0)))
          (func (export "count") (result i32) (call $count))
          (func (export "init") (memory.init $passive (i32.const 8) (i32.const 0) (i32.const 7)))
          (func (export "initTable") (table.init 0 $more (i32.const 3) (i32.const 0) (i32.const 2)))
          (func (export "change")
            (global.set $i (i32.const 99)) (global.set $l (i64.const 99)) (global.set $r (ref.null func))
            (global.set $v (v128.const i64x2 9 9))
            (drop (memory.grow (i32.const 4)))
            (memory.fill (i32.const 0) (i32.const 0xEE) (i32.const 524288))
            (drop (table.grow 0 (ref.func $two) (i32.const 4)))
            (table.fill 0 (i32.const 0) (ref.func $two) (i32.const 10))
            (table.set 0 (i32.const 1) (ref.null func))
            (data.drop $passive)
            (elem.drop $more)))
        """;

    public static TheoryData<MemoryMode> Modes => [MemoryMode.Guarded, MemoryMode.Checked];

    [Theory, MemberData(nameof(Modes))]
    public void Instantiate_AfterOneThatChangedAll_IsAsTheModuleSays(MemoryMode mode)
    {
        Assert.SkipWhen(mode == MemoryMode.Guarded && !Coffer.Runtime.MemoryArena.GuardSupported, "guarded memory is not available on this system");
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } });
        var linker = new Linker().DefineFunction("host", "count", (Caller caller) =>
        {
            var counter = caller.Store.GetHostState<StrongBox>() ?? new StrongBox();
            caller.Store.SetHostState(counter);
            return ++counter.Value;
        });
        var pre = linker.InstantiatePre(Module.CompileText(engine, Text));
        for (var round = 0; round < 12; round++)
        {
            using var store = new Store(engine);
            var instance = pre.Instantiate(store);
            Look(instance);
            Change(instance, store);
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public void Memory_KeptByTheHostAfterItsStore_FailsClearly(MemoryMode mode)
    {
        Assert.SkipWhen(mode == MemoryMode.Guarded && !Coffer.Runtime.MemoryArena.GuardSupported, "guarded memory is not available on this system");
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } });
        var pre = new Linker().DefineFunction("host", "count", () => 0).InstantiatePre(Module.CompileText(engine, Text));
        for (var round = 0; round < 4; round++)
        {
            var store = new Store(engine);
            var instance = pre.Instantiate(store);
            var memory = instance.GetMemory();
            var call = instance.GetFunction<int, int>("call");
            store.Dispose();
            using var next = new Store(engine);
            pre.Instantiate(next);
            Assert.Throws<ObjectDisposedException>(() => memory.Write(0, 1));
            Assert.Throws<ObjectDisposedException>(() => memory.Read<int>(70_000));
            Assert.Throws<ObjectDisposedException>(() => memory.Grow(1));
            Assert.False(memory.TryGetSpan(0, 1, out _));
            Assert.Equal(0UL, memory.ByteLength);
            Assert.Throws<ObjectDisposedException>(() => call(1));
        }
    }

    private sealed class StrongBox
    {
        public int Value { get; set; }
    }

    private static void Look(Instance instance)
    {
        var memory = instance.GetMemory();
        Assert.Equal(4UL, memory.PageCount);
        var span = memory.GetSpan(0, 4 << 16);
        Assert.False(span[..70_000].ContainsAnyExcept((byte)0));
        Assert.Equal(Data, Encoding.ASCII.GetString(span.Slice(70_000, Data.Length)));
        Assert.False(span[(70_000 + Data.Length)..].ContainsAnyExcept((byte)0));
        Assert.Equal(11, instance.GetGlobal("i").Value.AsI32());
        Assert.Equal(-12, instance.GetGlobal("l").Value.AsI64());
        Assert.Equal(System.Runtime.Intrinsics.Vector128.Create(1, 2, 3, 4), System.Runtime.Intrinsics.Vector128.AsInt32(instance.GetGlobal("v").Value.AsV128()));
        Assert.NotNull(instance.GetGlobal("r").Value.AsReference());
        Assert.Equal(6, instance.GetTable("t").Count);
        Assert.Equal([null, null], Enumerable.Range(0, 2).Select(i => instance.GetTable("x")[i].AsReference()));
        var call = instance.GetFunction<int, int>("call");
        Assert.Equal(TrapKind.UninitializedElement, Assert.Throws<TrapException>(() => call(0)).Kind);
        Assert.Equal(1, call(1));
        Assert.Equal(2, call(2));
        for (var i = 3; i < 6; i++) Assert.Null(instance.GetTable("t")[i].AsReference());
        Assert.Equal(TrapKind.UndefinedElement, Assert.Throws<TrapException>(() => call(6)).Kind);
        Assert.Equal(1, instance.GetFunction<int>("count")());
        instance.GetAction("init")();
        Assert.Equal("passive", memory.ReadUtf8(8, 7));
        instance.GetAction("initTable")();
        Assert.Equal(2, call(3));
        Assert.Equal(1, call(4));
    }

    private static void Change(Instance instance, Store store)
    {
        instance.GetTable("x")[1] = Value.Reference("a secret");
        store.Data = "a secret";
        instance.GetAction("change")();
        Assert.Throws<TrapException>(instance.GetAction("init"));
        Assert.Throws<TrapException>(instance.GetAction("initTable"));
        Assert.Throws<TrapException>(() => instance.GetFunction<int, int>("call")(1));
        Assert.Equal(2, instance.GetFunction<int, int>("call")(9));
    }
}
