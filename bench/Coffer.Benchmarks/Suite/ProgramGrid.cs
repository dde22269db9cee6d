using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>What several engines, or ways to run, took for several programs: a figure for each pair.</summary>
/// <param name="subjects">The engines or ways: the word for each, and its name.</param>
/// <param name="show">How a figure is written.</param>
internal sealed class ProgramGrid(IReadOnlyList<(string Id, string Name)> subjects, Func<double, string> show)
{
    private readonly List<(GuestModule Module, Dictionary<string, double[]> Values)> rows = [];

    /// <summary>Adds a program: the measurements by the word for the subject, none where it failed.</summary>
    public void Add(GuestModule module, Dictionary<string, double[]> values) => rows.Add((module, values));

    /// <summary>The median; not a number where there is none.</summary>
    public double Median(string program, string subject) =>
        rows.Where(row => row.Module.Name == program).Select(row => Median(row.Values, subject)).DefaultIfEmpty(double.NaN).First();

    /// <summary>The greatest ratio of one subject to another over the programs.</summary>
    public double WorstRatio(string subject, string to, Func<GuestModule, bool> which) => rows
        .Where(row => which(row.Module)).Select(row => Ratio(row.Values, subject, to)).Where(double.IsFinite)
        .DefaultIfEmpty(double.NaN).Max();

    /// <summary>A table with a row for each program.</summary>
    /// <param name="ratios">Further columns: what is compared, under a heading.</param>
    public MarkdownTable Table(params (string Heading, string Subject, string To)[] ratios)
    {
        var table = new MarkdownTable(
            ["program", "size", .. subjects.Select(subject => subject.Name), .. ratios.Select(ratio => ratio.Heading)]);
        foreach (var (module, values) in rows)
        {
            table.Add(
            [
                module.Name, Figure.Size(module.Bytes), .. subjects.Select(subject => Cell(values, subject.Id)),
                .. ratios.Select(ratio => Figure.Ratio(Ratio(values, ratio.Subject, ratio.To))),
            ]);
        }

        return table;
    }

    /// <summary>Adds a group of bars for each of the last programs.</summary>
    public BarChart AddTo(BarChart chart, int programs)
    {
        foreach (var (module, values) in rows.TakeLast(programs))
        {
            chart.Add($"{module.Name}, {Figure.Size(module.Bytes)}", subjects
                .Select(subject => (subject.Id, subject.Name, Value: Median(values, subject.Id)))
                .Select(each => Bar.Of(each.Id, each.Name, each.Value, show(each.Value))));
        }

        return chart;
    }

    /// <summary>The last program in a line, for the person who waits.</summary>
    public string DescribeLast() => $"{rows[^1].Module.Name}: {string.Join("  ", subjects
        .Select(subject => $"{subject.Id} {show(Median(rows[^1].Values, subject.Id))}"))}";

    private static double Median(Dictionary<string, double[]> values, string subject) =>
        values.GetValueOrDefault(subject) is { Length: > 0 } found ? Statistics.Median(found) : double.NaN;

    private static double Ratio(Dictionary<string, double[]> values, string subject, string to) =>
        Median(values, subject) / Median(values, to);

    private string Cell(Dictionary<string, double[]> values, string subject) =>
        values.GetValueOrDefault(subject) is { Length: > 0 } found
        ? $"{show(Statistics.Median(found))} {Figure.Spread(Spread.Of(found))}".TrimEnd()
        : Figure.None;
}
