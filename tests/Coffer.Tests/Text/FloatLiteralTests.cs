using System.Globalization;
using System.Text;
using Coffer.Text;

namespace Coffer.Tests.Text;

public class FloatLiteralTests
{
    [Theory]
    [InlineData("0", 0x0000_0000u)]
    [InlineData("-0", 0x8000_0000u)]
    [InlineData("1", 0x3F80_0000u)]
    [InlineData("1_0.0_1e+0_1", 0x42C8_3333u)]
    [InlineData("inf", 0x7F80_0000u)]
    [InlineData("-inf", 0xFF80_0000u)]
    [InlineData("nan", 0x7FC0_0000u)]
    [InlineData("-nan", 0xFFC0_0000u)]
    [InlineData("nan:0x1", 0x7F80_0001u)]
    [InlineData("-nan:0x7f_ffff", 0xFFFF_FFFFu)]
    [InlineData("0x1p-149", 0x0000_0001u)]
    [InlineData("0x1p-150", 0x0000_0000u)] // a tie, to even
    [InlineData("0x1.8p-150", 0x0000_0001u)]
    [InlineData("0x1.000001p-150", 0x0000_0001u)]
    [InlineData("0x3p-150", 0x0000_0002u)] // a tie, to even
    [InlineData("0x1p-126", 0x0080_0000u)]
    [InlineData("0x1.fffffcp-127", 0x007F_FFFFu)]
    [InlineData("0x1.fffffep-127", 0x0080_0000u)] // rounds up into the normal numbers
    [InlineData("0x1.fffffep127", 0x7F7F_FFFFu)]
    [InlineData("0x1.fffffeffffffffffffffffffp127", 0x7F7F_FFFFu)]
    [InlineData("0x1.000001p0", 0x3F80_0000u)] // a tie, to even
    [InlineData("0x1.000003p0", 0x3F80_0002u)] // a tie, to even
    [InlineData("0x1.0000010000000000000000000000000001p0", 0x3F80_0001u)] // more than a tie, far to the right
    [InlineData("0x0.0000000000000000000000000000001p124", 0x3F80_0000u)]
    [InlineData("0x10000000000000000000000000000000p-124", 0x3F80_0000u)]
    [InlineData("0x0p99999999999999999999", 0u)]
    [InlineData("0x1p-99999999999999999999", 0u)]
    [InlineData("1e-99999999999999999999", 0u)]
    [InlineData("0e99999999999999999999", 0u)]
    [InlineData("340282346638528859811704183484516925440", 0x7F7F_FFFFu)]
    [InlineData("340282356779733661637539395458142568447", 0x7F7F_FFFFu)] // just below the tie with infinity
    [InlineData("1.00000005960464477539062500", 0x3F80_0000u)] // a tie, to even
    [InlineData("1.000000059604644775390625000000000000000000000001", 0x3F80_0001u)]
    public void TryParse_F32_IsExact(string literal, uint expected)
    {
        Assert.True(FloatLiteral.TryParse(Encoding.ASCII.GetBytes(literal), 32, out var bits));
        Assert.Equal(expected, bits);
    }

    [Theory]
    [InlineData("0x1p-1074", 0x0000_0000_0000_0001ul)]
    [InlineData("0x1p-1075", 0ul)]
    [InlineData("0x1.0000000000001p-1075", 1ul)]
    [InlineData("0x1.fffffffffffffp1023", 0x7FEF_FFFF_FFFF_FFFFul)]
    [InlineData("0x1.fffffffffffff7ffp1023", 0x7FEF_FFFF_FFFF_FFFFul)]
    [InlineData("0x0.fffffffffffff8p-1022", 0x0010_0000_0000_0000ul)]
    [InlineData("0x1.00000000000008p0", 0x3FF0_0000_0000_0000ul)] // a tie, to even
    [InlineData("0x1.000000000000080000000001p0", 0x3FF0_0000_0000_0001ul)]
    [InlineData("9007199254740993", 0x4340_0000_0000_0000ul)] // a tie, to even
    [InlineData("9007199254740993.0000000000000000000000001", 0x4340_0000_0000_0001ul)]
    [InlineData("nan:0xf_ffff_ffff_ffff", 0x7FFF_FFFF_FFFF_FFFFul)]
    [InlineData("4.9406564584124654e-324", 1ul)]
    [InlineData("2.4703282292062327e-324", 0ul)]
    [InlineData("2.4703282292062328e-324", 1ul)]
    public void TryParse_F64_IsExact(string literal, ulong expected)
    {
        Assert.True(FloatLiteral.TryParse(Encoding.ASCII.GetBytes(literal), 64, out var bits));
        Assert.Equal(expected, bits);
    }

    [Theory]
    [InlineData("0x1p128", 32)]
    [InlineData("0x1.ffffffp127", 32)]
    [InlineData("340282356779733661637539395458142568448", 32)]
    [InlineData("1e99999999999999999999", 32)]
    [InlineData("0x1p99999999999999999999", 64)]
    [InlineData("0x1.fffffffffffff8p1023", 64)]
    [InlineData("nan:0x0", 32)]
    [InlineData("nan:0x80_0000", 32)]
    [InlineData("nan:0x10_0000_0000_0000", 64)]
    [InlineData("nan:0x1_0000_0000_0000_0000", 64)]
    public void TryParse_OutOfRange_Fails(string literal, int width) =>
        Assert.False(FloatLiteral.TryParse(Encoding.ASCII.GetBytes(literal), width, out _));

    [Fact]
    public void TryParse_LongZeros_KeepTheExponent()
    {
        var zeros = new string('0', 5000);
        Assert.True(FloatLiteral.TryParse(Encoding.ASCII.GetBytes($"0.{zeros}1e5001"), 64, out var small));
        Assert.Equal(1.0, BitConverter.UInt64BitsToDouble(small));
        Assert.True(FloatLiteral.TryParse(Encoding.ASCII.GetBytes($"1{zeros}.0e-5000"), 64, out var large));
        Assert.Equal(1.0, BitConverter.UInt64BitsToDouble(large));
    }

    [Fact]
    public void TryParse_HexadecimalOfRandomDoubles_RoundTrips()
    {
        var random = new Random(20240611);
        for (var i = 0; i < 20_000; i++)
        {
            var bits = (ulong)random.NextInt64() & 0x7FFF_FFFF_FFFF_FFFFul;
            var value = BitConverter.UInt64BitsToDouble(bits);
            if (!double.IsFinite(value)) continue;
            var exponent = Math.Max(1, (int)(bits >> 52)) - 1075;
            var significand = (bits & 0xF_FFFF_FFFF_FFFFul) | (bits >> 52 != 0 ? 1ul << 52 : 0);
            var literal = string.Create(CultureInfo.InvariantCulture, $"0x{significand:x}p{exponent}");
            Assert.True(FloatLiteral.TryParse(Encoding.ASCII.GetBytes(literal), 64, out var parsed));
            Assert.Equal(bits, parsed);

            // Rounding to 32 bits agrees with the processor's.
            var narrow = (float)value;
            var fits = FloatLiteral.TryParse(Encoding.ASCII.GetBytes(literal), 32, out parsed);
            Assert.Equal(float.IsFinite(narrow), fits);
            if (fits) Assert.Equal(BitConverter.SingleToUInt32Bits(narrow), (uint)parsed);
        }
    }
}
