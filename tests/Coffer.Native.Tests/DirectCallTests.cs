using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Coffer.Native.Tests;

/// <summary>Functions of a native image call each other directly once they have been called or prepared.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DirectCallTests
{
    private static readonly byte[] Recursive = Bench.Binary("""
        (module $calls
          (func $even (export "even") (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1)) (else (call $odd (i32.sub (local.get 0) (i32.const 1))))))
          (func $odd (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (call $even (i32.sub (local.get 0) (i32.const 1))))))
          (func $dive (export "dive") (param i32)
            (if (i32.eqz (local.get 0)) (then (unreachable)))
            (call $dive (i32.sub (local.get 0) (i32.const 1)))
            (drop (call $even (i32.const 2))))
          (func $fall (export "fall") (call $fall) (drop (call $even (i32.const 2)))))
        """);

    [Fact]
    public void Calls_AreBoundOnceTheyHaveBeenMade_AndGoOnAsBefore()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "calls are left as they are on other processors");
        using var bench = new Bench();
        var module = bench.Compile(Recursive);
        using var store = new Store(bench.Engine);
        var instance = new Linker().Instantiate(store, module);
        var even = instance.GetFunction<int, int>("even");
        Assert.Equal(1, even(10));

        module.BindCalls();
        var bound = module.DirectCalls;
        Assert.InRange(bound, 1, 2);
        module.BindCalls();
        Assert.Equal(bound, module.DirectCalls);
        Assert.Equal([1, 0, 1], new[] { 0, 7, 1000 }.Select(even));
    }

    [Fact]
    public void Calls_AreBoundInTheBackground()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "calls are left as they are on other processors");
        using var bench = new Bench();
        var module = bench.Compile(Recursive);
        using var store = new Store(bench.Engine);
        _ = new Linker().Instantiate(store, module).GetFunction<int, int>("even")(10);
        Assert.True(SpinWait.SpinUntil(() => module.DirectCalls > 0, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Trap_BehindDirectCalls_NamesEachFunction()
    {
        using var bench = new Bench();
        var module = bench.Compile(Recursive);
        using var store = new Store(bench.Engine);
        var instance = new Linker().Instantiate(store, module);
        var dive = instance.GetAction<int>("dive");
        Assert.Throws<TrapException>(() => dive(3));
        module.BindCalls();
        var trap = Assert.Throws<TrapException>(() => dive(3));
        Assert.Equal(["dive", "dive", "dive", "dive"], trap.WasmTrace.Select(frame => frame.FunctionName));
        var fall = instance.GetAction("fall");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(ExhaustionKind.CallStack, Assert.Throws<ExhaustionException>(fall).Kind);
            module.BindCalls();
        }
    }

    [Fact]
    public async Task Binding_WhileThreadsCall_DisturbsNone()
    {
        using var bench = new Bench();
        var module = bench.Compile(Recursive);
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var store = new Store(bench.Engine);
            var even = new Linker().Instantiate(store, module).GetFunction<int, int>("even");
            return Enumerable.Range(0, 20_000).Sum(i => even(i % 50));
        })).ToList();
        while (!callers.TrueForAll(caller => caller.IsCompleted)) module.BindCalls();
        Assert.All(await Task.WhenAll(callers), sum => Assert.Equal(10_000, sum));
    }
}
