using System.Globalization;
using Coffer.Opa.Values;

namespace Coffer.Opa.Decisions;

/// <summary>
/// What is at a path of all that rules and data give together, as far as the entrypoints of compiled policies reach: the value
/// of an entrypoint, what is within it, or an object of all entrypoints and data below the path.
/// </summary>
internal static class PolicyPath
{
    public static (RegoValue? Value, IReadOnlyList<string> BuiltinErrors) Evaluate(
        PolicySet policies, string path, RegoValue? input, CancellationToken cancellation)
    {
        if (policies.HasEntrypoint(path)) return Evaluate(policies, path, [], input, cancellation);
        var keys = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var length = keys.Length - 1; length > 0; length--)
        {
            var above = string.Join('/', keys[..length]);
            if (policies.HasEntrypoint(above)) return Evaluate(policies, above, keys[length..], input, cancellation);
        }

        var errors = new List<string>();
        var value = Find(policies.Data, keys);
        foreach (var entrypoint in policies.Entrypoints.Where(
            name => keys.Length == 0 ? name.Length > 0 : name.StartsWith(path + "/", StringComparison.Ordinal)))
        {
            var (result, failures) = Evaluate(policies, entrypoint, [], input, cancellation);
            errors.AddRange(failures);
            if (result is not null) value = Put(
                value as RegoObject ?? RegoObject.Empty, entrypoint.Split('/')[keys.Length..], result);
        }

        return (value, errors);
    }

    /// <summary>What is at a path within a value; null when there is nothing.</summary>
    public static RegoValue? Find(RegoValue? value, IEnumerable<string> keys) =>
        keys.Aggregate(value, (within, key) => within switch
    {
        RegoObject entries => entries[key],
        RegoArray array when int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < array.Count => array[index],
        RegoSet set when set.Contains(key) => key,
        _ => null,
    });

    private static (RegoValue? Value, IReadOnlyList<string> BuiltinErrors) Evaluate(
        PolicySet policies, string entrypoint, string[] keys, RegoValue? input, CancellationToken cancellation)
    {
        var result = policies.PolicyOf(entrypoint).Evaluate(entrypoint, input, cancellation);
        return (Find(result.Value, keys), result.BuiltinErrors);
    }

    private static RegoObject Put(RegoObject target, string[] keys, RegoValue value) => target.With(
        keys[0], keys.Length == 1 ? value : Put(target[keys[0]] as RegoObject ?? RegoObject.Empty, keys[1..], value));
}
