namespace Coffer.Benchmarks.Measuring;

/// <summary>A figure that was measured several times: the median, with the least and the most.</summary>
internal readonly record struct Spread(double Median, double Least, double Most, int Count)
{
    /// <summary>Half the distance of the extremes, relative to the median.</summary>
    public double Relative => Median > 0 ? (Most - Least) / 2 / Median : 0;

    public static Spread Of(IReadOnlyCollection<double> values) =>
        new(Statistics.Median(values), values.Min(), values.Max(), values.Count);
}
