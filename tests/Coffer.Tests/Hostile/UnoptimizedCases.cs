using System.Text;

namespace Coffer.Tests.Hostile;

/// <summary>
/// Recursion through functions whose frames are large where the JIT compiler does not optimize them: it keeps each value that
/// waits for a call in a place of its own then. The sizes lie on both sides of what it optimizes when it has no tiers.
/// </summary>
public static class UnoptimizedCases
{
    private static readonly int[] Sizes = [60, 250, 500, 1_000, 4_000];

    private static void MustExhaust(string body, string others = "")
    {
        var run = Guest.Load($$"""
            (module
              (memory 1)
              {{others}}
              (func $identity (param i32) (result i32) (local.get 0))
              (func $vectors (param v128) (result v128) (local.get 0))
              (func $f (param i32) (result i32) (local $v v128) (local $l i64)
                (if (i32.eqz (local.get 0)) (then (return (call $f (i32.const 0)))))
                {{body}})
              (func (export "run") (drop (call $f (i32.const 0)))))
            """).GetAction("run");
        for (var i = 0; i < 3; i++) Guest.Exhausts(ExhaustionKind.CallStack, run);
        Guest.OnSmallStack(1 << 20, () => Guest.Exhausts(ExhaustionKind.CallStack, run));
        Guest.OnSmallStack(16 << 20, () => Guest.Exhausts(ExhaustionKind.CallStack, run));
    }

    public static void WithNumbersThatWait()
    {
        foreach (var size in Sizes)
        {
            MustExhaust("(i32.const 0)" + Waiting("(i32.load (local.get 0))", "(call $identity (local.get 0))", "i32.add ", size));
        }
    }

    public static void WithVectorsThatWait()
    {
        foreach (var size in Sizes)
        {
            MustExhaust("(local.get $v)" + Waiting("(v128.load (local.get 0))", "(call $vectors (local.get $v))", "i32x4.add ", size)
                + "(i32x4.extract_lane 0)");
        }
    }

    public static void WithManyResults()
    {
        foreach (var size in Sizes)
        {
            MustExhaust(
                Guest.Repeat("(call $seven) drop drop drop drop drop drop drop ", size) + "(i32.const 1)",
                $"(func $seven (result {Guest.Repeat("v128 ", 7)}) {Guest.Repeat("(v128.const i64x2 1 2)", 7)})");
        }
    }

    public static void WithDivisionsAndConversions()
    {
        foreach (var size in Sizes)
        {
            MustExhaust("(local.get $l)" + Guest.Repeat(
                "(i64.rotl (i64.const 3)) (i64.div_s (i64.load (local.get 0))) (i64.add (i64.trunc_sat_f64_s (f64.nearest (f64.load (local.get 0)))))",
                size) + "i32.wrap_i64");
        }
    }

    public static void WithIndirectCalls()
    {
        foreach (var size in Sizes)
        {
            MustExhaust("(i32.const 0)" + Guest.Repeat(
                "(call_indirect (type $t) (i32.load (local.get 0)) (i32.load (local.get 0))) i32.add ", size),
                "(type $t (func (param i32) (result i32))) (table 1 funcref)");
        }
    }

    public static void WithAtomicsAndSelections()
    {
        foreach (var size in Sizes)
        {
            MustExhaust("(i32.const 0)" + Guest.Repeat(
                "(select (i32.load (local.get 0)) (i32.load offset=8 (local.get 0)) (i32.load offset=4 (local.get 0))) "
                + "(i32.atomic.rmw.add (local.get 0) (i32.const 1)) i32.add i32.add memory.size i32.add ", size));
        }
    }

    public static void WithManyParameters()
    {
        foreach (var type in new[] { "i64", "v128" })
        {
            var zero = type == "i64" ? "(i64.const 0)" : "(v128.const i64x2 0 0)";
            MustExhaust(
                $"(call $many {Guest.Repeat(zero, 900)})",
                $"(func $many (param {Guest.Repeat(type + " ", 900)}) (result i32) (call $f (i32.const 0)))");
        }
    }

    /// <summary>Each frame begins before the code is optimized, and goes on in a frame of optimized code on top.</summary>
    public static void AfterALoop() => MustExhaust(
        "(call $g (i32.const 1))",
        """
        (func $g (param i32) (result i32) (local i32)
          (loop $next (br_if $next (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 3000))))
          (i32.add (call $g (i32.const 1)) (local.get 1)))
        """);

    // Values pile up before each call, as far as expressions may become deep.
    private static string Waiting(string value, string call, string join, int count)
    {
        const int height = 60;
        var text = new StringBuilder();
        for (var left = count; left > 0; left -= height)
        {
            var now = Math.Min(height, left);
            text.Append(Guest.Repeat(value, now)).Append(call).Append(Guest.Repeat(join, now + 1));
        }

        return text.ToString();
    }
}
