namespace Coffer.Tests.Compilation;

public sealed class GcCastTests
{
    private const string Types = """
        (type $a (sub (struct (field i32))))
        (type $b (sub $a (struct (field i32) (field i32))))
        (type $f (sub final $a (struct (field i32) (field f32))))
        (type $v (array i32))
        (type $w (sub final (array i8)))
        (type $fn (sub (func)))
        (type $gn (sub final $fn (func)))
        """;

    private static readonly string[] Values =
    [
        "(ref.null none)", "(ref.i31 (i32.const 5))", "(struct.new_default $a)", "(struct.new_default $b)", "(struct.new_default $f)",
        "(array.new_default $v (i32.const 1))", "(array.new_default $w (i32.const 1))", "(any.convert_extern (local.get 0))",
    ];

    // For each target, a letter for each of the values: whether it is one of them, null apart.
    [Theory]
    [InlineData("any", ".1111111")]
    [InlineData("eq", ".111111.")]
    [InlineData("i31", ".1......")]
    [InlineData("struct", "..111...")]
    [InlineData("array", ".....11.")]
    [InlineData("$a", "..111...")]
    [InlineData("$b", "...1....")]
    [InlineData("$f", "....1...")]
    [InlineData("$v", ".....1..")]
    [InlineData("$w", "......1.")]
    [InlineData("none", "........")]
    public void TestCastAndBranch_EveryValue_AgreeWithTheTypes(string target, string expected)
    {
        for (var i = 0; i < Values.Length; i++)
        {
            Check("any", "externref", Values[i], target, expected[i] == '1', isNull: i == 0);
        }
    }

    // The same where validation knows that the value is null or a struct.
    [Theory]
    [InlineData("$a", "$a", "..111")]
    [InlineData("$a", "$b", "...1.")]
    [InlineData("$a", "$f", "....1")]
    [InlineData("struct", "$b", "...1.")]
    [InlineData("eq", "$f", "....1")]
    [InlineData("$a", "none", ".....")]
    public void TestCastAndBranch_KnownSource_AgreeWithTheTypes(string source, string target, string expected)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (i != 1) Check(source, "externref", Values[i], target, expected[i] == '1', isNull: i == 0);
        }
    }

    [Theory]
    [InlineData("func", ".11")]
    [InlineData("$fn", ".11")]
    [InlineData("$gn", "..1")]
    [InlineData("nofunc", "...")]
    public void TestCastAndBranch_Functions_AgreeWithTheTypes(string target, string expected)
    {
        string[] values = ["(ref.null nofunc)", "(ref.func $one)", "(ref.func $two)"];
        for (var i = 0; i < values.Length; i++)
        {
            Check("func", "externref", values[i], target, expected[i] == '1', isNull: i == 0);
        }
    }

    private static void Check(string source, string parameter, string value, string target, bool isInstance, bool isNull)
    {
        foreach (var nullable in new[] { false, true })
        {
            var type = nullable ? $"(ref null {target})" : $"(ref {target})";
            var run = new GcProgram().Add($"""
                (module {Types}
                  (func $one (type $fn)) (func $two (type $gn)) (elem declare func $one $two)
                  (func $value (param {parameter}) (result (ref null {source})) {value})
                  (func (export "test") (param {parameter}) (result i32) (ref.test {type} (call $value (local.get 0))))
                  (func (export "cast") (param {parameter}) (result i32)
                    (drop (ref.cast {type} (call $value (local.get 0)))) (i32.const 1))
                  (func (export "branch") (param {parameter}) (result i32)
                    (block $yes (result {type})
                      (drop (br_on_cast $yes (ref null {source}) {type} (call $value (local.get 0))))
                      (return (i32.const 0)))
                    (drop) (i32.const 1))
                  (func (export "fail") (param {parameter}) (result i32)
                    (block $no (result (ref null {source}))
                      (drop (br_on_cast_fail $no (ref null {source}) {type} (call $value (local.get 0))))
                      (return (i32.const 1)))
                    (drop) (i32.const 0)))
                """);
            var expected = (isNull ? nullable : isInstance) ? 1 : 0;
            var host = Value.Reference(new object());
            var label = $"{value} to {type}";
            Assert.True(expected == run.GetFunction("test").Invoke(host)[0].AsI32(), "test " + label);
            Assert.True(expected == run.GetFunction("branch").Invoke(host)[0].AsI32(), "branch " + label);
            Assert.True(expected == run.GetFunction("fail").Invoke(host)[0].AsI32(), "fail " + label);
            var cast = run.GetFunction("cast");
            if (expected == 1) Assert.Equal(1, cast.Invoke(host)[0].AsI32());
            else Assert.Equal(TrapKind.CastFailure, Assert.Throws<TrapException>(() => cast.Invoke(host)).Kind);
        }
    }

    [Fact]
    public void RefEq_EqualScalars_AreEqualUnlessObjects()
    {
        var result = GcProgram.Run("""
            (module (type $t (struct))
              (func (export "run") (result i32) (local $x (ref null $t))
                (local.set $x (struct.new $t))
                (ref.eq (ref.i31 (i32.const 0x12345678)) (ref.i31 (i32.const 0x92345678)))
                (i32.add (i32.mul (i32.const 10) (ref.eq (local.get $x) (local.get $x))))
                (i32.add (i32.mul (i32.const 100) (ref.eq (struct.new $t) (struct.new $t))))
                (i32.add (i32.mul (i32.const 1000) (ref.eq (ref.null eq) (ref.null none))))))
            """);

        Assert.Equal(1011, result.AsI32());
    }

    [Fact]
    public void I31Get_Null_Traps() => Assert.Equal(TrapKind.NullI31Reference, GcProgram.Trap(
        """(module (func (export "run") (result i32) (i31.get_u (ref.null i31))))"""));

    [Fact]
    public void ConvertExtern_HostObject_ComesBack()
    {
        var host = new object();
        var result = GcProgram.Run("""
            (module (func (export "run") (param externref) (result externref)
              (extern.convert_any (any.convert_extern (local.get 0)))))
            """, Value.Reference(host));

        Assert.Same(host, result.AsReference());
    }

    // As deep as a function can be that RyuJIT still optimizes; its recursion would end the process.
    [Fact]
    public void Prepare_DeepExpression_Compiles()
    {
        var code = string.Concat(Enumerable.Repeat("i31.get_s ref.i31 ", 5_500));
        var module = Module.CompileText(
            new Engine(), $"""(module (func (export "run") (ref.i31 (i32.const 5)) {code} (drop)))""");

        module.Prepare(1, TestContext.Current.CancellationToken);

        Assert.Single(module.Exports);
    }
}
