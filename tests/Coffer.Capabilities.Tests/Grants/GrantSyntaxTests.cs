using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Grants;

public sealed class GrantSyntaxTests
{
    [Fact]
    public void All_HasOneRowForEachKind()
    {
        Assert.Equal(Enum.GetValues<CapabilityKind>().Order(), GrantSyntax.All.Select(row => row.Kind).Order());
        Assert.Distinct(GrantSyntax.All.Select(row => row.Option));
        Assert.Distinct(GrantSyntax.All.Select(row => row.ManifestKey));
    }

    [Theory]
    [InlineData("--env", "A=1")]
    [InlineData("--env", "A=x=y")]
    [InlineData("--env", "A=")]
    [InlineData("--arg", "--verbose")]
    [InlineData("--arg", "")]
    [InlineData("--stream", "stdin")]
    [InlineData("--stream", "stdout")]
    [InlineData("--stream", "stderr")]
    [InlineData("--clock", "wall")]
    [InlineData("--clock", "wall=2026-01-01T00:00:00Z")]
    [InlineData("--clock", "wall=2026-01-01T00:00:00.25Z+1.5ms")]
    [InlineData("--clock", "monotonic")]
    [InlineData("--clock", "monotonic=0")]
    [InlineData("--clock", "monotonic=0+1ms")]
    [InlineData("--random", "real")]
    [InlineData("--random", "seed=18446744073709551615")]
    public void Parse_ThenToString_IsTheSameText(string option, string text)
    {
        var syntax = GrantSyntax.All.Single(row => row.Option == option);

        var grant = syntax.Parse(text);

        Assert.Equal(text, grant.ToString());
        Assert.Equal(grant, syntax.Parse(grant.ToString()));
        Assert.Equal(syntax.Kind, grant.Kind);
        Assert.Equal($"{option} {text}", grant.Rule);
    }

    [Theory]
    [InlineData("--env", "A")]
    [InlineData("--env", "=A")]
    [InlineData("--env", "A=\0")]
    [InlineData("--arg", "\0")]
    [InlineData("--stream", "stdlog")]
    [InlineData("--clock", "sundial")]
    [InlineData("--clock", "wall=yesterday")]
    [InlineData("--clock", "wall=2026-01-01T00:00:00Z+1s")]
    [InlineData("--clock", "monotonic=1")]
    [InlineData("--clock", "wall=")]
    [InlineData("--random", "dice")]
    [InlineData("--random", "seed=-1")]
    public void Parse_Nonsense_IsAFormatErrorForPeople(string option, string text)
    {
        var syntax = GrantSyntax.All.Single(row => row.Option == option);

        var exception = Assert.Throws<FormatException>(() => syntax.Parse(text));

        Assert.DoesNotContain("Exception", exception.Message);
        Assert.True(exception.Message.Length > 10, exception.Message);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("5B", 5)]
    [InlineData("64KiB", 65536)]
    [InlineData("10mib", 10 << 20)]
    [InlineData("2GiB", 2L << 30)]
    public void ByteSize_Parse_CountsBytes(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("KiB")]
    [InlineData("-1")]
    [InlineData("1.5MiB")]
    [InlineData("9223372036854775807KiB")]
    [InlineData("99999999999999999999")]
    public void ByteSize_Nonsense_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(1024, "1KiB")]
    [InlineData(1536, "1536")]
    [InlineData(10 << 20, "10MiB")]
    [InlineData(2L << 30, "2GiB")]
    public void ByteSize_Format_IsTheShortestExactText(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));
}
