namespace Coffer.Opa.Builtins;

/// <summary>
/// Whether two patterns have a text that both match: for patterns of characters, dots and sets of characters, each perhaps
/// repeated by <c>*</c> or <c>+</c>.
/// </summary>
internal static class GlobIntersection
{
    public static bool HaveCommonText(BuiltinContext context, string left, string right)
    {
        var (a, b) = (Read(left), Read(right));
        var seen = new HashSet<(int, int)>();
        var open = new Stack<(int Left, int Right)>();
        open.Push((0, 0));
        while (open.TryPop(out var at))
        {
            context.ThrowIfLate();
            if (!seen.Add(at)) continue;
            if (at == (a.Count, b.Count)) return true;
            if (at.Left < a.Count && a[at.Left].MayBeMissing) open.Push((at.Left + 1, at.Right));
            if (at.Right < b.Count && b[at.Right].MayBeMissing) open.Push((at.Left, at.Right + 1));
            if (at.Left >= a.Count || at.Right >= b.Count || !a[at.Left].Meets(b[at.Right])) continue;
            // One character of both, after which a repeated one may come again.
            foreach (var nextLeft in a[at.Left].MayRepeat ? [at.Left, at.Left + 1] : (int[])[at.Left + 1])
            {
                foreach (var nextRight in b[at.Right].MayRepeat
                    ? [at.Right, at.Right + 1]
                    : (int[])[at.Right + 1]) open.Push((nextLeft, nextRight));
            }
        }

        return false;
    }

    private static List<Part> Read(string pattern)
    {
        var parts = new List<Part>();
        for (var i = 0; i < pattern.Length;)
        {
            var part = ReadOne(pattern, ref i);
            // What may be missing once and repeat is a part that may be missing; a plus is one and then the rest.
            if (i < pattern.Length && pattern[i] is '*' or '+')
            {
                if (pattern[i] == '+') parts.Add(part);
                part = part with { MayBeMissing = true, MayRepeat = true };
                i++;
            }

            parts.Add(part);
        }

        return parts;
    }

    private static Part ReadOne(string pattern, ref int i)
    {
        switch (pattern[i])
        {
            case '\\':
                if (i + 1 >= pattern.Length) throw Invalid(pattern, i, "escape '\\' with nothing after it");
                i += 2;
                return new Part([(pattern[i - 1], pattern[i - 1])]);
            case '.':
                i++;
                return new Part([('\0', '\uFFFF')]);
            case '[':
                return ReadSet(pattern, ref i);
            case ']':
                throw Invalid(pattern, i + 1, "set-close ']' with no preceding '['");
            case '*' or '+':
                throw Invalid(pattern, i + 1, $"flag '{pattern[i]}' must be preceded by a non-flag");
            default:
                i++;
                return new Part([(pattern[i - 1], pattern[i - 1])]);
        }
    }

    private static Part ReadSet(string pattern, ref int i)
    {
        var start = i++;
        var ranges = new List<(char First, char Last)>();
        while (i < pattern.Length && pattern[i] != ']')
        {
            if (pattern[i] == '\\') i++;
            if (i >= pattern.Length) break;
            var first = pattern[i++];
            var last = first;
            if (i + 1 < pattern.Length && pattern[i] == '-' && pattern[i + 1] != ']')
            {
                last = pattern[i + 1] == '\\' && i + 2 < pattern.Length ? pattern[i++ + 2] : pattern[i + 1];
                i += 2;
            }

            ranges.Add((first, last));
        }

        if (i++ >= pattern.Length) throw Invalid(pattern, start, "'[' without ending ']'");
        return new Part(ranges);
    }

    private static BuiltinException Invalid(string pattern, int position, string what) =>
        new($"input:{pattern}, pos:{position}, {what}: the input provided is invalid");

    private sealed record Part(IReadOnlyList<(char First, char Last)> Ranges)
    {
        public bool MayBeMissing { get; init; }

        public bool MayRepeat { get; init; }

        public bool Meets(Part other) =>
            Ranges.Any(left => other.Ranges.Any(right => left.First <= right.Last && right.First <= left.Last));
    }
}
