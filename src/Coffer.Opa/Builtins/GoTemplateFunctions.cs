using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>The functions of templates.</summary>
internal static class GoTemplateFunctions
{
    private static readonly Dictionary<string, Func<List<RegoValue>, RegoValue>> Known = new(StringComparer.Ordinal)
    {
        ["len"] = a => a[0] switch
        {
            RegoString text => (long)Encoding.UTF8.GetByteCount(text.Value),
            RegoObject entries => (long)entries.Count,
            IReadOnlyCollection<RegoValue> items => (long)items.Count,
            _ => throw new BuiltinException("template: len of what has no length"),
        },
        ["eq"] = a => a.Skip(1).Any(other => other == a[0]),
        ["ne"] = a => a[0] != a[1],
        ["lt"] = a => a[0] < a[1],
        ["le"] = a => a[0] <= a[1],
        ["gt"] = a => a[0] > a[1],
        ["ge"] = a => a[0] >= a[1],
        ["not"] = a => !IsTrue(a[0]),
        ["and"] = a => a.Find(value => !IsTrue(value)) ?? a[^1],
        ["or"] = a => a.Find(IsTrue) ?? a[^1],
        ["print"] = a => string.Concat(a.Select(GoFormat.Plain)),
        ["println"] = a => string.Join(' ', a.Select(GoFormat.Plain)) + "\n",
        ["printf"] = a => GoFormat.Format(GoFormat.Plain(a[0]), new RegoArray(a.Skip(1))),
        ["urlquery"] = a => EncodingBuiltins.Escape(GoFormat.Plain(a[0])),
        ["html"] = a => System.Net.WebUtility.HtmlEncode(GoFormat.Plain(a[0])),
        ["js"] = a => System.Text.Encodings.Web.JavaScriptEncoder.Default.Encode(GoFormat.Plain(a[0])),
        ["index"] = a => a.Skip(1).Aggregate(a[0], Index),
    };

    public static Func<List<RegoValue>, RegoValue>? Find(string name) =>
        Known.TryGetValue(name, out var function) ? arguments => Call(name, function, arguments) : null;

    private static RegoValue Call(string name, Func<List<RegoValue>, RegoValue> function, List<RegoValue> arguments)
    {
        var least = name is "eq" or "ne" or "lt" or "le" or "gt" or "ge" or "index"
            ? 2
            : name is "print" or "println" ? 0 : 1;
        return arguments.Count >= least
            ? function(arguments)
            : throw new BuiltinException(
                $"template: wrong number of args for {name}: want at least {least} got {arguments.Count}");
    }

    private static RegoValue Index(RegoValue target, RegoValue key) => target switch
    {
        RegoObject entries => entries[key] ?? RegoNull.Value,
        RegoArray array when key is RegoNumber number && number.TryGetInt64(out var index) && index >= 0
            && index < array.Count => array[(int)index],
        _ => throw new BuiltinException($"template: index out of range: {key}"),
    };

    /// <summary>What a condition takes for true: all but nothing, zero and what is empty.</summary>
    public static bool IsTrue(RegoValue value) => value switch
    {
        RegoNull or RegoBoolean { Value: false } or RegoString { Value: "" } => false,
        RegoNumber number => number != (RegoValue)0L,
        RegoObject entries => entries.Count > 0,
        IReadOnlyCollection<RegoValue> items => items.Count > 0,
        _ => true,
    };
}
