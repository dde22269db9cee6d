using System.Globalization;
using System.Xml.Linq;

namespace Coffer.Benchmarks.Reporting;

/// <summary>The elements that charts are made of. Colours follow the reader's choice of dark or light.</summary>
internal static class Svg
{
    private static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    private const string Style = """
        text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; paint-order: stroke; stroke: #ffffff; stroke-width: 3; }
        .title { font-size: 15px; font-weight: 600; }
        .own { font-weight: 600; }
        .faint { fill: #59636e; font-size: 11px; }
        .page { fill: #ffffff; }
        .grid { stroke: #d1d9e0; stroke-width: 1; }
        .axis { stroke: #59636e; stroke-width: 1.5; }
        .stripe { fill: #f6f8fa; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; stroke: #0d1117; }
          .faint { fill: #9198a1; }
          .page { fill: #0d1117; }
          .grid { stroke: #30363d; }
          .axis { stroke: #9198a1; }
          .stripe { fill: #151b23; }
        }
        """;

    public static XDocument Document(double width, double height, string title, string note, params IEnumerable<XElement> content) => new(
        Element("svg", ("viewBox", $"0 0 {Number(width)} {Number(height)}"), ("width", width), ("height", height), ("role", "img"))
            .With(Element("title").With(title))
            .With(Element("style").With(Style))
            .With(Element("rect", ("class", "page"), ("width", width), ("height", height), ("rx", 6.0)))
            .With(Text(16, 26, title, "title"))
            .With(Text(16, 44, note, "faint"))
            .With(content));

    public static XElement Text(double x, double y, string text, string style = "", string anchor = "start") =>
        Element("text", ("x", x), ("y", y), ("class", style), ("text-anchor", anchor)).With(text);

    public static XElement Line(double x1, double y1, double x2, double y2, string style) =>
        Element("line", ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2), ("class", style));

    public static XElement Stripe(double y, double width, double height) =>
        Element("rect", ("class", "stripe"), ("x", 0.0), ("y", y), ("width", width), ("height", height));

    /// <summary>A bar; who points at it sees the tip.</summary>
    public static XElement Bar(double x, double y, double width, double height, string colour, string tip) => Element(
        "rect", ("x", x), ("y", y), ("width", Math.Max(width, 1)), ("height", height), ("rx", 2.0), ("fill", colour))
        .With(Element("title").With(tip));

    /// <summary>A dot; who points at it sees the tip.</summary>
    public static XElement Dot(double x, double y, double radius, string colour, string tip) =>
        Element("circle", ("cx", x), ("cy", y), ("r", radius), ("fill", colour)).With(Element("title").With(tip));

    private static XElement Element(string name, params (string Name, object Value)[] attributes) => new(
        Namespace + name, attributes.Select(each => new XAttribute(each.Name, each.Value is double number ? Number(number) : each.Value)));

    private static XElement With(this XElement element, object content)
    {
        element.Add(content);
        return element;
    }

    private static string Number(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);
}
