using System.Text;
using Coffer.Text;

namespace Coffer.Tests.Text;

public class IntegerLiteralTests
{
    [Theory]
    [InlineData("0", 32, 0ul)]
    [InlineData("-0", 32, 0ul)]
    [InlineData("+1", 32, 1ul)]
    [InlineData("-1", 32, 0xFFFF_FFFFul)]
    [InlineData("4_294_967_295", 32, 0xFFFF_FFFFul)]
    [InlineData("-2147483648", 32, 0x8000_0000ul)]
    [InlineData("0xF_f", 8, 0xFFul)]
    [InlineData("-0x80", 8, 0x80ul)]
    [InlineData("18446744073709551615", 64, ulong.MaxValue)]
    [InlineData("-9223372036854775808", 64, 1ul << 63)]
    [InlineData("0x0000000000000000000000000001", 64, 1ul)]
    public void TryParse_InRange_GivesLowBits(string literal, int bits, ulong expected)
    {
        Assert.True(IntegerLiteral.TryParse(Encoding.ASCII.GetBytes(literal), bits, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("4294967296", 32)]
    [InlineData("-2147483649", 32)]
    [InlineData("256", 8)]
    [InlineData("-129", 8)]
    [InlineData("18446744073709551616", 64)]
    [InlineData("28446744073709551615", 64)]
    [InlineData("-9223372036854775809", 64)]
    [InlineData("0x10000000000000000", 64)]
    public void TryParse_OutOfRange_Fails(string literal, int bits) =>
        Assert.False(IntegerLiteral.TryParse(Encoding.ASCII.GetBytes(literal), bits, out _));
}
