using Coffer.Binary;

namespace Coffer.Tests.Binary;

/// <summary>Names are UTF-8 wherever they stand; only debugging sections may have what they like.</summary>
public sealed class NameEncodingTests
{
    [Theory]
    [InlineData("80")]
    [InlineData("bf")]
    [InlineData("c3")]
    [InlineData("c3 28")]
    [InlineData("c0 80")]
    [InlineData("c1 bf")]
    [InlineData("e0 80 80")]
    [InlineData("e0 9f bf")]
    [InlineData("e2 82")]
    [InlineData("ed a0 80")]
    [InlineData("ed bf bf")]
    [InlineData("f0 80 80 80")]
    [InlineData("f0 8f bf bf")]
    [InlineData("f4 90 80 80")]
    [InlineData("f5 80 80 80")]
    [InlineData("f8 88 80 80 80")]
    [InlineData("fe")]
    [InlineData("ff")]
    [InlineData("61 62 ff")]
    public void Decode_NameThatIsNotUtf8_Malformed(string name)
    {
        var counted = $"{name.Split(' ').Length:x2} {name}";
        Malformed(Wasm.Module($"00 {counted}"), 11);
        Malformed(Wasm.Module($"02 01 {counted} 01 61 03 7f 00"), 12);
        Malformed(Wasm.Module($"02 01 01 61 {counted} 03 7f 00"), 14);
        Malformed(Wasm.Module($"07 01 {counted} 00 00"), 12);
    }

    [Theory]
    [InlineData("00", "\0")]
    [InlineData("c2 80", "\u0080")]
    [InlineData("ef bb bf 61", "\uFEFFa")]
    [InlineData("ef bf bf", "\uFFFF")]
    [InlineData("ee 80 80", "\uE000")]
    [InlineData("f0 90 80 80", "\U00010000")]
    [InlineData("f4 8f bf bf", "\U0010FFFF")]
    public void Decode_NameAtTheEdgeOfUtf8_IsKept(string bytes, string name)
    {
        var module = Wasm.Decode($"02 01 {bytes.Split(' ').Length:x2} {bytes} 01 61 03 7f 00");
        Assert.Equal(name, module.Imports[0].Module);
    }

    [Theory]
    [InlineData("00 02 01 ff")]
    [InlineData("01 04 01 00 01 ff")]
    [InlineData("01 06 01 00 03 ed a0 80")]
    [InlineData("02 06 01 00 01 00 01 ff")]
    [InlineData("01 7f 01 00 01 66")]
    [InlineData("01 05 ff ff ff ff 0f")]
    [InlineData("ff")]
    [InlineData("00")]
    public void NameSection_Malformed_NoErrorAndNoStrangeName(string subsections)
    {
        var names = NameSection.Of(Wasm.Decode("00 04 6e 61 6d 65 " + subsections));
        string?[] found = [names.ModuleName, names.Find(NameKind.Function, 0), names.Find(NameKind.Local, 0, 0)];
        Assert.All(found, name => Assert.True(name is null || name.All(character => character == '\uFFFD'), name));
    }

    private static void Malformed(byte[] module, long offset)
    {
        var error = Assert.Throws<MalformedException>(() => Wasm.Decode(module));
        Assert.Equal("malformed UTF-8 encoding", error.Reason);
        Assert.Equal(offset, error.Offset);
    }
}
