using System.Xml.Linq;

namespace Coffer.Benchmarks.Reporting;

/// <summary>One bar.</summary>
/// <param name="Label">What it is of.</param>
/// <param name="Value">How long it is.</param>
/// <param name="Text">The value for people.</param>
/// <param name="Colour">Its colour.</param>
internal sealed record Bar(string Label, double Value, string Text, string Colour);

/// <summary>Horizontal bars in groups; each group has a heading, and its own scale when it is asked for.</summary>
internal sealed class BarChart(string title, string note)
{
    private const double Width = 860;
    private const double LabelWidth = 230;
    private const double TextWidth = 110;
    private const double RowHeight = 20;
    private const double HeadHeight = 60;

    private readonly List<(string Heading, List<Bar> Bars)> groups = [];

    public BarChart Add(string heading, params IEnumerable<Bar> bars)
    {
        groups.Add((heading, [.. bars.Where(bar => double.IsFinite(bar.Value))]));
        return this;
    }

    /// <summary>Draws it.</summary>
    /// <param name="mark">A value that a line stands at, such as 1 for ratios; 0 for none.</param>
    /// <param name="hasOwnScales">Whether the longest bar of each group fills the width, or that of all groups.</param>
    public XDocument Draw(double mark = 0, bool hasOwnScales = false)
    {
        var content = new List<XElement>();
        var y = HeadHeight;
        var most = Most(groups.SelectMany(group => group.Bars));
        foreach (var (heading, bars) in groups)
        {
            if (heading.Length > 0)
            {
                content.Add(Svg.Text(16, y + 15, heading));
                y += RowHeight;
            }

            var scale = (Width - LabelWidth - TextWidth) / Math.Max(hasOwnScales ? Most(bars) : most, mark);
            var top = y;
            foreach (var bar in bars)
            {
                content.Add(Svg.Text(LabelWidth - 8, y + 14, bar.Label, anchor: "end"));
                content.Add(Svg.Bar(LabelWidth, y + 3, bar.Value * scale, RowHeight - 6, bar.Colour, $"{bar.Label}: {bar.Text}"));
                content.Add(Svg.Text(LabelWidth + (bar.Value * scale) + 6, y + 14, bar.Text));
                y += RowHeight;
            }

            if (mark > 0) content.Add(Svg.Line(LabelWidth + (mark * scale), top, LabelWidth + (mark * scale), y, "axis"));
            y += 10;
        }

        return Svg.Document(Width, y + 6, title, note, content);
    }

    private static double Most(IEnumerable<Bar> bars) => bars.Select(bar => bar.Value).DefaultIfEmpty(1).Max();
}
