using System.Text;
using Coffer.Text;

namespace Coffer.Tests.Text;

public class AnnotationTests
{
    [Fact]
    public void Parse_Custom_GoesWhereItIsPut()
    {
        var bytes = Parse("""
            (@custom "e" "5" "6")
            (@custom "a" (before first) "1")
            (func)
            (@custom "c" (after func) "3")
            (@custom "b" (before func) "2")
            (@custom "d" (after last) "4")
            """);
        Assert.Equal(
            "00 03 01 61 31 01 04 01 60 00 00 00 03 01 62 32 03 02 01 00 00 03 01 63 33 0A 04 01 02 00 0B "
            + "00 04 01 65 35 36 00 03 01 64 34",
            BitConverter.ToString(bytes, 8).Replace('-', ' '));
    }

    [Fact]
    public void Parse_Names_MakeANameSection()
    {
        var bytes = Parse("(module $m (@name \"M\") (func $f (@name \"F\") (param (@name \"P\") i32)))");
        byte[] expected =
        [
            0, 0x17, 4, .. "name"u8,
            0, 2, 1, (byte)'M',
            1, 4, 1, 0, 1, (byte)'F',
            2, 6, 1, 0, 1, 0, 1, (byte)'P',
        ];
        Assert.EndsWith(
            Convert.ToHexString(expected),
            Convert.ToHexString(bytes),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_WithoutNames_HasNoNameSection() => Assert.Equal(8, Parse("(module $m)").Length);

    [Fact]
    public void Parse_BranchHints_MakeASection()
    {
        var bytes = Parse("""
            (func) (func (local i32)
              (@metadata.code.branch_hint "\01") (if (i32.const 0) (then))
              i32.const 0
              (@metadata.code.branch_hint "\00") br_if 0)
            """);
        Assert.Contains(
            Convert.ToHexString([.. "metadata.code.branch_hint"u8, 1, 1, 2, 5, 1, 1, 10, 1, 0, 0x0A]),
            Convert.ToHexString(bytes),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(func (@custom \"a\"))", "misplaced @custom annotation")]
    [InlineData("(start 0 (@name \"a\"))", "misplaced @name annotation")]
    [InlineData("(module (@name \"a\") (@name \"b\"))", "@name annotation: multiple module")]
    [InlineData("(func $f (@name \"\\ff\"))", "@name annotation: malformed UTF-8 encoding")]
    [InlineData("(func (@metadata.code.branch_hint \"\\00\"))", "@metadata.code.branch_hint annotation: must precede")]
    [InlineData(
        "(func (@metadata.code.branch_hint \"\\02\") br_if 0)", "@metadata.code.branch_hint annotation: invalid value")]
    public void Parse_BadAnnotation_Throws(string text, string reason)
    {
        var error = Assert.Throws<MalformedException>(() => Parse(text));
        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_HintAtAnotherInstruction_IsInvalid() =>
        Assert.Throws<InvalidException>(() => Parse("(func (@metadata.code.branch_hint \"\\00\") nop)"));

    private static byte[] Parse(string text) => TextFormat.Parse(Encoding.UTF8.GetBytes(text));
}
