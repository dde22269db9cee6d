using Coffer.Opa.Values;

namespace Coffer.Opa.Decisions;

/// <summary>
/// What of a decision is not logged: a path below <c>/input</c> or <c>/result</c>, such as <c>/input/password</c>, whose value
/// is removed, or replaced by another. Immutable.
/// </summary>
/// <param name="Path">The path. A part <c>*</c> is every key or item.</param>
/// <param name="Replacement">What is put in the place of the value; null to remove it.</param>
public sealed record DecisionMask(string Path, RegoValue? Replacement = null)
{
    /// <summary>
    /// The masks that the rule <c>system/log/mask</c> of a policy gives: paths, or objects with <c>op</c>, <c>path</c> and
    /// <c>value</c>.
    /// </summary>
    /// <exception cref="FormatException">Something in it is neither.</exception>
    public static IEnumerable<DecisionMask> ReadAll(RegoValue? value) => value switch
    {
        null => [],
        RegoSet or RegoArray => ((IEnumerable<RegoValue>)value).Select(Read),
        _ => throw new FormatException($"the masks must be a set, and are {value.TypeName}"),
    };

    /// <summary>The event without what is masked, which lists what that is.</summary>
    public static DecisionEvent Apply(IEnumerable<DecisionMask> masks, DecisionEvent decision)
    {
        foreach (var mask in masks) decision = mask.Apply(decision);
        return decision;
    }

    private static DecisionMask Read(RegoValue value) => value switch
    {
        RegoString path => new(path.Value),
        RegoObject mask when mask["path"] is RegoString path => (mask["op"] as RegoString)?.Value switch
        {
            "remove" => new(path.Value),
            "upsert" => new(path.Value, mask["value"] ?? RegoNull.Value),
            _ => throw new FormatException($"the mask {value} must have the op \"remove\" or \"upsert\""),
        },
        _ => throw new FormatException($"{value} is no mask"),
    };

    private DecisionEvent Apply(DecisionEvent decision)
    {
        var keys = Path.Split('/').Skip(1)
            .Select(key => key.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))
                .ToArray();
        if (keys.Length == 0 || keys[0] is not ("input" or "result")) return decision;
        var isInput = keys[0] == "input";
        var found = false;
        var changed = Change(isInput ? decision.Input : decision.Result, keys, 1, ref found);
        if (!found) return decision;
        decision = isInput ? decision with { Input = changed } : decision with { Result = changed };
        return Replacement is null
            ? decision with { Erased = [.. decision.Erased, Path] }
            : decision with { Masked = [.. decision.Masked, Path] };
    }

    // The value without what is at the path; null when nothing is left of it.
    private RegoValue? Change(RegoValue? value, string[] keys, int depth, ref bool found)
    {
        if (depth == keys.Length)
        {
            found |= value is not null;
            return Replacement;
        }

        switch (value)
        {
            case RegoObject entries:
                var kept = new List<KeyValuePair<RegoValue, RegoValue>>();
                foreach (var (key, item) in entries)
                {
                    var isMeant = keys[depth] == "*" || (key is RegoString name && name.Value == keys[depth]);
                    if ((isMeant ? Change(item, keys, depth + 1, ref found) : item) is { } left) kept.Add(new(key, left));
                }

                // What is to be replaced and is not there is added.
                if (Replacement is not null && depth == keys.Length - 1 && keys[depth] != "*" && entries[keys[depth]] is null)
                {
                    found = true;
                    kept.Add(new(keys[depth], Replacement));
                }

                return new RegoObject(kept);
            case RegoArray items:
                var rest = new List<RegoValue>();
                for (var i = 0; i < items.Count; i++)
                {
                    var isMeant = keys[depth] == "*"
                        || keys[depth] == i.ToString(System.Globalization.CultureInfo.InvariantCulture);
                    if ((isMeant ? Change(items[i], keys, depth + 1, ref found) : items[i]) is { } left) rest.Add(left);
                }

                return new RegoArray(rest);
            default:
                return value;
        }
    }
}
