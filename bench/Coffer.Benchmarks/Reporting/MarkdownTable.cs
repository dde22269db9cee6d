using System.Text;

namespace Coffer.Benchmarks.Reporting;

/// <summary>A table in Markdown.</summary>
internal sealed class MarkdownTable
{
    private readonly StringBuilder text = new();

    /// <summary>A table of figures: the first column to the left, the others to the right.</summary>
    public MarkdownTable(params string[] head)
        : this(head, "---:")
    {
    }

    private MarkdownTable(string[] head, string others) =>
        text.AppendLine(Row(head)).AppendLine(Row(head.Select((_, i) => i == 0 ? "---" : others)));

    /// <summary>A table of texts: all columns to the left.</summary>
    public static MarkdownTable OfTexts(params string[] head) => new(head, "---");

    public MarkdownTable Add(params IEnumerable<string> cells)
    {
        text.AppendLine(Row(cells));
        return this;
    }

    public override string ToString() => text.ToString();

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(Escape))} |";

    private static string Escape(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
