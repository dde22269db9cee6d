using System.Text;
using Coffer.Binary;

namespace Coffer.Tests.Binary;

public sealed class NameSectionTests
{
    private static NameSection Names(string subsections) =>
        NameSection.Of(Wasm.Decode("00 04 6e 61 6d 65 " + subsections));

    [Fact]
    public void Find_EveryKind_TheName()
    {
        var names = Names(
            "00 02 01 4d  01 07 02 00 01 66 02 01 67  02 09 01 00 02 00 01 78 03 01 79"
            + " 07 04 01 05 01 76  0a 06 01 02 01 01 01 7a  0b 04 01 00 01 74");

        Assert.Equal("M", names.ModuleName);
        Assert.Equal("f", names.Find(NameKind.Function, 0));
        Assert.Equal("g", names.Find(NameKind.Function, 2));
        Assert.Null(names.Find(NameKind.Function, 1));
        Assert.Equal("x", names.Find(NameKind.Local, 0, 0));
        Assert.Equal("y", names.Find(NameKind.Local, 0, 3));
        Assert.Null(names.Find(NameKind.Local, 1, 0));
        Assert.Equal("v", names.Find(NameKind.Global, 5));
        Assert.Equal("z", names.Find(NameKind.Field, 2, 1));
        Assert.Equal("t", names.Find(NameKind.Tag, 0));
    }

    [Theory]
    [InlineData("01 07 02 00 01 66 02 05 67")]
    [InlineData("01 07 7f 00 01 66 02 01 67")]
    [InlineData("01 07 02 00 01 66 ff")]
    [InlineData("02 7f")]
    public void Find_MalformedSection_NoError(string subsections)
    {
        var names = Names(subsections);

        Assert.Null(names.Find(NameKind.Function, 2));
        Assert.Null(names.Find(NameKind.Local, 0, 0));
        Assert.Null(names.ModuleName);
    }

    [Fact]
    public void Find_MalformedEntry_KeepsTheOnesBefore() =>
        Assert.Equal("f", Names("01 07 02 00 01 66 02 05 67").Find(NameKind.Function, 0));

    [Fact]
    public void ModuleName_ControlCharacters_Replaced() =>
        Assert.Equal("a\uFFFD[2J", Names("00 06 05 61 1b 5b 32 4a").ModuleName);

    [Fact]
    public void Of_NoNameSection_NoNames()
    {
        var names = NameSection.Of(Wasm.Decode(Wasm.Module()));

        Assert.Null(names.ModuleName);
        Assert.Null(names.Find(NameKind.Function, 0));
    }

    [Fact]
    public void BranchHints_Section_ByFunction()
    {
        var name = Convert.ToHexString(Encoding.ASCII.GetBytes("metadata.code.branch_hint"));

        var hints = BranchHints.Of(Wasm.Decode($"00 19 {name} 01 03 02 05 01 01 09 01 00"));

        Assert.Equal([new BranchHint(5, true), new BranchHint(9, false)], hints.For(3).ToArray());
        Assert.True(hints.For(2).IsEmpty);
    }

    [Fact]
    public void BranchHints_Malformed_Ignored()
    {
        var name = Convert.ToHexString(Encoding.ASCII.GetBytes("metadata.code.branch_hint"));

        Assert.True(BranchHints.Of(Wasm.Decode($"00 19 {name} 01 03 02 05 01 02")).IsEmpty);
    }
}
