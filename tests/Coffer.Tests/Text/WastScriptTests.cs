using System.Collections.Immutable;
using System.Text;
using Coffer.Text;
using Coffer.Types;

namespace Coffer.Tests.Text;

public class WastScriptTests
{
    [Fact]
    public void Parse_Directives_KeepNamesAndLines()
    {
        var script = Parse("""
            (module $a (func (export "f")))
            (module definition $d quote "(func)")
            (module instance $i $d)
            (register "r" $a)
            (invoke $a "f" (i32.const -1) (ref.null func) (ref.extern 3) (ref.host 4))
            (assert_return (get "g") (f32.const nan:canonical) (either (i64.const 1) (ref.func)))
            (assert_malformed (module quote "(") "unexpected token")
            (assert_trap (module (func)) "unreachable")
            (thread $t (shared (module $a)) (invoke "f"))
            (wait $t)
            """);
        Assert.Equal(Enumerable.Range(1, 10), script.Select(directive => directive.Line));
        Assert.Equal("a", Assert.IsType<ModuleDirective>(script[0]).Name);
        Assert.Equal("d", Assert.IsType<ModuleDefinitionDirective>(script[1]).Name);
        Assert.Equal(new ModuleInstanceDirective(3, "i", "d"), script[2]);
        Assert.Equal(new RegisterDirective(4, "r", "a"), script[3]);
        var invoke = Assert.IsType<InvokeAction>(Assert.IsType<ActionDirective>(script[4]).Action);
        Assert.Equal(
            [
                new WastValue(WastValueKind.I32, uint.MaxValue),
                new WastValue(WastValueKind.RefNull, 0, 0, HeapKind.Func),
                new WastValue(WastValueKind.RefExtern, 3),
                new WastValue(WastValueKind.RefHost, 4),
            ],
            invoke.Arguments);
        var results = Assert.IsType<AssertReturnDirective>(script[5]).Results;
        Assert.Equal(new NanPattern(WastValueKind.F32, NanClass.Canonical), results[0]);
        Assert.Equal(
            [new ConstantPattern(new WastValue(WastValueKind.I64, 1)), new ReferencePattern(WastReferenceKind.Func)],
            Assert.IsType<EitherPattern>(results[1]).Alternatives);
        Assert.IsType<AssertModuleTrapDirective>(script[7]);
        var thread = Assert.IsType<ThreadDirective>(script[8]);
        Assert.Equal(["a"], thread.Shared);
        Assert.Single(thread.Body);
    }

    [Fact]
    public void Parse_VectorPatterns_DistinguishLanes()
    {
        var script = Parse("""
            (assert_return (invoke "f")
              (v128.const f32x4 1 nan:arithmetic nan:canonical -nan)
              (v128.const i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16))
            """);
        var results = Assert.IsType<AssertReturnDirective>(script[0]).Results;
        var lanes = Assert.IsType<FloatLanesPattern>(results[0]);
        Assert.Equal(
            [
                new FloatLane(0x3F80_0000, NanClass.None), new FloatLane(0, NanClass.Arithmetic),
                new FloatLane(0, NanClass.Canonical), new FloatLane(0xFFC0_0000, NanClass.None),
            ],
            lanes.Lanes);
        Assert.True(lanes.Lanes[1].Matches(0x7FC0_0001, lanes.LaneBits));
        Assert.False(lanes.Lanes[1].Matches(0x7F80_0001, lanes.LaneBits));
        Assert.True(lanes.Lanes[2].Matches(0xFFC0_0000, lanes.LaneBits));
        Assert.False(lanes.Lanes[2].Matches(0xFFC0_0001, lanes.LaneBits));
        Assert.Equal(
            new ConstantPattern(new WastValue(WastValueKind.V128, 0x0807060504030201, 0x100F0E0D0C0B0A09)), results[1]);
    }

    [Fact]
    public void Parse_FieldsOnly_AreOneModule()
    {
        var module = Assert.IsType<ModuleDirective>(Assert.Single(Parse("(func) (memory 0)")));
        Assert.Equal(TextFormat.Parse("(func) (memory 0)"u8), module.Module.Encode());
    }

    [Fact]
    public void Encode_MalformedModule_FailsAloneWithTheScriptsLine()
    {
        var script = Parse("(module)\n(module\n  (func bogus))\n(module)");
        Assert.Equal(3, script.Length);
        var error = Assert.Throws<MalformedException>(() => ((ModuleDirective)script[1]).Module.Encode());
        Assert.Equal((3, 9), (error.Line, error.Column));
    }

    [Theory]
    [InlineData("(component)", "unknown operator component")]
    [InlineData("(assert_return)", "unexpected token")]
    [InlineData("(assert_invalid (module instance) \"x\")", "unexpected token")]
    [InlineData("(module", "unexpected token")]
    [InlineData("(invoke \"f\" (i32.const nan))", "unexpected token")]
    [InlineData("(invoke \"f\" (ref.func))", "unexpected token")]
    [InlineData("(assert_return (invoke \"f\") (v128.const f32x4 1))", "wrong number of lane literals")]
    public void Parse_Malformed_Throws(string text, string reason)
    {
        var error = Assert.Throws<MalformedException>(() => Parse(text));
        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(thread $t ", ")")]
    [InlineData("(assert_return (invoke \"f\") (either ", "))")]
    public void Parse_DeepNesting_IsRefused(string open, string close)
    {
        var inner = open.StartsWith("(thread", StringComparison.Ordinal) ? open : "(either ";
        var text = open + string.Concat(Enumerable.Repeat(inner, 100_000)) + new string(')', 100_000) + close;
        var error = Assert.Throws<MalformedException>(() => Parse(text));
        Assert.StartsWith("too many nested", error.Reason, StringComparison.Ordinal);
    }

    private static ImmutableArray<WastDirective> Parse(string text) =>
        WastScript.Parse(Encoding.UTF8.GetBytes(text)).Directives;
}
