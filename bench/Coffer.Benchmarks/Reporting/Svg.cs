using System.Globalization;
using System.Xml.Linq;

namespace Coffer.Benchmarks.Reporting;

/// <summary>The elements that charts are made of. Colours follow the reader's choice of dark or light.</summary>
internal static class Svg
{
    private static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    private const string Style = """
        text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
        .title { font-size: 15px; font-weight: 600; }
        .own { font-weight: 600; }
        .faint { fill: #59636e; font-size: 11px; }
        .page { fill: #ffffff; }
        .grid { stroke: #d1d9e0; stroke-width: 1; }
        .axis { stroke: #59636e; stroke-width: 1.5; }
        .stripe { fill: #f6f8fa; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; }
          .faint { fill: #9198a1; }
          .page { fill: #0d1117; }
          .grid { stroke: #30363d; }
          .axis { stroke: #9198a1; }
          .stripe { fill: #151b23; }
        }
        """;

    public static XDocument Document(double width, double height, string title, string note, params IEnumerable<XElement> content) => new(
        new XElement(
            Namespace + "svg",
            new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"),
            new XAttribute("width", Number(width)),
            new XAttribute("height", Number(height)),
            new XAttribute("role", "img"),
            new XElement(Namespace + "title", title),
            new XElement(Namespace + "style", Style),
            new XElement(
                Namespace + "rect",
                new XAttribute("class", "page"), new XAttribute("width", Number(width)), new XAttribute("height", Number(height)), new XAttribute("rx", "6")),
            Text(16, 26, title, "title"),
            Text(16, 44, note, "faint"),
            content));

    public static XElement Text(double x, double y, string text, string style = "", string anchor = "start") => new(
        Namespace + "text",
        new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), new XAttribute("class", style), new XAttribute("text-anchor", anchor), text);

    public static XElement Line(double x1, double y1, double x2, double y2, string style) => new(
        Namespace + "line",
        new XAttribute("x1", Number(x1)), new XAttribute("y1", Number(y1)), new XAttribute("x2", Number(x2)), new XAttribute("y2", Number(y2)),
        new XAttribute("class", style));

    public static XElement Bar(double x, double y, double width, double height, string colour, string tip) => new(
        Namespace + "rect",
        new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), new XAttribute("width", Number(Math.Max(width, 1))),
        new XAttribute("height", Number(height)), new XAttribute("rx", "2"), new XAttribute("fill", colour), new XElement(Namespace + "title", tip));

    public static XElement Stripe(double y, double width, double height) => new(
        Namespace + "rect",
        new XAttribute("class", "stripe"), new XAttribute("x", "0"), new XAttribute("y", Number(y)),
        new XAttribute("width", Number(width)), new XAttribute("height", Number(height)));

    public static XElement Dot(double x, double y, double radius, string colour, string tip) => new(
        Namespace + "circle",
        new XAttribute("cx", Number(x)), new XAttribute("cy", Number(y)), new XAttribute("r", Number(radius)), new XAttribute("fill", colour),
        new XElement(Namespace + "title", tip));

    private static string Number(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);
}
