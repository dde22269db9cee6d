using System.Text;

namespace Coffer.Benchmarks.Reporting;

/// <summary>A table in Markdown: the first column to the left, the others to the right.</summary>
internal sealed class MarkdownTable(params string[] head)
{
    private readonly StringBuilder text = new StringBuilder()
        .AppendLine(Row(head))
        .AppendLine(Row(head.Select((_, i) => i == 0 ? "---" : "---:")));

    public MarkdownTable Add(params IEnumerable<string> cells)
    {
        text.AppendLine(Row(cells));
        return this;
    }

    public override string ToString() => text.ToString();

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(Escape))} |";

    private static string Escape(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
