namespace Coffer.Cli.Disassembly;

/// <summary>
/// The lines that stand between machine instructions and say which wasm instructions the next ones are for. The JIT
/// compiler records the beginnings of statements, so the instructions of one statement stand together. Optimized code is
/// not in order: a statement may have code in several places, and its instructions are shown at the first. So may an
/// instruction of a loop that was repeated.
/// </summary>
internal sealed class WasmMarks
{
    private readonly IReadOnlyDictionary<long, string> wasm;
    private readonly List<(long Il, long Wasm)> pairs;
    private readonly int[] beginnings;
    private readonly HashSet<long> shown = [];
    private readonly Queue<(int Native, string Line)> marks = new();
    private string lastOther = "";

    /// <param name="map">Where the code of each place in the CIL begins, in the order of the machine code.</param>
    /// <param name="pairs">Where in the CIL each wasm instruction begins: the CIL rises, repeated wasm comes again.</param>
    /// <param name="wasm">The text of wasm instructions by their offset.</param>
    public WasmMarks(
        IReadOnlyList<NativeOffset> map, IEnumerable<(long Il, long Wasm)> pairs, IReadOnlyDictionary<long, string> wasm)
    {
        this.wasm = wasm;
        this.pairs = [.. pairs.Where(pair => wasm.ContainsKey(pair.Wasm))];
        IsCut = map.Count >= NativeOffsetMap.MostPlaces;
        beginnings = [.. map.Select(place => place.Il).Where(il => il >= 0).Distinct().Order()];
        for (var i = 0; i < map.Count; i++)
        {
            var hasCode = i + 1 == map.Count || map[i + 1].Native > map[i].Native;
            if (i == 0 || map[i].Il != map[i - 1].Il) Mark(map[i], hasCode);
        }
    }

    /// <summary>Whether there are places that the runtime did not tell of.</summary>
    public bool IsCut { get; }

    /// <summary>Takes the lines that stand before the machine instruction at an offset.</summary>
    public IEnumerable<string> TakeUntil(int native)
    {
        while (marks.TryPeek(out var mark) && mark.Native <= native) yield return marks.Dequeue().Line;
    }

    private void Mark(NativeOffset place, bool hasCode)
    {
        var statement = place.Il >= 0 ? StatementAt(place.Il) : [];
        if (statement.Count == 0)
        {
            if (hasCode) MarkOther(place);
            return;
        }

        lastOther = "";
        var before = statement.Where(shown.Contains).ToList();
        if (before.Count > 0 && hasCode) marks.Enqueue((place.Native, $"; again {Ranges(before)}"));
        foreach (var offset in statement.Where(shown.Add)) marks.Enqueue((place.Native, WasmListing.Line(offset, wasm[offset])));
    }

    private void MarkOther(NativeOffset place)
    {
        var line = place.Il switch
        {
            NativeOffsetMap.Unmapped => "; of no instruction",
            NativeOffsetMap.Epilogue => "; epilogue",

            // What makes the frame (-2), and places in the CIL that the engine puts before the first instruction.
            _ => "; prologue",
        };
        if (line != lastOther) marks.Enqueue((place.Native, line));
        lastOther = line;
    }

    /// <summary>The instructions from a beginning to the next one; the first may have begun earlier.</summary>
    private List<long> StatementAt(int il)
    {
        var first = FirstFrom(il);
        if (first > 0 && (first == pairs.Count || pairs[first].Il > il)) first--;
        var next = Array.BinarySearch(beginnings, il) + 1;
        var end = next < beginnings.Length ? FirstFrom(beginnings[next]) : pairs.Count;

        // Where the statement ends is not known then; it is not the rest of the function.
        if (IsCut && next == beginnings.Length) end = Math.Min(end, first + 1);
        return [.. pairs[first..end].Select(pair => pair.Wasm)];
    }

    /// <summary>The first of the pairs whose CIL begins at an offset or behind it.</summary>
    private int FirstFrom(int il)
    {
        var (low, high) = (0, pairs.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (pairs[middle].Il < il) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    // A statement may reach from the end of a loop's copy into the next one, where the offsets begin anew.
    private static string Ranges(List<long> offsets)
    {
        var ranges = new List<string>();
        for (int first = 0, last = 0; first < offsets.Count; first = ++last)
        {
            while (last + 1 < offsets.Count && offsets[last + 1] > offsets[last]) last++;
            ranges.Add(first == last ? $"0x{offsets[first]:x}" : $"0x{offsets[first]:x} to 0x{offsets[last]:x}");
        }

        return string.Join(", ", ranges);
    }
}
