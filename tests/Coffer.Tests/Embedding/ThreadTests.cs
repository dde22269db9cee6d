using System.Collections.Concurrent;
using Coffer.Tests.Hostile;

namespace Coffer.Tests.Embedding;

/// <summary>Which thread may use what, and what happens to those who do not keep to it.</summary>
public sealed class ThreadTests
{
    private const string Sum = """
        (module (memory (export "memory") 1)
          (func $fib (export "fib") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
              (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
          (func (export "count") (result i32)
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (i32.load (i32.const 0))))
        """;

    private static Exception? OnAnotherThread(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(action));
        thread.Start();
        thread.Join();
        return thrown;
    }

    [Fact]
    public void Call_StoreInUseByAnotherThread_IsRefused()
    {
        Instance? instance = null;
        var thrown = new List<Exception?>();
        instance = Guest.Load("""
            (module (import "host" "f" (func $f)) (func (export "f") (call $f)) (func (export "g")))
            """, new Linker().DefineFunction("host", "f", () =>
            {
                thrown.Add(OnAnotherThread(instance!.GetAction("g")));
                thrown.Add(OnAnotherThread(() => instance!.GetFunction("g").Invoke()));
                thrown.Add(OnAnotherThread(() => new Linker().Instantiate(instance!.Store, Module.CompileText(instance!.Store.Engine, "(module)"))));
                thrown.Add(OnAnotherThread(instance!.Store.Dispose));
            }));
        instance.GetAction("f")();
        Assert.All(thrown, error => Assert.IsType<InvalidOperationException>(error));
        Assert.Equal(4, thrown.Count);
        Assert.Null(OnAnotherThread(instance.GetAction("g")));
        instance.GetAction("g")();
    }

    [Fact]
    public void Call_ThreadsInTurn_AreAllowed()
    {
        var count = Guest.Load(Sum).GetFunction<int>("count");
        for (var i = 0; i < 20; i += 2)
        {
            Assert.Equal(i + 1, count());
            Assert.Null(OnAnotherThread(() => Assert.Equal(i + 2, count())));
        }
    }

    [Fact]
    public void Module_ManyThreadsWithAStoreEach_GiveTheSame()
    {
        var engine = new Engine();
        var module = Module.CompileText(engine, Sum);
        var failures = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, 16).Select(_ => new Thread(() =>
        {
            var error = Record.Exception(() =>
            {
                for (var i = 0; i < 20; i++)
                {
                    using var store = new Store(engine);
                    var instance = new Linker().Instantiate(store, module);
                    Assert.Equal(1, instance.GetFunction<int>("count")());
                    Assert.Equal(144, instance.GetFunction<int, int>("fib")(12));
                }
            });
            if (error is not null) failures.Enqueue(error);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Empty(failures);
    }

    [Fact]
    public void Compile_SameTypesOnManyThreads_AreOneType()
    {
        var engine = new Engine();
        const string text = """
            (module (rec (type $s (sub (struct (field (ref null $s)) (field i32)))) (type (sub $s (struct (field (ref null $s)) (field i32) (field i64)))))
              (func (export "new") (param i32) (result (ref $s)) (struct.new $s (ref.null $s) (local.get 0)))
              (func (export "get") (param (ref null $s)) (result i32) (struct.get $s 1 (local.get 0))))
            """;
        var modules = new Module[16];
        Parallel.For(0, modules.Length, i => modules[i] = Module.CompileText(engine, text));
        using var store = new Store(engine);
        var instances = modules.Select(module => new Linker().Instantiate(store, module)).ToList();
        var made = instances[0].GetFunction<int, object>("new")(42);
        Assert.All(instances, instance => Assert.Equal(42, instance.GetFunction<object, int>("get")(made)));
    }

    [Fact]
    public void Prepare_InParallelFromManyThreads_PreparesAll()
    {
        var module = Module.CompileText(new Engine(), $"(module {Functions(200)})");
        Parallel.For(0, 4, i => module.Prepare(threads: i));
        using var store = new Store(module.Engine);
        var instance = new Linker().Instantiate(store, module);
        for (var i = 0; i < 200; i++) Assert.Equal(i, instance.GetFunction<int>($"f{i}")());
    }

    [Fact]
    public void Prepare_Cancelled_StopsAndLeavesTheModuleUsable()
    {
        var module = Module.CompileText(new Engine(), $"(module {Functions(200)})");
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => module.Prepare(cancellationToken: source.Token));
        using var store = new Store(module.Engine);
        Assert.Equal(199, new Linker().Instantiate(store, module).GetFunction<int>("f199")());
        module.Prepare(cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Prepare_ModuleWithoutFunctions_DoesNothing() =>
        Module.CompileText(Guest.Default, "(module)").Prepare(cancellationToken: TestContext.Current.CancellationToken);

    private static string Functions(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => $"(func (export \"f{i}\") (result i32) (i32.const {i}))"));
}
