namespace Coffer.Benchmarks.Measuring;

/// <summary>Figures over several measurements.</summary>
internal static class Statistics
{
    /// <summary>The middle one; of an even number the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0) throw new ArgumentException("There are no values.", nameof(values));
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The geometric mean, as is right for ratios; not a number when there are none.</summary>
    public static double GeometricMean(IEnumerable<double> ratios)
    {
        var logarithms = ratios.Select(ratio => Math.Log(ratio)).ToArray();
        return logarithms.Length == 0 ? double.NaN : Math.Exp(logarithms.Average());
    }
}
