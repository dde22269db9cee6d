using Coffer.Capabilities.Sources;

namespace Coffer.Capabilities.Tests.Sources;

public sealed class SourceTests
{
    [Fact]
    public void SteppedTime_EveryReading_MovesItOn()
    {
        var time = new SteppedTime(DateTimeOffset.UnixEpoch, TimeSpan.FromMilliseconds(2));

        Assert.Equal(DateTimeOffset.UnixEpoch, time.GetUtcNow());
        Assert.Equal(DateTimeOffset.UnixEpoch.AddMilliseconds(2), time.GetUtcNow());
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(4), TimeSpan.FromTicks(time.GetTimestamp()));
    }

    [Fact]
    public void SteppedTime_WithoutStep_StandsStill()
    {
        var time = new SteppedTime(DateTimeOffset.UnixEpoch, TimeSpan.Zero);

        Assert.Equal(time.GetUtcNow(), time.GetUtcNow());
    }

    [Fact]
    public void SeededRandom_IsSplitMix64()
    {
        // The first outputs for the seed 1234567 in the reference implementation by Sebastiano Vigna.
        var bytes = new byte[16];

        new SeededRandom(1234567).Fill(bytes);

        Assert.Equal(6457827717110365317UL, BitConverter.ToUInt64(bytes, 0));
        Assert.Equal(3203168211198807973UL, BitConverter.ToUInt64(bytes, 8));
    }

    [Fact]
    public void SeededRandom_AnyLength_FillsAllOfIt()
    {
        for (var length = 0; length < 20; length++)
        {
            var (first, second) = (new byte[length], new byte[length]);
            new SeededRandom(7).Fill(first);
            new SeededRandom(7).Fill(second);
            Assert.Equal(first, second);
            if (length >= 8) Assert.Contains(first, value => value != 0);
        }
    }
}
