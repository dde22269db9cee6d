namespace Coffer.Tests.Compilation;

/// <summary>RyuJIT takes the flags of a rotation by a constant for those of its result; tests for zero must not.</summary>
public sealed class RotationTests
{
    private const string Text = """
        (module
          (func (export "eqz") (param i32) (result i32) (i32.eqz (i32.rotr (local.get 0) (i32.const 18))))
          (func (export "eq") (param i32) (result i32) (i32.eq (i32.rotl (local.get 0) (i32.const 3)) (i32.const 0)))
          (func (export "eq-left") (param i32) (result i32) (i32.eq (i32.const 0) (i32.rotl (local.get 0) (i32.const 3))))
          (func (export "ne") (param i32) (result i32)
            (i32.eqz (i64.ne (i64.rotl (i64.extend_i32_u (local.get 0)) (i64.const 3)) (i64.const 0))))
          (func (export "select") (param i32) (result i32)
            (select (i32.const 0) (i32.const 1) (i32.rotl (local.get 0) (i32.const 3))))
          (func (export "if") (param i32) (result i32)
            (if (result i32) (i32.rotl (local.get 0) (i32.const 3)) (then (i32.const 0)) (else (i32.const 1))))
          (func (export "br_if") (param i32) (result i32)
            (block (br_if 0 (i32.rotl (local.get 0) (i32.const 3))) (return (i32.const 1))) (i32.const 0))
          (func (export "local") (param i32) (result i32) (local i32)
            (local.set 1 (i32.rotl (local.get 0) (i32.const 3)))
            (if (result i32) (local.get 1) (then (i32.const 0)) (else (i32.const 1)))))
        """;

    [Theory]
    [InlineData("eqz")]
    [InlineData("eq")]
    [InlineData("eq-left")]
    [InlineData("ne")]
    [InlineData("select")]
    [InlineData("if")]
    [InlineData("br_if")]
    [InlineData("local")]
    public void Rotation_TestedForZero_TestsItsResult(string name)
    {
        var engine = new Engine();
        using var store = new Store(engine);
        var isZero = new Linker().Instantiate(store, Module.CompileText(engine, Text)).GetFunction<int, int>(name);
        Assert.Equal([1, 0, 0, 0], new[] { 0, 1, 4, int.MinValue }.Select(isZero));
    }
}
