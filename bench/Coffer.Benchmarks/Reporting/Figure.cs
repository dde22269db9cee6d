using System.Globalization;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Reporting;

/// <summary>How figures are written: as many digits as mean something.</summary>
internal static class Figure
{
    public const string None = "–";

    public static string Ratio(double value) => double.IsFinite(value) ? value.ToString("F2", CultureInfo.InvariantCulture) : None;

    /// <summary>A time, in the unit that suits it.</summary>
    public static string Time(double milliseconds) => milliseconds switch
    {
        double.NaN => None,
        < 0.001 => Text(milliseconds * 1e6, "ns"),
        < 1 => Text(milliseconds * 1e3, "µs"),
        < 10_000 => Text(milliseconds, "ms"),
        _ => Text(milliseconds / 1e3, "s"),
    };

    /// <summary>A time with its spread: half the distance of the extremes, in percent.</summary>
    public static string Time(Spread spread) => $"{Time(spread.Median)} {Spread(spread)}".TrimEnd();

    /// <summary>Half the distance of the extremes, in percent of the median; nothing when it was measured once.</summary>
    public static string Spread(Spread spread) =>
        spread.Count < 2 ? "" : string.Create(CultureInfo.InvariantCulture, $"±{100 * spread.Relative:F0} %");

    public static string Percent(double share) =>
        double.IsFinite(share) ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %") : None;

    public static string Size(double bytes) => bytes switch
    {
        double.NaN or 0 => None,
        < 1 << 20 => Text(bytes / 1024, "KiB"),
        _ => Text(bytes / (1 << 20), "MiB"),
    };

    private static string Text(double value, string unit)
    {
        var digits = value >= 100 ? "F0" : value >= 10 ? "F1" : "F2";
        return $"{value.ToString(digits, CultureInfo.InvariantCulture)} {unit}";
    }
}
