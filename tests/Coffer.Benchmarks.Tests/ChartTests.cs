using System.Globalization;
using System.Xml.Linq;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Tests;

public class ChartTests
{
    [Fact]
    public void BarChart_WithNamesOfMarkup_IsWellFormed()
    {
        var text = new BarChart("a < b & c", "\"note\"").Add("<group>", new Bar("x & y", 1, "1 < 2", "#123456")).Draw(mark: 1).ToString();

        var svg = XDocument.Parse(text).Root!;
        Assert.Equal("http://www.w3.org/2000/svg", svg.Name.NamespaceName);
        Assert.Contains(svg.Descendants(), element => element.Value == "x & y");
    }

    [Fact]
    public void BarChart_BarsAreAsLongAsTheirValues()
    {
        var widths = Bars(new BarChart("t", "n").Add("", new Bar("a", 2, "2", "#111111"), new Bar("b", 1, "1", "#222222")).Draw());

        Assert.Equal(2, widths["#111111"] / widths["#222222"], 2);
    }

    [Fact]
    public void BarChart_Logarithmic_TenTimesAsMuchIsTheSameLengthMore()
    {
        var widths = Bars(new BarChart("t", "n")
            .Add("", new Bar("a", 1, "", "#111111"), new Bar("b", 10, "", "#222222"), new Bar("c", 100, "", "#333333"))
            .Draw(isLogarithmic: true));

        Assert.True(widths["#111111"] > 10);
        Assert.Equal(widths["#222222"] - widths["#111111"], widths["#333333"] - widths["#222222"], 1);
    }

    [Fact]
    public void DotChart_WithManySeries_KeepsTheirNamesInside()
    {
        var series = Enumerable.Range(0, 20).Select(i => new Series("a rather long name", $"#{i:d6}")).ToList();
        var svg = new DotChart("t", "n", series).Draw();

        var width = double.Parse(svg.Root!.Attribute("width")!.Value, CultureInfo.InvariantCulture);
        Assert.All(series, each => Assert.InRange(Dots(svg, each.Colour).Single(), 0, width - 100));
    }

    [Fact]
    public void BarChart_LeavesOutWhatIsNoNumber() =>
        Assert.Single(Bars(new BarChart("t", "n").Add("", new Bar("a", double.NaN, "", "#111111"), new Bar("b", 1, "", "#222222")).Draw()));

    [Fact]
    public void BarChart_OfNothing_IsWellFormed() => Assert.NotNull(XDocument.Parse(new BarChart("t", "n").Add("").Draw().ToString()).Root);

    [Fact]
    public void Charts_HaveColoursForDarkAndLight() => Assert.Contains("prefers-color-scheme: dark", new BarChart("t", "n").Draw().ToString(), StringComparison.Ordinal);

    [Fact]
    public void DotChart_SlowerIsFurtherRight()
    {
        var svg = new DotChart("t", "n", [new Series("one", "#111111"), new Series("two", "#222222")]).Add("row", 0.5, 2).Draw();

        Assert.True(Dots(svg, "#111111").Last() < Dots(svg, "#222222").Last());
    }

    [Fact]
    public void DotChart_KeepsRatiosBeyondItsScaleInside()
    {
        var svg = new DotChart("t", "n", [new Series("one", "#111111")]).Add("far", 1e6).Add("near", 1e-6).Draw();

        var width = double.Parse(svg.Root!.Attribute("width")!.Value, CultureInfo.InvariantCulture);
        Assert.All(Dots(svg, "#111111"), x => Assert.InRange(x, 0, width));
    }

    [Fact]
    public void DotChart_WithAWrongNumberOfRatios_Throws() =>
        Assert.Throws<ArgumentException>(() => new DotChart("t", "n", [new Series("one", "#111111")]).Add("row", 1, 2));

    private static Dictionary<string, double> Bars(XDocument svg) => Of(svg, "rect")
        .ToDictionary(element => element.Attribute("fill")!.Value, element => double.Parse(element.Attribute("width")!.Value, CultureInfo.InvariantCulture));

    private static IEnumerable<double> Dots(XDocument svg, string colour) => Of(svg, "circle")
        .Where(element => element.Attribute("fill")!.Value == colour)
        .Select(element => double.Parse(element.Attribute("cx")!.Value, CultureInfo.InvariantCulture));

    private static IEnumerable<XElement> Of(XDocument svg, string name) =>
        svg.Descendants().Where(element => element.Name.LocalName == name && element.Attribute("fill") is not null);
}
