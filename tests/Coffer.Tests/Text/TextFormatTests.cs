using System.Text;
using Coffer.Text;

namespace Coffer.Tests.Text;

public class TextFormatTests
{
    private static readonly byte[] Header = [.. "\0asm\u0001\0\0\0"u8];

    [Theory]
    [InlineData("", "")]
    [InlineData("(module)", "")]
    [InlineData("(module $m)", "")]
    [InlineData("(type (func)) (func (type 0))", "01 04 01 60 00 00 03 02 01 00 0a 04 01 02 00 0b")]
    [InlineData("(memory 1 2)", "05 04 01 01 01 02")]
    [InlineData("(memory i64 1 2 shared)", "05 04 01 07 01 02")]
    [InlineData("(memory 0 (pagesize 1))", "05 04 01 08 00 00")]
    [InlineData("(memory (data \"ab\" \"c\"))", "05 04 01 01 01 01 0b 09 01 00 41 00 0b 03 61 62 63")]
    [InlineData("(memory (pagesize 1) (data \"abc\"))", "05 05 01 09 03 03 00 0b 09 01 00 41 00 0b 03 61 62 63")]
    [InlineData("(table 1 funcref)", "04 04 01 70 00 01")]
    [InlineData("(table i64 1 2 (ref null extern))", "04 05 01 6f 05 01 02")]
    [InlineData("(table 1 (ref func) (ref.func 0))", "04 0a 01 40 00 64 70 00 01 d2 00 0b")]
    [InlineData("(global (mut i64) (i64.const -1))", "06 06 01 7e 01 42 7f 0b")]
    [InlineData("(import \"a\" \"b\" (memory 1))", "02 08 01 01 61 01 62 02 00 01")]
    [InlineData(
        "(memory $m (export \"x\") (import \"a\" \"b\") 1)", "02 08 01 01 61 01 62 02 00 01 07 05 01 01 78 02 00")]
    [InlineData("(tag (param i32))", "01 05 01 60 01 7f 00 0d 03 01 00 00")]
    [InlineData("(type (sub (struct (field i8) (field $f (mut i32)))))", "01 09 01 50 00 5f 02 78 00 7f 01")]
    [InlineData("(type (sub final (array (ref null 0))))", "01 05 01 5e 63 00 00")]
    [InlineData("(rec (type $a (func)) (type (sub final $a (func))))", "01 0c 01 4e 02 60 00 00 4f 01 00 60 00 00")]
    [InlineData("(memory 1) (data \"a\")", "05 03 01 00 01 0b 04 01 01 01 61")]
    public void Parse_Fields_EncodesSections(string text, string expected) =>
        Assert.Equal(Convert.ToHexString([.. Header, .. Bytes(expected)]), Convert.ToHexString(Parse(text)));

    [Theory]
    [InlineData("i32.const 1 drop", "41 01 1a")]
    [InlineData("(drop (i32.add (i32.const 1) (i32.const 2)))", "41 01 41 02 6a 1a")]
    [InlineData("block $a (br $a) end $a", "02 40 0c 00 0b")]
    [InlineData("(block (result i32) i32.const 0) drop", "02 7f 41 00 0b 1a")]
    [InlineData("(if (i32.const 1) (then nop) (else))", "41 01 04 40 01 05 0b")]
    [InlineData("(if $x (result i32) (i32.const 1) (then (br $x (i32.const 2))) (else (i32.const 3))) drop",
        "41 01 04 7f 41 02 0c 00 05 41 03 0b 1a")]
    [InlineData("(block $a (block $a (br $a)) (br $a))", "02 40 02 40 0c 00 0b 0c 00 0b")]
    [InlineData("(try (do nop) (catch_all nop))", "06 40 01 19 01 0b")]
    [InlineData("(block $o (try $t (do nop) (delegate $o)))", "02 40 06 40 01 18 00 0b")]
    [InlineData("try catch_all end", "06 40 19 0b")]
    [InlineData("(block $o (try_table $t (catch_all $o) (br $t)))", "02 40 1f 40 01 02 00 0c 00 0b 0b")]
    [InlineData("(br_table 0 1 2 (i32.const 0))", "41 00 0e 02 00 01 02")]
    [InlineData("(drop (i32.load (i32.const 0)))", "41 00 28 02 00 1a")]
    [InlineData("(drop (i32.load $n offset=8 align=1 (i32.const 0)))", "41 00 28 40 01 08 1a")]
    [InlineData("(memory.copy $n $m (i32.const 0) (i32.const 0) (i32.const 0))", "41 00 41 00 41 00 fc 0a 01 00")]
    [InlineData("memory.size $n drop", "3f 01 1a")]
    [InlineData("v128.load8_lane 1 offset=2 3", "fd 54 40 01 02 03")]
    [InlineData("v128.load8_lane 1 3", "fd 54 40 01 00 03")]
    [InlineData("v128.load8_lane 3 drop", "fd 54 00 00 03 1a")]
    [InlineData("select (result i32)", "1c 01 7f")]
    [InlineData("select", "1b")]
    [InlineData("ref.test (ref func)", "fb 14 70")]
    [InlineData("ref.test funcref", "fb 15 70")]
    [InlineData("ref.cast (ref null 3)", "fb 17 03")]
    [InlineData("br_on_cast 0 anyref (ref i31)", "fb 18 01 00 6e 6c")]
    [InlineData("table.init $u $e table.init $e", "fc 0c 00 01 fc 0c 00 00")]
    [InlineData("atomic.fence", "fe 03 00")]
    [InlineData("f32.const nan:0x1", "43 01 00 80 7f")]
    [InlineData("call_indirect $u (type $v)", "11 00 01")]
    public void Parse_Instructions_EncodesThem(string text, string expected)
    {
        const string Others =
            "(type $v (func)) (memory $m 1) (memory $n 1) (table $t 1 funcref) (table $u 1 funcref) (elem $e func)";
        var body = Bytes(expected);
        byte[] tail = [0x0A, (byte)(body.Length + 4), 1, (byte)(body.Length + 2), 0, .. body, 0x0B];
        var actual = Convert.ToHexString(Parse($"{Others} (func {text})"));
        Assert.EndsWith(Convert.ToHexString(tail), actual, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ImplicitTypes_FollowExplicitOnesInOrder()
    {
        var bytes = Parse("""
            (func (result f64) (block (param i64 i64) drop drop) f64.const 0)
            (func (param i32))
            (func (param i64 i64))
            (type (sub (func (result f64))))
            (type (func (param i32)))
            """);
        Assert.Equal(
            "01 14 04 50 00 60 00 01 7C 60 01 7F 00 60 00 01 7C 60 02 7E 7E 00 03 04 03 02 01 03",
            BitConverter.ToString(bytes, 8, 28).Replace('-', ' '));
    }

    [Theory]
    [InlineData("(memory 1) (data \"a\") (func)", "0C0101", false)]
    [InlineData("(memory 1) (data \"a\") (func data.drop 0)", "0C0101", true)]
    [InlineData("(memory 1) (func data.drop 0)", "0C0100", true)]
    public void Parse_DataCount_IsThereExactlyWhenNeeded(string text, string section, bool expected) =>
        Assert.Equal(expected, Convert.ToHexString(Parse(text)).Contains(section, StringComparison.Ordinal));

    [Theory]
    [InlineData("(func) (func (drop (call $f)))", "unknown function $f", 1, 26)]
    [InlineData("(func\n  bogus)", "unknown operator bogus", 2, 3)]
    [InlineData("(func", "unexpected token", 1, 6)]
    [InlineData("(func))", "unexpected token", 1, 7)]
    [InlineData("(func) module", "unexpected token", 1, 8)]
    [InlineData("(module) (module)", "unexpected token", 1, 10)]
    [InlineData("(func end)", "unexpected token", 1, 7)]
    [InlineData("(func block)", "unexpected token", 1, 12)]
    [InlineData("(func (block end))", "unexpected token", 1, 14)]
    [InlineData("(func (nop nop))", "unexpected token", 1, 12)]
    [InlineData("(func (else))", "unexpected token", 1, 8)]
    [InlineData("(func (if (then) (then)))", "unexpected token", 1, 19)]
    [InlineData("(func (if (else)))", "unexpected token", 1, 12)]
    [InlineData("(func (try (catch_all)))", "unexpected token", 1, 13)]
    [InlineData("(func block $a end $b)", "mismatching label", 1, 20)]
    [InlineData("(func i32.const 0x1_0000_0000)", "constant out of range", 1, 17)]
    [InlineData("(func i32.load align=3)", "alignment must be a power of two", 1, 16)]
    [InlineData("(type (func)) (func (type 0) (param i32))", "inline function type", 1, 21)]
    [InlineData("(func (type 7) (param i32))", "unknown type", 1, 7)]
    [InlineData("(type (struct)) (func struct.get 0 $f)", "unknown field", 1, 36)]
    [InlineData("(memory 1) (import \"\" \"\" (func))", "import after memory", 1, 12)]
    [InlineData("(func (param $x i32) (local $x i32))", "duplicate local", 1, 29)]
    [InlineData("(start 0) (start 0)", "multiple start sections", 1, 11)]
    [InlineData("(export \"\\ff\" (func 0))", "malformed UTF-8 encoding", 1, 9)]
    [InlineData("(memory 1 (pagesize 3))", "invalid custom page size", 1, 21)]
    [InlineData("(func v128.const i8x16 1)", "wrong number of lane literals", 1, 24)]
    public void Parse_Malformed_SaysWhatAndWhere(string text, string reason, int line, int column)
    {
        var error = Assert.Throws<MalformedException>(() => Parse(text));
        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Fact]
    public void Parse_FeatureOff_NamesIt()
    {
        var error = Assert.Throws<MalformedException>(() => TextFormat.Parse("(func v128.not)"u8, Features.Wasm1));
        Assert.StartsWith("unknown operator v128.not", error.Reason, StringComparison.Ordinal);
        Assert.Contains("Simd", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(block ", ")")]
    [InlineData("(drop ", ")")]
    [InlineData("(if (i32.const 0) (then ", "))")]
    [InlineData("(if (if ", "(then)) (then))")]
    [InlineData("(try (do ", "))")]
    [InlineData("block ", " end ")]
    [InlineData("loop $l ", " end $l ")]
    public void Parse_DeepNesting_DoesNotRecurse(string open, string close)
    {
        const int Depth = 100_000;
        var text = new StringBuilder("(func ", Depth * (open.Length + close.Length) + 16);
        for (var i = 0; i < Depth; i++) text.Append(open);
        for (var i = 0; i < Depth; i++) text.Append(close);
        Assert.True(Parse(text.Append(')').ToString()).Length > Depth);
    }

    [Fact]
    public void Parse_QuotedModules_AreUnwrapped()
    {
        Assert.Equal(Header, Parse("(module quote \"(module quote \\22(module)\\22)\")"));
        Assert.Equal([1, 2, 0x41], Parse("(module $x binary \"\\01\\02\" \"A\")"));
    }

    [Fact]
    public void Parse_LargeFunction_IsLinear()
    {
        var text = new StringBuilder("(module (func");
        for (var i = 0; i < 400_000; i++) text.Append(" (drop (i32.const 12345))\n");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var bytes = Parse(text.Append("))").ToString());
        Assert.True(bytes.Length > 400_000 * 4);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"10 MB took {watch.Elapsed}");
    }

    private static byte[] Parse(string text) => TextFormat.Parse(Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
