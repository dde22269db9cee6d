using Coffer.Capabilities.Ambient;

namespace Coffer.Capabilities.Tests.Sources;

public sealed class HostRandomTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(255)]
    [InlineData(1 << 20)]
    public void Fill_AnyLength_FillsAllOfItAnew(int length)
    {
        var (first, second) = (new byte[length], new byte[length]);
        HostRandom.Fill(first);
        HostRandom.Fill(second);
        Assert.NotEqual(first, second);

        // Sixteen zeros in a row come once in 2^128.
        for (var i = 0; i + 16 <= length; i += 16) Assert.NotEqual(-1, first.AsSpan(i, 16).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Fill_Nothing_DoesNothing() => HostRandom.Fill([]);
}
