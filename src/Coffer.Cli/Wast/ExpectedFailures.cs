namespace Coffer.Cli.Wast;

/// <summary>
/// A list of failures that are known and explained: each line the end of a script's path, or one line of it, and a
/// reason. What is listed and passes is an error, so that the list stays true.
/// </summary>
internal sealed class ExpectedFailures
{
    private readonly List<Entry> entries = [];

    /// <summary>A list without entries.</summary>
    public static ExpectedFailures None { get; } = new();

    /// <summary>Reads a list: <c>path[:line] reason</c>; empty lines and lines that begin with # say nothing.</summary>
    /// <exception cref="CommandFailure">A line has no reason.</exception>
    public static ExpectedFailures Parse(string file, string text)
    {
        var list = new ExpectedFailures();
        var number = 0;
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            if (line.Split(' ', 2, StringSplitOptions.TrimEntries) is not [var place, { Length: > 0 }])
            {
                throw CommandFailure.Usage(
                    $"{file}:{number}: an expected failure is a path, perhaps :line, and a reason");
            }

            var colon = place.LastIndexOf(':');
            var hasLine = colon > 0 && int.TryParse(place.AsSpan(colon + 1), out _);
            list.entries.Add(
                new Entry(place, hasLine ? place[..colon] : place, hasLine ? int.Parse(place.AsSpan(colon + 1)) : 0));
        }

        return list;
    }

    /// <summary>Whether a failure is listed; remembers that its entry was needed.</summary>
    public bool Covers(ScriptFailure failure)
    {
        var covering = entries
            .Where(entry => IsOf(entry, failure.File) && (entry.Line == 0 || entry.Line == failure.Line))
            .ToList();
        covering.ForEach(entry => entry.WasNeeded = true);
        return covering.Count > 0;
    }

    /// <summary>The entries for these scripts that no failure needed.</summary>
    public IEnumerable<string> Needless(IReadOnlyList<string> files) => entries
        .Where(entry => !entry.WasNeeded && files.Any(file => IsOf(entry, file)))
        .Select(entry => entry.Place);

    private static bool IsOf(Entry entry, string file) =>
        $"/{file.Replace('\\', '/')}".EndsWith($"/{entry.File}", StringComparison.Ordinal);

    private sealed class Entry(string place, string file, int line)
    {
        public string Place => place;

        public string File => file;

        public int Line => line;

        public bool WasNeeded { get; set; }
    }
}
