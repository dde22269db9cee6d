using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Tests.Binary;

public sealed class SimpleConstantTests
{
    [Theory]
    [InlineData("41 7f 0b", Opcode.I32Const, 0u, ulong.MaxValue)]
    [InlineData("42 80 80 04 0b", Opcode.I64Const, 0u, 65536ul)]
    [InlineData("43 00 00 80 3f 0b", Opcode.F32Const, 0u, 0x3F80_0000ul)]
    [InlineData("44 01 02 03 04 05 06 07 08 0b", Opcode.F64Const, 0u, 0x0807_0605_0403_0201ul)]
    [InlineData("23 81 01 0b", Opcode.GlobalGet, 129u, 0ul)]
    internal void Read_OneInstruction_GivesItAndGoesBehindTheEnd(string bytes, Opcode opcode, uint index, ulong bits)
    {
        var reader = Reader(bytes);
        Assert.Equal(new SimpleConstant(opcode, index, bits), SimpleConstant.Read(ref reader));
        Assert.True(reader.AtEnd);
    }

    [Theory]
    [InlineData("41 01 41 02 6a 0b")]
    [InlineData("d2 00 0b")]
    [InlineData("0b")]
    [InlineData("41 01")]
    [InlineData("")]
    public void Read_AnythingElse_ReadsNothing(string bytes)
    {
        var reader = Reader(bytes);
        Assert.Null(SimpleConstant.Read(ref reader));
        Assert.Equal(0, reader.Position);
    }

    [Theory]
    [InlineData("41 80 80 80 80 80 00 0b")]
    [InlineData("43 00 00")]
    public void Read_MalformedNumber_IsRefused(string bytes) => Assert.Throws<MalformedException>(() =>
    {
        var reader = Reader(bytes);
        SimpleConstant.Read(ref reader);
    });

    private static WasmReader Reader(string bytes) => new(Convert.FromHexString(bytes.Replace(" ", "")));
}
