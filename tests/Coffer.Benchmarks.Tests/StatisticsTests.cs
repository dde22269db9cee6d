using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Tests;

public class StatisticsTests
{
    [Theory]
    [InlineData(new[] { 3.0 }, 3)]
    [InlineData(new[] { 9.0, 1, 5 }, 5)]
    [InlineData(new[] { 4.0, 1, 2, 9 }, 3)]
    public void Median_OfUnsortedValues_IsTheMiddle(double[] values, double expected) => Assert.Equal(expected, Statistics.Median(values));

    [Fact]
    public void Median_OfNothing_Throws() => Assert.Throws<ArgumentException>(() => Statistics.Median([]));

    [Fact]
    public void GeometricMean_OfARatioAndItsInverse_IsOne() => Assert.Equal(1, Statistics.GeometricMean([4, 0.25]), 12);

    [Fact]
    public void GeometricMean_OfNothing_IsNoNumber() => Assert.True(double.IsNaN(Statistics.GeometricMean([])));

    [Fact]
    public void Spread_HasTheExtremesAndHalfTheirDistance()
    {
        var spread = Spread.Of([12, 8, 10]);

        Assert.Equal(new Spread(10, 8, 12, 3), spread);
        Assert.Equal(0.2, spread.Relative, 12);
    }
}
