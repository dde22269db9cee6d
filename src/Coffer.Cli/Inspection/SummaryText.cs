namespace Coffer.Cli.Inspection;

/// <summary>Writes a summary for people.</summary>
internal static class SummaryText
{
    public static void Write(ModuleSummary summary, TextWriter output)
    {
        output.WriteLine($"{summary.File}: {summary.Size} bytes{(summary.Name is { } name ? $", module {name}" : "")}");
        output.WriteLine(
            $"features: {(summary.Features.Count == 0 ? "WebAssembly 1.0" : string.Join(", ", summary.Features))}");
        var counts = summary.Counts.Where(row => row.Count > 0).Select(row => $"{row.Count} {row.What}");
        output.WriteLine($"counts: {string.Join(", ", counts)}");
        if (summary.Start >= 0) output.WriteLine($"start: function {summary.Start}");
        WriteRows(output, "sections", [.. summary.Sections.Select(
            section => new[] { section.Name, $"0x{section.Offset:x}", $"{section.Size}" })]);
        WriteRows(output, "imports", [.. summary.Imports.Select(
            import => new[] { import.Kind, $"{import.Module} {import.Name}", import.Type })]);
        WriteRows(
            output, "exports", [.. summary.Exports.Select(export => new[] { export.Kind, export.Name, export.Type })]);
    }

    private static void WriteRows(TextWriter output, string title, string[][] rows)
    {
        if (rows.Length == 0) return;
        output.WriteLine($"{title}:");
        PlainColumns.Write(output, "  ", rows);
    }
}
