using System.Globalization;
using System.Text;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>The first page of the report: what was measured, when and on what, and which aims hold.</summary>
internal sealed class ReportFrame
{
    public const string FirstPage = "README.md";

    private readonly SuiteContext context;
    private readonly DateTimeOffset began = DateTimeOffset.Now;
    private readonly double load = Machine.LoadAverage();

    private ReportFrame(SuiteContext context) => this.context = context;

    public static ReportFrame Begin(SuiteContext context) => new(context);

    /// <summary>Writes all pages and pictures.</summary>
    public void Write(string folder, IReadOnlyList<SectionReport> reports)
    {
        Directory.CreateDirectory(folder);
        foreach (var report in reports)
        {
            var text = $"# {report.Title}\n\n{report.Text.ReplaceLineEndings("\n").TrimEnd()}\n";
            File.WriteAllText(Path.Combine(folder, $"{report.Name}.md"), text);
            foreach (var (name, picture) in report.Pictures) File.WriteAllText(Path.Combine(folder, $"{name}.svg"), $"{picture}\n");
        }

        File.WriteAllText(Path.Combine(folder, FirstPage), First(reports).ReplaceLineEndings("\n"));
    }

    private string First(IReadOnlyList<SectionReport> reports)
    {
        var text = new StringBuilder("# How fast Coffer is\n\n");
        text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"""
            Measured by `bench/run{Arguments()}` from {began:yyyy-MM-dd HH:mm} to {DateTimeOffset.Now:yyyy-MM-dd HH:mm zzz}.
            The load average was {load:F2} at the start and {Machine.LoadAverage():F2} at the end, the measuring itself included.
            Times of different machines cannot be compared; ratios can with care. What an earlier run measured with the same
            engines and programs may be from then.

            """));
        foreach (var report in reports) text.AppendLine($"## [{report.Title}]({report.Name}.md)\n\n{report.Summary.TrimEnd()}\n");
        text.AppendLine("## Aims").AppendLine().Append(Aims(reports)).AppendLine();
        text.AppendLine("## Machine").AppendLine();
        foreach (var (name, value) in Machine.Describe()) text.AppendLine($"- {name}: {value}");
        text.AppendLine().AppendLine("## Engines").AppendLine().Append(Engines());
        if (context.Peers.Missing.Count > 0) text.AppendLine().AppendLine("Left out:").AppendLine();
        foreach (var missing in context.Peers.Missing) text.AppendLine($"- {missing}");
        return text.ToString();
    }

    private string Arguments()
    {
        var options = context.Options;
        return string.Concat(
            options.IsQuick ? " --quick" : "", options.IsFresh ? " --fresh" : "",
            options.Rounds is { } rounds ? $" --rounds {rounds}" : "",
            string.Concat(options.Sections.Select(section => $" --only {section}")), string.Concat(options.Names.Select(name => $" {name}")));
    }

    private static MarkdownTable Aims(IEnumerable<SectionReport> reports)
    {
        var figures = reports.SelectMany(report => report.Figures).ToDictionary();
        var table = MarkdownTable.OfTexts("aim", "wanted", "measured", "holds");
        foreach (var aim in Aim.All)
        {
            var holds = aim.Holds(figures);
            table.Add(
                aim.Text, $"{(aim.IsAtLeast ? "≥" : "≤")} {aim.Bound.ToString(CultureInfo.InvariantCulture)} {aim.Unit}".TrimEnd(),
                holds is null ? Figure.None : $"{Figure.Ratio(figures[aim.Figure])} {aim.Unit}".TrimEnd(),
                holds switch { true => "yes", false => "**no**", null => "not measured" });
        }

        return table;
    }

    private MarkdownTable Engines()
    {
        var table = MarkdownTable.OfTexts("engine", "version", "command");
        foreach (var engine in context.Engines) table.Add(engine.Name, engine.Version, $"`{engine.CommandLine}`");
        return table;
    }
}
