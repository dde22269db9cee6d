using System.Runtime.Intrinsics;
using Coffer.Tests.Hostile;
using Coffer.Types;

namespace Coffer.Tests.Embedding;

/// <summary>Modules that begin in the state of an instance.</summary>
public sealed class ModuleSnapshotTests
{
    private static Instance Again(Instance instance, Linker? linker = null, params string[] withoutExports)
    {
        var bytes = ModuleSnapshot.Take(instance, withoutExports);
        var engine = instance.Module.Engine;
        return (linker ?? new Linker()).Instantiate(new Store(engine), Module.Compile(engine, bytes));
    }

    [Fact]
    public void Take_GlobalsOfEveryType_KeepTheirValues()
    {
        var instance = Guest.Load("""
            (module
              (global $a (mut i32) (i32.const 1)) (global $b (mut i64) (i64.const 1)) (global $c (mut f32) (f32.const 1))
              (global $d (mut f64) (f64.const 1)) (global $e (mut v128) (v128.const i64x2 1 1))
              (global $f (mut funcref) (ref.null func)) (global $g (mut funcref) (ref.func $init))
              (global $h (mut externref) (ref.null extern)) (global $i (export "i") (mut i32) (i32.const 1))
              (global $unused (mut i64) (i64.const 77)) (global $constant i32 (i32.const -5))
              (elem declare func $seven)
              (func $seven (result i32) (i32.const 7))
              (func $init (export "init")
                (global.set $a (i32.const -2000000000)) (global.set $b (i64.const -9000000000000000000))
                (global.set $c (f32.const -0.0)) (global.set $d (f64.const nan:0x8000000000123))
                (global.set $e (v128.const i32x4 1 -2 3 -4)) (global.set $f (ref.func $seven)) (global.set $g (ref.null func))
                (global.set $i (i32.const 64)))
              (func (export "a") (result i32) (global.get $a))
              (func (export "b") (result i64) (global.get $b))
              (func (export "c") (result f32) (global.get $c))
              (func (export "d") (result i64) (i64.reinterpret_f64 (global.get $d)))
              (func (export "e") (result v128) (global.get $e))
              (func (export "f") (result funcref) (global.get $f))
              (func (export "g") (result funcref) (global.get $g))
              (func (export "h") (result externref) (global.get $h))
              (func (export "k") (result i32) (global.get $constant)))
            """);
        instance.GetAction("init")();
        var next = Again(instance);
        Assert.Equal(-2_000_000_000, next.GetFunction<int>("a")());
        Assert.Equal(-9_000_000_000_000_000_000, next.GetFunction<long>("b")());
        Assert.Equal(0x80000000, BitConverter.SingleToUInt32Bits(next.GetFunction<float>("c")()));
        Assert.Equal(0x7FF8_0000_0000_0123, next.GetFunction<long>("d")());
        Assert.Equal(Vector128.Create(1, -2, 3, -4), next.GetFunction<Vector128<int>>("e")());
        Assert.Equal(7, next.GetFunction<FuncRef>("f")().Invoke()[0].AsI32());
        Assert.Null(next.GetFunction<FuncRef?>("g")());
        Assert.Null(next.GetFunction<object?>("h")());
        Assert.Equal(64, next.GetGlobal("i").Value.AsI32());
        Assert.Equal(-5, next.GetFunction<int>("k")());
    }

    [Fact]
    public void Take_MemoriesOfEveryKind_KeepTheirBytesAndSizes()
    {
        var instance = Guest.Load("""
            (module
              (memory $a (export "a") 2 9) (memory $b (export "b") i64 1) (memory $c (export "c") 1 2 shared)
              (memory $d (export "d") 70000 (pagesize 1))
              (data (memory $a) (i32.const 10) "gone in a moment")
              (data (memory $b) (i64.const 10) "stays")
              (func (export "init")
                (memory.fill $a (i32.const 10) (i32.const 0) (i32.const 16))
                (drop (memory.grow $a (i32.const 3)))
                (i32.store8 $a (i32.const 0) (i32.const 1))
                (i32.store8 $a (i32.const 40) (i32.const 2))
                (i32.store8 $a (i32.const 200000) (i32.const 3))
                (i32.store8 $a (i32.const 327679) (i32.const 4))
                (i64.store $b (i64.const 65528) (i64.const -1))
                (i32.store $c (i32.const 65532) (i32.const 0x01020304))
                (drop (memory.grow $d (i32.const 5)))
                (i32.store8 $d (i32.const 70004) (i32.const 9))))
            """);
        instance.GetAction("init")();
        var next = Again(instance);
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            var (was, now) = (instance.GetMemory(name), next.GetMemory(name));
            Assert.Equal(was.ByteLength, now.ByteLength);
            Assert.Equal(was.Type.Limits.Maximum, now.Type.Limits.Maximum);
            Assert.True(was.GetSpan(0, (int)was.ByteLength).SequenceEqual(now.GetSpan(0, (int)now.ByteLength)), name);
        }

        Assert.Equal(5UL, next.GetMemory("a").PageCount);
        Assert.Equal(5, next.GetMemory("a").Grow(4));
        Assert.Equal(-1, next.GetMemory("a").Grow(1));
    }

    [Fact]
    public void Take_Segments_KeepTheirIndicesAndWhetherTheyWereDropped()
    {
        var instance = Guest.Load("""
            (module
              (memory (export "memory") 1)
              (data $active (i32.const 0) "active")
              (data $kept "kept")
              (data $dropped "dropped")
              (func (export "init") (data.drop $dropped))
              (func (export "useActive") (memory.init $active (i32.const 100) (i32.const 0) (i32.const 1)))
              (func (export "useKept") (memory.init $kept (i32.const 100) (i32.const 0) (i32.const 4)))
              (func (export "useDropped") (memory.init $dropped (i32.const 100) (i32.const 0) (i32.const 1))))
            """);
        instance.GetAction("init")();
        var next = Again(instance);
        Assert.Equal(ModuleSnapshot.Take(next), ModuleSnapshot.Take(Again(next)));
        next.GetAction("useKept")();
        Assert.Equal("kept", next.GetMemory().ReadUtf8(100, 4));
        Assert.Equal("active", next.GetMemory().ReadUtf8(0, 6));
        Assert.Throws<TrapException>(next.GetAction("useActive"));
        Assert.Throws<TrapException>(next.GetAction("useDropped"));
    }

    [Fact]
    public void Take_StartFunctionAndExports_AreNotRunAgain()
    {
        var calls = 0;
        var linker = new Linker().DefineFunction("host", "call", () => ++calls);
        var instance = Guest.Load("""
            (module
              (import "host" "call" (func $call (result i32)))
              (type $f (func (result i32)))
              (memory (export "memory") 1)
              (table 3 funcref) (elem (i32.const 1) $two)
              (global $n (mut i32) (i32.const 0))
              (func $two (type $f) (i32.const 2))
              (func $start (global.set $n (call $call)))
              (start $start)
              (func (export "init") (i32.store (i32.const 8) (call $call)))
              (func (export "n") (result i32) (global.get $n))
              (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0))))
            """, linker);
        instance.GetAction("init")();
        var next = Again(instance, linker, "init", "no such export");
        Assert.Equal(2, calls);
        Assert.Equal(1, next.GetFunction<int>("n")());
        Assert.Equal(2, next.GetMemory().Read<int>(8));
        Assert.Equal(2, next.GetFunction<int, int>("call")(1));
        Assert.Equal(["memory", "n", "call"], next.Module.Exports.Select(export => export.Name));
        Assert.Equal(next.Module.Imports, instance.Module.Imports);
        Assert.Equal(ModuleSnapshot.Take(next), ModuleSnapshot.Take(Again(next, linker)));
    }

    [Theory]
    [InlineData("""(module (import "m" "m" (memory 1)))""", "imports the memory \"m\" \"m\"")]
    [InlineData("""(module (import "m" "t" (table 1 funcref)))""", "imports the table")]
    [InlineData("""(module (import "m" "g" (global (mut i32))))""", "imports the global")]
    [InlineData("""
        (module (table 2 funcref) (func $f) (elem declare func $f)
          (func (export "init") (table.set 0 (i32.const 1) (ref.func $f))))
        """, "table 0 was changed")]
    [InlineData("""
        (module (table 2 funcref) (func $f) (elem (i32.const 0) $f)
          (func (export "init") (table.set 0 (i32.const 0) (ref.null func))))
        """, "table 0 was changed")]
    [InlineData("""
        (module (table 2 funcref) (func (export "init") (drop (table.grow (ref.null func) (i32.const 1)))))
        """, "table 0 was changed")]
    [InlineData("""
        (module (table 2 funcref) (func $f) (elem $e func $f) (func (export "init") (elem.drop $e)))
        """, "element segment 0 was dropped")]
    [InlineData("""
        (module (global $g (mut anyref) (ref.null any)) (func (export "init") (global.set $g (ref.i31 (i32.const 5)))))
        """, "global 0 refers to")]
    public void Take_WhatNoModuleCanBeginWith_IsRefused(string text, string message)
    {
        using var store = new Store(Guest.Default);
        var linker = new Linker()
            .Define("m", "m", new Memory(store, new MemoryType(new Limits(1, null))))
            .Define("m", "t", new Table(store, new TableType(ValueType.FuncRef, new Limits(1, null)), Value.Reference(null)))
            .Define("m", "g", new Global(store, new GlobalType(ValueType.I32, true), Value.I32(5)));
        var instance = linker.Instantiate(store, Module.CompileText(Guest.Default, text));
        instance.FindFunction("init")?.Invoke();
        Assert.Contains(message, Assert.Throws<SnapshotException>(() => ModuleSnapshot.Take(instance)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_HostReferenceInAGlobal_IsRefused()
    {
        var instance = Guest.Load("""(module (global (export "g") (mut externref) (ref.null extern)))""");
        instance.GetGlobal("g").Value = Value.Reference("a handle");
        Assert.Contains("a handle", Assert.Throws<SnapshotException>(() => ModuleSnapshot.Take(instance)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_AfterItsStore_IsRefused()
    {
        var instance = Guest.Load("(module (memory 1))");
        instance.Store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ModuleSnapshot.Take(instance));
    }

    [Fact]
    public void Take_RustProgram_GoesOnWhereItWas()
    {
        var engine = new Engine();
        var module = Module.Compile(engine, File.ReadAllBytes(TestData.Require("bench/endive-corpus/count_vowels.rs.wasm")));
        var instance = new Linker().Instantiate(new Store(engine), module);
        var first = instance.GetFunction<int, int>("alloc")(100);
        instance.GetMemory().GetSpan((ulong)first, 5).Fill((byte)'a');
        var bytes = ModuleSnapshot.Take(instance);
        var again = Module.Compile(engine, bytes);
        Assert.Equal(module.CustomSections("name").Single().ToArray(), again.CustomSections("name").Single().ToArray());
        for (var i = 0; i < 3; i++)
        {
            using var store = new Store(engine);
            var next = new Linker().Instantiate(store, again);
            Assert.Equal(5, next.GetFunction<int, int, int>("count_vowels")(first, 5));
            var second = next.GetFunction<int, int>("alloc")(100);
            Assert.NotEqual(first, second);
        }

        Assert.Equal(instance.GetFunction<int, int>("alloc")(100), new Linker().Instantiate(new Store(engine), again).GetFunction<int, int>("alloc")(100));
    }
}
