using System.Globalization;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>One change of a document (RFC 6902); also of sets, whose items are their own keys.</summary>
internal static class JsonPatching
{
    /// <summary>The changed document; null when the change cannot be made.</summary>
    public static RegoValue? Apply(RegoValue target, RegoObject change)
    {
        var path = ReadPath(change["path"] ?? throw new BuiltinException("missing 'path' attribute") { IsTypeError = true });
        var operation = (change["op"] as RegoString)?.Value
            ?? throw new BuiltinException("missing 'op' attribute") { IsTypeError = true };
        switch (operation)
        {
            case "add":
                return Change(target, path, 0, new Edit(EditKind.Add, Value(change)));
            case "remove":
                return Change(target, path, 0, new Edit(EditKind.Remove, null));
            case "replace":
                return Change(target, path, 0, new Edit(EditKind.Replace, Value(change)));
            case "move":
                var from = ReadPath(change["from"] ?? throw MissingFrom());
                if (from.Count < path.Count && from.SequenceEqual(path.Take(from.Count))) return null;
                if (Find(target, from) is not { } moved
                    || Change(target, from, 0, new Edit(EditKind.Remove, null)) is not { } rest) return null;
                return Change(rest, path, 0, new Edit(EditKind.Add, moved));
            case "copy":
                return Find(target, ReadPath(change["from"] ?? throw MissingFrom())) is { } copied
                    ? Change(target, path, 0, new Edit(EditKind.Add, copied))
                    : null;
            case "test":
                return Find(target, path) is { } found && found == Value(change) ? target : null;
            default:
                throw new BuiltinException($"unrecognized op '{operation}'") { IsTypeError = true };
        }
    }

    private static RegoValue Value(RegoObject change) =>
        change["value"] ?? throw new BuiltinException("missing 'value' attribute") { IsTypeError = true };

    private static BuiltinException MissingFrom() => new("missing 'from' attribute") { IsTypeError = true };

    private static List<RegoValue> ReadPath(RegoValue path)
    {
        if (path is RegoArray keys) return [.. keys];
        if (path is not RegoString text) throw new BuiltinException(
            $"must be one of {{set, array, string}} containing paths but got {path.TypeName}") { IsTypeError = true };
        if (text.Value.Length == 0) return [];
        var pointer = text.Value.StartsWith('/') ? text.Value[1..] : text.Value;
        return [.. pointer.Split('/')
            .Select(key => new RegoString(
                key.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))];
    }

    private static RegoValue? Find(RegoValue target, IEnumerable<RegoValue> path)
    {
        foreach (var key in path)
        {
            RegoValue? next = target switch
            {
                RegoObject entries => entries[key],
                RegoArray array => IndexOf(key) is { } index && index < array.Count ? array[index] : null,
                RegoSet set => set.Contains(key) ? key : null,
                _ => null,
            };
            if (next is null) return null;
            target = next;
        }

        return target;
    }

    private static RegoValue? Change(RegoValue target, List<RegoValue> path, int depth, Edit edit)
    {
        if (depth == path.Count) return edit.Value;
        var (key, isLast) = (path[depth], depth == path.Count - 1);
        if (isLast) return edit.ApplyTo(target, key);
        if (Find(target, [key]) is not { } inner || Change(inner, path, depth + 1, edit) is not { } changed) return null;
        return target switch
        {
            RegoObject entries => entries.With(key, changed),
            RegoArray array => new RegoArray(array.Select((item, i) => i == IndexOf(key) ? changed : item)),
            RegoSet set => new RegoSet(set.Select(item => item == key ? changed : item)),
            _ => null,
        };
    }

    private static int? IndexOf(RegoValue key) => key switch
    {
        RegoNumber number when number.TryGetInt64(out var index) && index is >= 0 and <= int.MaxValue => (int)index,
        RegoString text when int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && (text.Value == "0" || text.Value[0] != '0') => index,
        _ => null,
    };

    private enum EditKind
    {
        Add,
        Remove,
        Replace,
    }

    private sealed record Edit(EditKind Kind, RegoValue? Value)
    {
        public RegoValue? ApplyTo(RegoValue target, RegoValue key) => target switch
        {
            RegoObject entries when Kind == EditKind.Add || entries.TryGet(key, out _) =>
                Kind == EditKind.Remove ? entries.Without(key) : entries.With(key, Value!),
            RegoArray array => InArray(array, key),
            RegoSet set when Kind == EditKind.Add => key == Value ? new RegoSet([.. set, key]) : null,
            RegoSet set when set.Contains(key) && Kind == EditKind.Remove => new RegoSet(set.Where(item => item != key)),
            RegoSet set when set.Contains(key) && key == Value => set,
            _ => null,
        };

        private RegoArray? InArray(RegoArray array, RegoValue key)
        {
            if (Kind == EditKind.Add && key is RegoString { Value: "-" }) return new RegoArray([.. array, Value!]);
            if (IndexOf(key) is not { } index) return null;
            if (Kind == EditKind.Add) return index <= array.Count
                ? new RegoArray([.. array.Take(index), Value!, .. array.Skip(index)])
                : null;
            if (index >= array.Count) return null;
            return Kind == EditKind.Remove
                ? new RegoArray(array.Where((_, i) => i != index))
                : new RegoArray(array.Select((item, i) => i == index ? Value! : item));
        }
    }
}
