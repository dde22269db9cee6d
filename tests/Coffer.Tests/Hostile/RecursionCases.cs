using Coffer.Types;

namespace Coffer.Tests.Hostile;

/// <summary>Recursion without end, in every form of call: the guest's stack ends, the host's does not.</summary>
public static class RecursionCases
{
    private static void MustExhaust(string text, string export = "run", Linker? linker = null)
    {
        var instance = Guest.Load(text, linker);
        var run = instance.GetAction(export);
        for (var i = 0; i < 3; i++) Guest.Exhausts(ExhaustionKind.CallStack, run);
        Guest.OnSmallStack(512 << 10, () => Guest.Exhausts(ExhaustionKind.CallStack, run));
        Guest.OnSmallStack(16 << 20, () => Guest.Exhausts(ExhaustionKind.CallStack, run));
        Guest.Exhausts(ExhaustionKind.CallStack, run);
    }

    public static void Direct() => MustExhaust("(module (func $f (export \"run\") (call $f)))");

    public static void Mutual() => MustExhaust(
        "(module (func $f (export \"run\") (call $g (i64.const 1) (f64.const 2))) (func $g (param i64 f64) (call $f)))");

    public static void WithArgumentsAndResults() => MustExhaust("""
        (module
          (func $f (param i32 i64 f32 f64 i32 i64 f32 f64 i32 i64) (result i64)
            (i64.add (i64.const 1) (call $f
              (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
              (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9))))
          (func (export "run") (drop (call $f
            (i32.const 0) (i64.const 0) (f32.const 0) (f64.const 0) (i32.const 0)
            (i64.const 0) (f32.const 0) (f64.const 0) (i32.const 0) (i64.const 0)))))
        """);

    public static void ThroughTable() => MustExhaust("""
        (module
          (type $t (func))
          (table funcref (elem $f))
          (func $f (export "run") (call_indirect (type $t) (i32.const 0))))
        """);

    public static void ThroughReference() => MustExhaust("""
        (module
          (type $t (func (param (ref null func))))
          (elem declare func $f)
          (func $f (type $t) (call_ref $t (local.get 0) (ref.func $f)))
          (func (export "run") (call $f (ref.null func))))
        """);

    public static void ThroughHost()
    {
        Action? again = null;
        var linker = new Linker().DefineFunction("host", "again", () => again!());
        var instance = Guest.Load(
            "(module (import \"host\" \"again\" (func $again)) (func (export \"run\") (call $again)))", linker);
        again = instance.GetAction("run");
        for (var i = 0; i < 3; i++) Guest.Exhausts(ExhaustionKind.CallStack, again);
        Guest.OnSmallStack(512 << 10, () => Guest.Exhausts(ExhaustionKind.CallStack, again));
    }

    public static void ThroughHostUntyped()
    {
        FuncRef? again = null;
        var linker = new Linker().DefineFunction("host", "again", (Caller caller) => { caller.Instance.GetFunction("run").Invoke(); });
        var instance = Guest.Load(
            "(module (import \"host\" \"again\" (func $again)) (func (export \"run\") (call $again)))", linker);
        again = instance.GetFunction("run");
        for (var i = 0; i < 3; i++) Guest.Exhausts(ExhaustionKind.CallStack, () => again.Invoke());
    }

    public static void ThroughStartFunction()
    {
        var module = Module.CompileText(Guest.Default, "(module (func $f (call $f)) (start $f))");
        for (var i = 0; i < 3; i++)
        {
            using var store = new Store(Guest.Default);
            Guest.Exhausts(ExhaustionKind.CallStack, () => new Linker().Instantiate(store, module));
        }
    }

    public static void ThroughInstantiationByHost()
    {
        // Each instance's start function makes the host instantiate the module again.
        var engine = Guest.Default;
        var linker = new Linker();
        var module = Module.CompileText(engine, "(module (import \"host\" \"again\" (func $again)) (start $again))");
        var store = new Store(engine);
        linker.DefineFunction("host", "again", () => { linker.Instantiate(store, module); });
        var thrown = Assert.Throws<ExhaustionException>(() => linker.Instantiate(store, module));
        Assert.True(thrown.Kind is ExhaustionKind.CallStack or ExhaustionKind.StoreLimit, thrown.Message);
    }

    public static void AcrossModules()
    {
        var engine = Guest.Default;
        using var store = new Store(engine);
        var linker = new Linker();
        linker.Define("m", "table", new Table(
            store, new TableType(ValueType.FuncRef, new Limits(2, 2)), Value.Reference(null)));
        const string text = """
            (module
              (import "m" "table" (table 2 funcref))
              (type $t (func))
              (func $f (export "run") (call_indirect (type $t) (i32.const OTHER)))
              (elem (i32.const OWN) $f))
            """;
        linker.Instantiate(store, Module.CompileText(engine, text.Replace("OTHER", "1").Replace("OWN", "0")));
        var second = linker.Instantiate(store, Module.CompileText(engine, text.Replace("OTHER", "0").Replace("OWN", "1")));
        for (var i = 0; i < 3; i++) Guest.Exhausts(ExhaustionKind.CallStack, second.GetAction("run"));
    }

    public static void ThroughHandlers() => MustExhaust("""
        (module
          (tag $e)
          (func $f (export "run")
            (block $caught (try_table (catch_all $caught) (call $f) (throw $e)))))
        """);

    /// <summary>A handler that starts the recursion again at its deepest point.</summary>
    public static void FromHandlerNearTheEnd() => MustExhaust("""
        (module
          (tag $e)
          (func $f (param i32)
            (block $caught
              (try_table (catch_all $caught)
                (if (i32.eqz (local.get 0)) (then (throw $e)))
                (call $f (i32.sub (local.get 0) (i32.const 1)))))
            (call $f (i32.const 3)))
          (func (export "run") (call $f (i32.const 100))))
        """);

    /// <summary>Frames of about 12 KiB, below what a stub would check for, and of 60 KiB and 300 KiB, above it.</summary>
    public static void LargeFrames()
    {
        foreach (var locals in new[] { 1_500, 7_500, 40_000 })
        {
            var text = $$"""
                (module
                  (func $f (param i64) (result i64)
                    (local {{Guest.Repeat("i64 ", locals)}})
                    {{string.Concat(Enumerable.Range(1, locals).Select(i => $"(local.set {i} (i64.add (local.get {i - 1}) (i64.const {i})))"))}}
                    (i64.add (call $g (local.get {{locals}})) {{Sum(locals)}}))
                  (func $g (param i64) (result i64) (i64.add (call $f (local.get 0)) (i64.const 1)))
                  (func (export "run") (drop (call $f (i64.const 0)))))
                """;
            MustExhaust(text);
        }
    }

    // All locals are needed after the call, so that none shares its place in the frame.
    private static string Sum(int locals)
    {
        var sum = new System.Text.StringBuilder("(i64.const 0)");
        for (var i = 1; i <= locals; i++) sum.Append($"(local.get {i})(i64.xor)");
        return sum.ToString()["(i64.const 0)".Length..] is var tail ? $"(block (result i64) (i64.const 0){tail})" : "";
    }

    public static void LargeVectorFrames()
    {
        const int locals = 900;
        MustExhaust($$"""
            (module
              (func $f (param v128) (result v128)
                (local {{Guest.Repeat("v128 ", locals)}})
                {{string.Concat(Enumerable.Range(1, locals).Select(i => $"(local.set {i} (i8x16.add (local.get {i - 1}) (local.get 0)))"))}}
                (call $f (local.get {{locals}}))
                {{string.Concat(Enumerable.Range(1, locals).Select(i => $"(local.get {i})(v128.xor)"))}})
              (func (export "run") (drop (call $f (v128.const i64x2 0 0)))))
            """);
    }

    /// <summary>Near the end of the stack a function is called for the first time, so that the JIT compiler runs there.</summary>
    public static void FirstCallNearTheEnd()
    {
        var body = new System.Text.StringBuilder();
        for (var i = 0; i < 1_000; i++) body.Append("(local.set 1 (i32.add (i32.mul (local.get 0) (i32.const 3)) (local.get 1)))(block (br_if 0 (local.get 1)))");
        var bodies = string.Concat(Enumerable.Range(0, 40).Select(i => $"(func $h{i} (param i32) (local i32) {Guest.Repeat("(block ", 200)}{body}{Guest.Repeat(")", 200)})"));
        var calls = string.Concat(Enumerable.Range(0, 40).Select(i => $"(if (i32.eq (local.get 0) (i32.const {i})) (then (call $h{i} (local.get 0))))"));
        MustExhaust($$"""
            (module
              (global $n (mut i32) (i32.const 0))
              {{bodies}}
              (func $pick (param i32) {{calls}})
              (func $f (param i32)
                ;; Every depth from some hundred frames above the end down calls another function first.
                (global.set $n (i32.add (global.get $n) (i32.const 1)))
                (call $pick (i32.rem_u (global.get $n) (i32.const 40)))
                (call $f (local.get 0)))
              (func (export "run") (call $f (i32.const 0))))
            """);
    }

    public static void ThreadWithAReusedId()
    {
        var run = Guest.Load("(module (func $f (export \"run\") (call $f)))").GetAction("run");
        for (var i = 0; i < 50; i++)
        {
            Guest.OnSmallStack(i % 2 == 0 ? 8 << 20 : 512 << 10, () => Guest.Exhausts(ExhaustionKind.CallStack, run));
        }
    }
}
