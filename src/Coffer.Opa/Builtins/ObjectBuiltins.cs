using System.Runtime.CompilerServices;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Objects and graphs.</summary>
internal static class ObjectBuiltins
{
    private const int LongestPath = 1_000;

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("object.subset", (context, a) => IsSubset(context, a)),
        new("graph.reachable_paths", (_, a) => Paths(a.Object(0), a.Items(1))),
    ];

    private static RegoValue IsSubset(BuiltinContext context, RegoValue[] operands) => (operands[0], operands[1]) switch
    {
        (RegoObject super, RegoObject sub) => Holds(context, super, sub),
        (RegoSet super, RegoSet sub) => sub.All(super.Contains),
        (RegoArray super, RegoSet sub) => sub.All(super.Contains),
        (RegoArray super, RegoArray sub) => HasRun(context, super, sub),
        _ => throw new BuiltinException(
            "both arguments object.subset must be of the same type or array and set") { IsTypeError = true },
    };

    private static bool Holds(BuiltinContext context, RegoObject super, RegoObject sub) =>
        sub.All(entry => super.TryGet(entry.Key, out var value) && (value, entry.Value) switch
    {
        (RegoObject left, RegoObject right) => Holds(context, left, right),
        (RegoSet left, RegoSet right) => right.All(left.Contains),
        (RegoArray left, RegoArray right) => HasRun(context, left, right),
        _ => value == entry.Value,
    });

    private static bool HasRun(BuiltinContext context, RegoArray super, RegoArray sub)
    {
        for (var start = 0; start <= super.Count - sub.Count; start++)
        {
            context.ThrowIfLate();
            if (sub.Select((item, index) => super[start + index] == item).All(isSame => isSame)) return true;
        }

        return false;
    }

    private static RegoSet Paths(RegoObject graph, IReadOnlyList<RegoValue> from)
    {
        var found = new List<RegoValue>();
        foreach (var start in from)
        {
            if (!graph.TryGet(start, out var edges)) continue;
            var next = Next(edges);
            if (next.Count == 0) found.Add(new RegoArray(start));

            // What one way out has reached is not followed again, but from another way out it is.
            foreach (var node in next) Follow(graph, node, [start], [start, node], found);
        }

        return new RegoSet(found);
    }

    private static IReadOnlyList<RegoValue> Next(RegoValue edges) =>
        edges is RegoArray or RegoSet ? (IReadOnlyList<RegoValue>)edges : [];

    private static void Follow(
        RegoObject graph, RegoValue node, List<RegoValue> before, HashSet<RegoValue> reached, List<RegoValue> found)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (before.Count > LongestPath) throw new BuiltinException($"a path of the graph is longer than {LongestPath}");
        if (!graph.TryGet(node, out var edges))
        {
            found.Add(new RegoArray(before));
            return;
        }

        List<RegoValue> path = before.Contains(node) ? before : [.. before, node];
        var next = Next(edges);
        if (next.Count == 0) found.Add(new RegoArray(path));
        foreach (var neighbour in next)
        {
            if (reached.Add(neighbour)) Follow(graph, neighbour, path, reached, found);
            else found.Add(new RegoArray(path));
        }
    }
}
