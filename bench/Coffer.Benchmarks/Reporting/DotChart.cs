using System.Globalization;
using System.Xml.Linq;

namespace Coffer.Benchmarks.Reporting;

/// <summary>A kind of dot.</summary>
internal sealed record Series(string Name, string Colour);

/// <summary>
/// Rows with a dot for each series, at ratios on a logarithmic scale: to the left of the line at 1 is faster.
/// </summary>
internal sealed class DotChart(string title, string note, IReadOnlyList<Series> series)
{
    private const double Width = 860;
    private const double LabelWidth = 230;
    private const double Margin = 30;
    private const double RowHeight = 16;
    private const double LegendY = 64;
    private static readonly double[] Ticks = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10];

    private readonly List<(string Label, double[] Ratios)> rows = [];

    /// <summary>Adds a row: a ratio for each series, not a number where there is none.</summary>
    public DotChart Add(string label, params double[] ratios)
    {
        if (ratios.Length != series.Count) throw new ArgumentException($"{ratios.Length} ratios for {series.Count} series", nameof(ratios));
        rows.Add((label, ratios));
        return this;
    }

    public XDocument Draw()
    {
        var (least, most) = Bounds();
        double X(double ratio) =>
            LabelWidth + ((Width - LabelWidth - Margin) * (Math.Log(Math.Clamp(ratio, least, most) / least) / Math.Log(most / least)));
        var content = new List<XElement>();
        var top = AddLegend(content) + 40;
        var height = top + (rows.Count * RowHeight) + 12;
        for (var i = 0; i < rows.Count; i += 2) content.Add(Svg.Stripe(top + (i * RowHeight), Width, RowHeight));
        foreach (var tick in Ticks.Where(tick => tick >= least && tick <= most))
        {
            content.Add(Svg.Line(X(tick), top - 4, X(tick), height - 8, tick == 1 ? "axis" : "grid"));
            content.Add(Svg.Text(X(tick), top - 9, tick.ToString(CultureInfo.InvariantCulture), "faint", "middle"));
        }

        for (var i = 0; i < rows.Count; i++)
        {
            var y = top + (i * RowHeight);
            content.Add(Svg.Text(LabelWidth - 8, y + 12, rows[i].Label, "faint", "end"));

            // The first series are what the chart is about: they are drawn last.
            for (var j = series.Count - 1; j >= 0; j--)
            {
                var ratio = rows[i].Ratios[j];
                if (!double.IsFinite(ratio)) continue;
                var tip = $"{rows[i].Label}, {series[j].Name}: {Figure.Ratio(ratio)}";
                content.Add(Svg.Dot(X(ratio), y + (RowHeight / 2), j == 0 ? 4.5 : 3.2, series[j].Colour, tip));
            }
        }

        return Svg.Document(Width, height, title, note, content);
    }

    /// <summary>Adds the names of the series, in as many lines as they need; the height of the last line.</summary>
    private double AddLegend(List<XElement> content)
    {
        var (x, y) = (16.0, LegendY);
        foreach (var each in series)
        {
            var width = 30 + (each.Name.Length * 7);
            if (x + width > Width) (x, y) = (16, y + 20);
            content.Add(Svg.Dot(x + 5, y, 5, each.Colour, each.Name));
            content.Add(Svg.Text(x + 14, y + 4, each.Name, "faint"));
            x += width;
        }

        return y;
    }

    // What lies outside of a factor of ten is drawn at the edge.
    private (double Least, double Most) Bounds()
    {
        var ratios = rows.SelectMany(row => row.Ratios).Where(double.IsFinite).DefaultIfEmpty(1).ToList();
        return (Math.Clamp(ratios.Min() * 0.95, 0.1, 0.7), Math.Clamp(ratios.Max() * 1.05, 1.5, 10));
    }
}
