using Coffer.Tests.Hostile;
using Coffer.Types;

namespace Coffer.Tests.Embedding;

/// <summary>A module whose imports were resolved once, instantiated in many stores.</summary>
public sealed class InstancePreTests
{
    private const string Text = """
        (module
          (import "host" "add" (func $add (param i32 i32) (result i32)))
          (import "host" "who" (func $who (result i32)))
          (memory (export "memory") 1)
          (global $g (export "g") (mut i32) (i32.const 7))
          (func (export "run") (param i32) (result i32)
            (global.set $g (call $add (global.get $g) (local.get 0)))
            (global.get $g))
          (func (export "who") (result i32) (call $who)))
        """;

    private static Linker Host() => new Linker()
        .DefineFunction("host", "add", (int a, int b) => a + b)
        .DefineFunction("host", "who", (Caller caller) => (int)caller.Instance.Store.Data!);

    [Fact]
    public void Instantiate_ManyStores_EachHasItsOwnState()
    {
        var pre = Host().InstantiatePre(Module.CompileText(Guest.Default, Text));
        var stores = Enumerable.Range(0, 20).Select(i => new Store(Guest.Default) { Data = i }).ToList();
        var instances = stores.Select(pre.Instantiate).ToList();
        for (var i = 0; i < instances.Count; i++)
        {
            Assert.Equal(7 + i, instances[i].GetFunction<int, int>("run")(i));
            Assert.Equal(i, instances[i].GetFunction<int>("who")());
        }

        for (var i = 0; i < instances.Count; i++) Assert.Equal(7 + i, instances[i].GetGlobal("g").Value.AsI32());
        stores.ForEach(store => store.Dispose());
        Assert.Throws<ObjectDisposedException>(() => pre.Instantiate(stores[0]));
        using var next = new Store(Guest.Default);
        Assert.Equal(8, pre.Instantiate(next).GetFunction<int, int>("run")(1));
    }

    [Fact]
    public async Task Instantiate_ByManyThreads_EachHasItsOwnState()
    {
        var pre = Host().InstantiatePre(Module.CompileText(Guest.Default, Text));
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), TestContext.Current.CancellationToken, (thread, _) =>
        {
            for (var i = 0; i < 500; i++)
            {
                using var store = new Store(Guest.Default) { Data = thread };
                var instance = pre.Instantiate(store);
                Assert.Equal(7 + i, instance.GetFunction<int, int>("run")(i));
                Assert.Equal(thread, instance.GetFunction<int>("who")());
            }

            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void InstantiatePre_WhatIsDefinedLater_ChangesNothing()
    {
        var linker = Host();
        var pre = linker.InstantiatePre(Module.CompileText(Guest.Default, Text));
        linker.DefineFunction("host", "add", (int a, int b) => a * b);
        using var store = new Store(Guest.Default);
        Assert.Equal(10, pre.Instantiate(store).GetFunction<int, int>("run")(3));
    }

    [Fact]
    public void InstantiatePre_Unresolved_IsALinkError()
    {
        var module = Module.CompileText(Guest.Default, Text);
        Assert.Contains("\"host\" \"add\" is not defined", Assert.Throws<LinkException>(
            () => new Linker().InstantiatePre(module)).Message, StringComparison.Ordinal);
        Assert.Contains("incompatible import type", Assert.Throws<LinkException>(
            () => Host().DefineFunction("host", "add", (int a) => a).InstantiatePre(module)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new Linker().InstantiatePre(null!));
    }

    [Fact]
    public void Instantiate_EntitiesOfAStore_OnlyThere()
    {
        var module = Module.CompileText(Guest.Default, """
            (module (import "m" "g" (global (mut i32))) (func (export "get") (result i32) (global.get 0)))
            """);
        using var store = new Store(Guest.Default);
        using var other = new Store(Guest.Default);
        var global = new Global(store, new GlobalType(ValueType.I32, true), Value.I32(5));
        var pre = new Linker().Define("m", "g", global).InstantiatePre(module);
        Assert.Equal(5, pre.Instantiate(store).GetFunction<int>("get")());
        Assert.Contains("belongs to another store", Assert.Throws<LinkException>(
            () => pre.Instantiate(other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Instantiate_SharedMemory_InAnyStoreWhileItLives()
    {
        var module = Module.CompileText(Guest.Default, """
            (module (import "m" "m" (memory 1 1 shared)) (func (export "get") (result i32) (i32.load (i32.const 0))))
            """);
        var store = new Store(Guest.Default);
        var memory = new Memory(store, new MemoryType(new Limits(1, 1, IsShared: true)));
        memory.Write(0, 42);
        var pre = new Linker().Define("m", "m", memory).InstantiatePre(module);
        using (var other = new Store(Guest.Default))
        {
            Assert.Equal(42, pre.Instantiate(other).GetFunction<int>("get")());
            Assert.Equal(42, pre.Instantiate(other).GetFunction<int>("get")());
            store.Dispose();
            Assert.Equal(42, pre.Instantiate(other).GetFunction<int>("get")());
        }

        using var late = new Store(Guest.Default);
        Assert.Throws<ObjectDisposedException>(() => pre.Instantiate(late));
    }

    [Fact]
    public void Instantiate_OtherEngine_IsRefused()
    {
        var pre = new Linker().InstantiatePre(Module.CompileText(Guest.Default, "(module)"));
        using var store = new Store(Guest.Checked);
        Assert.Throws<ArgumentException>(() => pre.Instantiate(store));
    }

    [Fact]
    public void HostState_OfEachType_IsFoundByThreads()
    {
        using var store = new Store(Guest.Default);
        Assert.Null(store.GetHostState<string>());
        store.SetHostState("one");
        store.SetHostState(new List<int> { 1 });
        store.SetHostState("two");
        Assert.Equal("two", store.GetHostState<string>());
        Assert.Equal([1], store.GetHostState<List<int>>());
        using (var thread = store.CreateThread())
        {
            Assert.Equal("two", thread.GetHostState<string>());
            thread.SetHostState("three");
            Assert.Equal("two", store.GetHostState<string>());
        }

        store.Dispose();
        Assert.Null(store.GetHostState<string>());
        Assert.Throws<ObjectDisposedException>(() => store.SetHostState("four"));
    }
}
