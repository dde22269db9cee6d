using System.Runtime;
using System.Runtime.Intrinsics;

namespace Coffer.Native.Tests;

/// <summary>What native code must do as code of the JIT compiler does.</summary>
public sealed class BehaviourTests
{
    private const string Guest =
        """
        (module
          (memory (export "memory") 1)
          (func $load (export "load") (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "nested") (param i32) (result i32) (i32.add (call $load (local.get 0)) (i32.const 1)))
          (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
          (func $deep (export "deep") (result i32) (i32.add (call $deep) (i32.const 1)))
          (func (export "spin") (loop (br 0)))
          (func (export "vector") (param v128 v128) (result v128) (i32x4.add (local.get 0) (local.get 1)))
          (func $count (export "count") (param i64) (result i64)
            (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 42))
              (else (return_call $count (i64.sub (local.get 0) (i64.const 1)))))))
        """;

    [Fact]
    public void Trap_OutOfBounds_HasTheSameBacktraceAsTheJit()
    {
        using var bench = new Bench();
        var jit = Module.Compile(bench.Engine, Bench.Binary(Guest), "guest");
        var native = bench.Compile(Bench.Binary(Guest), "guest");
        var expected = Trap(jit);
        Assert.NotEmpty(expected.WasmTrace);
        Assert.Equal(expected.Kind, Trap(native).Kind);
        Assert.Equal(expected.WasmTrace, Trap(native).WasmTrace);

        TrapException Trap(Module module)
        {
            using var store = new Store(bench.Engine);
            var nested = new Linker().Instantiate(store, module).GetFunction<int, int>("nested");
            return Assert.Throws<TrapException>(() => nested(1 << 20));
        }
    }

    [Theory]
    [InlineData(1, 0, TrapKind.IntegerDivideByZero)]
    [InlineData(int.MinValue, -1, TrapKind.IntegerOverflow)]
    public void Trap_Division_IsOfItsKind(int left, int right, TrapKind kind)
    {
        using var bench = new Bench();
        using var store = new Store(bench.Engine);
        var divide = new Linker().Instantiate(store, bench.Compile(Bench.Binary(Guest))).GetFunction<int, int, int>("divide");
        Assert.Equal(kind, Assert.Throws<TrapException>(() => divide(left, right)).Kind);
        Assert.Equal(3, divide(7, 2));
    }

    [Fact]
    public void Recursion_WithoutEnd_ExhaustsTheStackAndNothingElse()
    {
        using var bench = new Bench();
        using var store = new Store(bench.Engine);
        var deep = new Linker().Instantiate(store, bench.Compile(Bench.Binary(Guest))).GetFunction<int>("deep");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ExhaustionKind.CallStack, Assert.Throws<ExhaustionException>(() => deep()).Kind);
        }
    }

    [Fact]
    public void Deadline_InALoop_EndsTheGuest()
    {
        using var bench = new Bench();
        using var store = new Store(bench.Engine);
        var spin = new Linker().Instantiate(store, bench.Compile(Bench.Binary(Guest))).GetAction("spin");
        store.SetDeadline(TimeSpan.FromMilliseconds(50));
        Assert.Equal(ExhaustionKind.Deadline, Assert.Throws<ExhaustionException>(spin).Kind);
    }

    [Fact]
    public void TailCalls_AMillion_NeedNoStack()
    {
        using var bench = new Bench();
        using var store = new Store(bench.Engine);
        var count = new Linker().Instantiate(store, bench.Compile(Bench.Binary(Guest))).GetFunction<long, long>("count");
        Assert.Equal(42, count(1_000_000));
    }

    [Fact]
    public void Vectors_AsParametersAndResults_Pass()
    {
        using var bench = new Bench();
        using var store = new Store(bench.Engine);
        var add = new Linker().Instantiate(store, bench.Compile(Bench.Binary(Guest))).GetFunction("vector");
        var one = Vector128.Create(1).AsByte();
        var result = add.Invoke(Value.V128(one), Value.V128(one))[0].AsV128();
        Assert.Equal(Vector128.Create(2), result.AsInt32());
    }

    [Fact]
    public void Fuel_IsCountedAsByTheJit()
    {
        using var bench = new Bench(new EngineOptions { ConsumeFuel = true });
        Assert.Equal(
            Consumed(Module.Compile(bench.Engine, Bench.Binary(Guest))), Consumed(bench.Compile(Bench.Binary(Guest))));

        long Consumed(Module module)
        {
            using var store = new Store(bench.Engine, new StoreLimits { Fuel = 10_000 });
            new Linker().Instantiate(store, module).GetFunction<long, long>("count")(100);
            return store.Fuel;
        }
    }

    [Fact]
    public void Structs_PassBetweenNativeAndOtherModules()
    {
        const string types = """(type $p (struct (field (mut i32)) (field (ref null $p))))""";
        using var bench = new Bench();
        using var store = new Store(bench.Engine);
        var maker = new Linker().Instantiate(store, bench.Compile(Bench.Binary(
            $$"""(module {{types}} (func (export "make") (param i32) (result (ref $p)) (struct.new $p (local.get 0) (ref.null $p))))""")));
        var reader = new Linker().DefineInstance("m", maker).Instantiate(store, Module.Compile(bench.Engine, Bench.Binary(
            $$"""
            (module {{types}} (import "m" "make" (func $make (param i32) (result (ref $p))))
              (func (export "read") (param i32) (result i32) (struct.get $p 0 (call $make (local.get 0)))))
            """)));
        Assert.Equal(7, reader.GetFunction<int, int>("read")(7));
    }

    [Fact]
    public void Run_NativeCode_CompilesNearlyNothing()
    {
        using var bench = new Bench();
        var functions = string.Concat(Enumerable.Range(0, 200).Select(
            i => $"""(func (export "f{i}") (param i32) (result i32) (i32.mul (local.get 0) (i32.const {i})))"""));
        using var store = new Store(bench.Engine);
        var instance = new Linker().Instantiate(store, bench.Compile(Bench.Binary($"(module {functions})")));
        instance.GetFunction("f0").Invoke(Value.I32(1));
        var before = JitInfo.GetCompiledMethodCount(currentThread: true);
        for (var i = 0; i < 200; i++) Assert.Equal(3 * i, instance.GetFunction($"f{i}").Invoke(Value.I32(3))[0].AsI32());
        Assert.InRange(JitInfo.GetCompiledMethodCount(currentThread: true) - before, 0, 20);
    }
}
