namespace Coffer.Tests.Compilation;

/// <summary>
/// RyuJIT takes the flags of a rotation by a constant for those of its result; comparisons that come down to one with
/// zero must not, wherever the rotation comes from.
/// </summary>
public sealed class RotationTests
{
    private const string Rotation = "(i32.rotl (local.get 0) (i32.const 3))";
    private const string Shifts = "(i32.or (i32.shl (local.get 0) (i32.const 3)) (i32.shr_u (local.get 0) (i32.const 29)))";
    private const string Exclusive = "(i32.xor (i32.shr_u (local.get 0) (i32.const 29)) (i32.shl (local.get 0) (i32.const 3)))";
    private const string Product = "(i32.or (i32.mul (local.get 0) (i32.const 8)) (i32.shr_u (local.get 0) (i32.const 29)))";
    private const string Sum = "(i32.xor (i32.add (local.get 0) (local.get 0)) (i32.shr_u (local.get 0) (i32.const 31)))";
    private const string Called = "(call $rotate (local.get 0))";
    private const string Combined =
        "(call $combine (i32.shl (local.get 0) (i32.const 3)) (i32.shr_u (local.get 0) (i32.const 29)))";
    private const string Locals = """
        (local.set 1 (i32.shl (local.get 0) (i32.const 3)))
        (local.set 2 (i32.shr_u (local.get 0) (i32.const 29)))
        (i32.or (local.get 1) (local.get 2))
        """;

    // Each is 1 for zero and 0 for everything else.
    private static readonly string[] Uses =
    [
        "(i32.eqz (R))",
        "(i32.eq (R) (i32.const 0))",
        "(i32.eq (i32.const 0) (R))",
        "(i32.eqz (i32.ne (R) (i32.const 0)))",
        "(i32.eqz (i32.gt_u (R) (i32.const 0)))",
        "(i32.le_u (R) (i32.const 0))",
        "(i32.lt_u (R) (i32.const 1))",
        "(i32.eqz (i32.ge_u (R) (i32.const 1)))",
        "(i32.eqz (i32.sub (R) (i32.const 0)))",
        "(i32.eqz (i32.shl (R) (i32.const 0)))",
        "(i64.eqz (i64.extend_i32_u (R)))",
        "(i64.eqz (i64.rotl (i64.extend_i32_u (R)) (i64.const 7)))",
        "(i64.lt_u (i64.rotr (i64.extend_i32_u (R)) (i64.const 7)) (i64.const 1))",
        "(select (i32.const 0) (i32.const 1) (R))",
        "(if (result i32) (R) (then (i32.const 0)) (else (i32.const 1)))",
        "(block (br_if 0 (R)) (return (i32.const 1))) (i32.const 0)",
        "(local.set 1 (R)) (if (result i32) (local.get 1) (then (i32.const 0)) (else (i32.const 1)))",
        "(i32.eqz (block (result i32) (R)))",
        "(i32.store (i32.const 0) (R)) (i32.eqz (i32.load (i32.const 0)))",
    ];

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var rotation in new[] { Rotation, Shifts, Exclusive, Product, Sum, Called, Combined, Locals })
        {
            foreach (var use in Uses) cases.Add(rotation, use);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rotation_ComparedWithZero_ComparesItsResult(string rotation, string use)
    {
        var engine = new Engine();
        using var store = new Store(engine);
        var module = Module.CompileText(engine, $"""
            (module
              (memory 1)
              (func $rotate (param i32) (result i32) (i32.rotr (local.get 0) (i32.const 18)))
              (func $combine (param i32 i32) (result i32) (i32.or (local.get 0) (local.get 1)))
              (func (export "isZero") (param i32) (result i32) (local i32 i32)
                {use.Replace("(R)", rotation, StringComparison.Ordinal)}))
            """);
        var isZero = new Linker().Instantiate(store, module).GetFunction<int, int>("isZero");
        Assert.Equal([1, 0, 0, 0], new[] { 0, 1, 4, int.MinValue }.Select(isZero));
    }

    /// <summary>
    /// Behind a loop that calls, RyuJIT saw through an "and" with a constant of all ones. The flags here are those of the
    /// comparison before, which says that the global is not zero.
    /// </summary>
    [Fact]
    public void Rotation_BehindALoopWithACall_ComparesItsResult()
    {
        var engine = new Engine();
        using var store = new Store(engine);
        var module = Module.CompileText(engine, """
            (module
              (memory 1)
              (global $skip (mut i32) (i32.const 5))
              (func (export "isZero") (result i32) (local i64)
                block
                  block
                    (br_if 0 (global.get $skip))
                    loop
                      i32.const 0
                      (local.tee 0 (i64.const 0))
                      i64.atomic.rmw16.or_u offset=16
                      (global.set $skip (i64.ge_s (i64.const 0)))
                      (br_if 0 (i32.const 1))
                    end
                  end
                  (select (result i32) (i32.load8_u offset=96 (i32.const 0)) (i32.const 0) (global.get $skip))
                  (br_if 0 (i32.rotl (i32.const 7)))
                  (return (i32.const 1))
                end
                (i32.const 0)))
            """);
        Assert.Equal(1, new Linker().Instantiate(store, module).GetFunction<int>("isZero")());
    }
}
