using System.Xml.Linq;

namespace Coffer.Benchmarks.Suite;

/// <summary>What a section found.</summary>
/// <param name="Name">The word for it, and the name of its file.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Text">The report, in Markdown, without the heading.</param>
/// <param name="Summary">The paragraph for the first page.</param>
internal sealed record SectionReport(string Name, string Title, string Text, string Summary)
{
    /// <summary>Figures that aims are compared with, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>SVG pictures, by the name of their file without its end.</summary>
    public IReadOnlyDictionary<string, XDocument> Pictures { get; init; } = new Dictionary<string, XDocument>();

    /// <summary>A section that could not be measured.</summary>
    public static SectionReport Missing(string name, string title, string why) =>
        new(name, title, $"Not measured: {why}\n", $"Not measured: {why}");
}

/// <summary>A part of the suite that measures one thing.</summary>
internal sealed record Section(string Name, Func<SuiteContext, SectionReport> Measure)
{
    /// <summary>All of them, in the order of the report.</summary>
    public static IReadOnlyList<Section> All { get; } =
    [
        new("execution", ExecutionSection.Measure),
        new("limits", LimitsSection.Measure),
        new("compile", CompileSection.Measure),
        new("first-result", FirstResultSection.Measure),
        new("memory", MemorySection.Measure),
        new("calls", CallSection.Measure),
        new("instances", OwnProgramSection.Instances.Measure),
        new("start", OwnProgramSection.Start.Measure),
    ];

    public static IEnumerable<string> Names => All.Select(section => section.Name);
}
