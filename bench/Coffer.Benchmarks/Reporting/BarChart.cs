using System.Xml.Linq;

namespace Coffer.Benchmarks.Reporting;

/// <summary>Horizontal bars in groups, each with a heading.</summary>
internal sealed class BarChart(string title, string note)
{
    private const double Width = 860;
    private const double LabelWidth = 230;
    private const double TextWidth = 110;
    private const double RowHeight = 20;
    private const double HeadHeight = 60;

    private readonly List<(string Heading, List<Bar> Bars)> groups = [];

    /// <summary>Adds a group, unless it is empty.</summary>
    public BarChart Add(string heading, params IEnumerable<Bar> bars)
    {
        var drawn = bars.Where(bar => double.IsFinite(bar.Value)).ToList();
        if (drawn.Count > 0) groups.Add((heading, drawn));
        return this;
    }

    /// <summary>Draws it.</summary>
    /// <param name="mark">A value that a line stands at, such as 1 for ratios; 0 for none.</param>
    /// <param name="isLogarithmic">Whether ten times as much is always the same length more.</param>
    public XDocument Draw(double mark = 0, bool isLogarithmic = false)
    {
        var length = Scale(mark, isLogarithmic);
        var content = new List<XElement>();
        var y = HeadHeight;
        foreach (var (heading, bars) in groups)
        {
            if (heading.Length > 0)
            {
                content.Add(Svg.Text(16, y + 15, heading));
                y += RowHeight;
            }

            // Behind the texts.
            var x = LabelWidth + length(mark);
            if (mark > 0) content.Add(Svg.Line(x, y, x, y + (bars.Count * RowHeight), "axis"));
            foreach (var bar in bars)
            {
                var end = length(bar.Value);
                content.Add(Svg.Text(LabelWidth - 8, y + 14, bar.Label, bar.IsOwn ? "own" : "", "end"));
                content.Add(Svg.Bar(LabelWidth, y + 3, end, RowHeight - 6, bar.Colour, $"{bar.Label}: {bar.Text}"));
                content.Add(Svg.Text(LabelWidth + end + 6, y + 14, bar.Text, bar.IsOwn ? "own" : ""));
                y += RowHeight;
            }

            y += 10;
        }

        return Svg.Document(Width, y + 6, title, note, content);
    }

    private Func<double, double> Scale(double mark, bool isLogarithmic)
    {
        const double Room = Width - LabelWidth - TextWidth;
        var values = groups.SelectMany(group => group.Bars).Select(bar => bar.Value).Where(value => value > 0).DefaultIfEmpty(1).ToList();
        if (!isLogarithmic) return value => value * Room / Math.Max(values.Max(), mark);

        // The shortest bar can be seen too.
        var least = values.Min() / 2;
        return value => value > least ? Room * Math.Log(value / least) / Math.Log(values.Max() / least) : 0;
    }
}
