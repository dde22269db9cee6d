namespace Coffer.Cli;

/// <summary>Rows of words as columns of plain text.</summary>
internal static class PlainColumns
{
    private const int Widest = 48;

    /// <summary>Writes rows of the same number of words; a word that is too wide pushes the others of its row away.</summary>
    public static void Write(TextWriter output, string indentation, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0) return;
        var widths = rows[0]
            .Select((_, column) => Math.Min(Widest, rows.Max(row => row[column].Length)))
            .ToArray();
        foreach (var row in rows)
        {
            var words = row.Select((word, column) => word.PadRight(widths[column]));
            output.WriteLine($"{indentation}{string.Join("  ", words)}".TrimEnd());
        }
    }
}
