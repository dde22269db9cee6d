using Coffer.Types;

namespace Coffer.Tests.Hostile;

/// <summary>Tail calls run in constant stack in every form (specification, section 4.6.11).</summary>
public static class TailCallCases
{
    private const int Rounds = 3_000_000;

    private static void MustReturn(string text, Linker? linker = null, int rounds = Rounds)
    {
        var instance = Guest.Load(text, linker);
        var run = instance.GetFunction<int, int>("run");
        Assert.Equal(7, run(rounds));
        Guest.OnSmallStack(512 << 10, () => Assert.Equal(7, run(rounds)));
    }

    public static void Direct() => MustReturn("""
        (module
          (func $f (export "run") (param i32) (result i32)
            (if (result i32) (local.get 0)
              (then (return_call $f (i32.sub (local.get 0) (i32.const 1))))
              (else (i32.const 7)))))
        """);

    public static void DirectWithACallBefore() => MustReturn("""
        (module
          (func $nothing (param i32))
          (func $f (export "run") (param i32) (result i32)
            (call $nothing (local.get 0))
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call $f (i32.sub (local.get 0) (i32.const 1)))))
        """);

    public static void Mutual() => MustReturn("""
        (module
          (func $f (export "run") (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call $g (i64.const 1) (f64.const 2) (local.get 0)))
          (func $g (param i64 f64 i32) (result i32)
            (return_call $f (i32.sub (local.get 2) (i32.const 1)))))
        """);

    /// <summary>The callee's arguments need more stack than the caller's.</summary>
    public static void MoreArguments()
    {
        const int count = 40;
        MustReturn($$"""
            (module
              (func $f (export "run") (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
                (return_call $g (local.get 0) {{Guest.Repeat("(i64.const 5) ", count)}} {{Guest.Repeat("(f64.const 5) ", count)}}))
              (func $g (param i32) (param {{Guest.Repeat("i64 ", count)}}) (param {{Guest.Repeat("f64 ", count)}}) (result i32)
                (if (i64.ne (local.get {{count}}) (i64.const 5)) (then (unreachable)))
                (return_call $f (i32.sub (local.get 0) (i32.const 1)))))
            """, rounds: 300_000);
    }

    public static void ThroughTable() => MustReturn("""
        (module
          (type $t (func (param i32) (result i32)))
          (table funcref (elem $f))
          (func $f (export "run") (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))
        """);

    public static void ThroughReference() => MustReturn("""
        (module
          (type $t (func (param i32) (result i32)))
          (elem declare func $f)
          (func $f (export "run") (type $t)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call_ref $t (i32.sub (local.get 0) (i32.const 1)) (ref.func $f))))
        """);

    public static void SeveralResults() => MustReturn("""
        (module
          (func $f (param i32) (result i32 i64)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7) (i64.const 8))))
            (return_call $f (i32.sub (local.get 0) (i32.const 1))))
          (func (export "run") (param i32) (result i32) (call $f (local.get 0)) (drop)))
        """);

    public static void ManyResults() => MustReturn("""
        (module
          (func $f (param i32) (result i32 i64 i32 i64 i32 i64 i32 i64 i32)
            (if (i32.eqz (local.get 0)) (then (return
              (i32.const 7) (i64.const 8) (i32.const 7) (i64.const 8) (i32.const 7)
              (i64.const 8) (i32.const 7) (i64.const 8) (i32.const 7))))
            (return_call $f (i32.sub (local.get 0) (i32.const 1))))
          (func (export "run") (param i32) (result i32)
            (call $f (local.get 0)) (drop) (drop) (drop) (drop) (drop) (drop) (drop) (drop)))
        """);

    public static void VectorArguments() => MustReturn("""
        (module
          (func $f (param i32 v128 v128) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call $g (local.get 1) (i32.sub (local.get 0) (i32.const 1)) (local.get 2)))
          (func $g (param v128 i32 v128) (result i32)
            (return_call $f (local.get 1) (local.get 2) (local.get 0)))
          (func (export "run") (param i32) (result i32)
            (call $f (local.get 0) (v128.const i64x2 1 2) (v128.const i64x2 3 4))))
        """);

    public static void OutOfHandler() => MustReturn("""
        (module
          (func $f (export "run") (param i32) (result i32)
            (block $caught
              (try_table (catch_all $caught)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
                (return_call $f (i32.sub (local.get 0) (i32.const 1)))))
            (i32.const 0)))
        """, rounds: 1_000_000);

    public static void WithValuesLeftBehind() => MustReturn("""
        (module
          (func $f (export "run") (param i32) (result i32)
            (i64.const 1) (f32.const 2)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call $f (i32.sub (local.get 0) (i32.const 1)))))
        """);

    public static void WithLargeFrame()
    {
        const int locals = 3_000;
        MustReturn($$"""
            (module
              (func $nothing (param i64))
              (func $f (export "run") (param i32) (result i32)
                (local {{Guest.Repeat("i64 ", locals)}})
                {{string.Concat(Enumerable.Range(1, locals).Select(i => $"(local.set {i} (i64.extend_i32_u (local.get 0)))"))}}
                (call $nothing (local.get 1))
                {{string.Concat(Enumerable.Range(1, locals).Select(i => $"(call $nothing (local.get {i}))"))}}
                (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
                (return_call $f (i32.sub (local.get 0) (i32.const 1)))))
            """, rounds: 3_000);
    }

    public static void AcrossModules()
    {
        var engine = Guest.Default;
        using var store = new Store(engine);
        var linker = new Linker();
        linker.Define("m", "table", new Table(
            store, new TableType(ValueType.FuncRef, new Limits(1, 1)), Value.Reference(null)));
        var first = linker.Instantiate(store, Module.CompileText(engine, """
            (module
              (import "m" "table" (table 1 funcref))
              (type $t (func (param i32) (result i32)))
              (func (export "back") (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
                (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))
            """));
        linker.DefineInstance("first", first);
        var second = linker.Instantiate(store, Module.CompileText(engine, """
            (module
              (import "m" "table" (table 1 funcref))
              (import "first" "back" (func $back (param i32) (result i32)))
              (func $f (export "run") (param i32) (result i32) (return_call $back (local.get 0)))
              (elem (i32.const 0) $f))
            """));
        Assert.Equal(7, second.GetFunction<int, int>("run")(Rounds));
    }

    /// <summary>A host function in tail position is called like any other.</summary>
    public static void ToHost()
    {
        var linker = new Linker().DefineFunction("host", "last", (int value) => value + 1);
        var instance = Guest.Load("""
            (module
              (import "host" "last" (func $last (param i32) (result i32)))
              (func (export "run") (param i32) (result i32) (return_call $last (local.get 0))))
            """, linker);
        Assert.Equal(7, instance.GetFunction<int, int>("run")(6));
    }

    public static void DeadlineEndsALoopOfTailCalls()
    {
        foreach (var text in new[]
        {
            "(module (func $f (export \"run\") (return_call $f)))",
            "(module (type $t (func)) (table funcref (elem $f)) (func $f (export \"run\") (return_call_indirect (type $t) (i32.const 0))))",
            "(module (type $t (func)) (elem declare func $f) (func $f (export \"run\") (return_call_ref $t (ref.func $f))))",
        })
        {
            var instance = Guest.Load(text);
            instance.Store.SetDeadline(TimeSpan.FromMilliseconds(50));
            Guest.Within(TimeSpan.FromSeconds(5), () => Guest.Exhausts(ExhaustionKind.Deadline, instance.GetAction("run")));
        }
    }
}
