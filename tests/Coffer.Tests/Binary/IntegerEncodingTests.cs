using Coffer.Binary;

namespace Coffer.Tests.Binary;

/// <summary>Integers of each width: padded as far as allowed, too long, with bits that have no meaning.</summary>
public sealed class IntegerEncodingTests
{
    private const string TooLong = "integer representation too long";
    private const string TooLarge = "integer too large";
    private const string Unexpected = "unexpected end of section or function";

    [Theory]
    [InlineData("u32", "ff ff ff ff 0f", "4294967295")]
    [InlineData("u32", "80 80 80 80 00", "0")]
    [InlineData("u32", "81 00", "1")]
    [InlineData("u32", "80 80 80 80 80 00", TooLong)]
    [InlineData("u32", "ff ff ff ff 1f", TooLarge)]
    [InlineData("u32", "80 80 80 80 10", TooLarge)]
    [InlineData("u32", "80 80 80 80 40", TooLarge)]
    [InlineData("u32", "80 80 80 80", Unexpected)]
    [InlineData("u32", "", Unexpected)]
    [InlineData("u64", "ff ff ff ff ff ff ff ff ff 01", "18446744073709551615")]
    [InlineData("u64", "80 80 80 80 80 80 80 80 80 00", "0")]
    [InlineData("u64", "80 80 80 80 80 80 80 80 80 80 00", TooLong)]
    [InlineData("u64", "80 80 80 80 80 80 80 80 80 02", TooLarge)]
    [InlineData("u64", "80 80 80 80 80 80 80 80 80 40", TooLarge)]
    [InlineData("u64", "80 80 80 80 80 80 80 80 80", Unexpected)]
    [InlineData("s32", "ff ff ff ff 07", "2147483647")]
    [InlineData("s32", "80 80 80 80 78", "-2147483648")]
    [InlineData("s32", "ff ff ff ff 7f", "-1")]
    [InlineData("s32", "7f", "-1")]
    [InlineData("s32", "40", "-64")]
    [InlineData("s32", "80 80 80 80 80 00", TooLong)]
    [InlineData("s32", "ff ff ff ff ff 7f", TooLong)]
    [InlineData("s32", "ff ff ff ff 0f", TooLarge)]
    [InlineData("s32", "80 80 80 80 08", TooLarge)]
    [InlineData("s32", "80 80 80 80 70", TooLarge)]
    [InlineData("s32", "ff ff ff ff 3f", TooLarge)]
    [InlineData("s33", "ff ff ff ff 0f", "4294967295")]
    [InlineData("s33", "80 80 80 80 70", "-4294967296")]
    [InlineData("s33", "80 80 80 80 80 00", TooLong)]
    [InlineData("s33", "ff ff ff ff 1f", TooLarge)]
    [InlineData("s33", "80 80 80 80 60", TooLarge)]
    [InlineData("s64", "ff ff ff ff ff ff ff ff ff 00", "9223372036854775807")]
    [InlineData("s64", "80 80 80 80 80 80 80 80 80 7f", "-9223372036854775808")]
    [InlineData("s64", "80 80 80 80 80 80 80 80 80 80 00", TooLong)]
    [InlineData("s64", "80 80 80 80 80 80 80 80 80 01", TooLarge)]
    [InlineData("s64", "ff ff ff ff ff ff ff ff ff 7e", TooLarge)]
    [InlineData("s64", "80 80 80 80 80 80 80 80 80 40", TooLarge)]
    public void Read_Integer_ValueOrReasonAtItsStart(string width, string hex, string expected)
    {
        var bytes = Wasm.Bytes("aa" + hex);
        string Read()
        {
            var reader = new WasmReader(bytes);
            reader.Skip(1);
            return width switch
            {
                "u32" => $"{reader.ReadU32()}",
                "u64" => $"{reader.ReadU64()}",
                "s32" => $"{reader.ReadS32()}",
                "s33" => $"{reader.ReadS33()}",
                _ => $"{reader.ReadS64()}",
            };
        }

        if (char.IsDigit(expected[^1]))
        {
            Assert.Equal(expected, Read());
            return;
        }

        var error = Assert.Throws<MalformedException>(() => Read());
        Assert.Equal(expected, error.Reason);
        Assert.Equal(1, error.Offset);
    }
}
