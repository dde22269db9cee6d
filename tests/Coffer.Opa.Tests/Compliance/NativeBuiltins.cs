using System.Globalization;
using System.Numerics;
using Coffer.Opa.Builtins;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Compliance;

/// <summary>Builtins that are compiled into policies, as far as the cases of the others call them.</summary>
internal static class NativeBuiltins
{
    private static readonly Dictionary<string, Func<RegoValue[], RegoValue?>> Known = new()
    {
        ["=="] = a => a[0] == a[1],
        ["!="] = a => a[0] != a[1],
        ["<"] = a => a[0] < a[1],
        ["<="] = a => a[0] <= a[1],
        [">"] = a => a[0] > a[1],
        [">="] = a => a[0] >= a[1],
        ["+"] = a => RegoNumber.Of(Number(a[0]) + Number(a[1])),
        ["-"] = a => a[0] is RegoSet left
            ? new RegoSet(left.Except((RegoSet)a[1]))
            : RegoNumber.Of(Number(a[0]) - Number(a[1])),
        ["*"] = a => a.All(factor => factor is RegoNumber { IsInteger: true })
            ? RegoNumber.Of(Number(a[0]) * Number(a[1]))
            : RegoNumber.Of(((RegoNumber)a[0]).ToDouble() * ((RegoNumber)a[1]).ToDouble()),
        ["/"] = a => RegoNumber.Of(((RegoNumber)a[0]).ToDouble() / ((RegoNumber)a[1]).ToDouble()),
        ["|"] = a => new RegoSet([.. (RegoSet)a[0], .. (RegoSet)a[1]]),
        ["count"] = a => a[0] switch
        {
            RegoString text => (long)new StringInfo(text.Value).LengthInTextElements,
            RegoArray array => (long)array.Count,
            RegoSet set => (long)set.Count,
            RegoObject entries => (long)entries.Count,
            _ => null,
        },
        ["sort"] = a => new RegoArray(((IEnumerable<RegoValue>)a[0]).Order()),
        ["concat"] = a => string.Join(
            ((RegoString)a[0]).Value, ((IEnumerable<RegoValue>)a[1]).Select(part => ((RegoString)part).Value)),
        ["split"] = a => new RegoArray(
            ((RegoString)a[0]).Value.Split(((RegoString)a[1]).Value).Select(part => new RegoString(part))),
        ["contains"] = a => ((RegoString)a[0]).Value.Contains(((RegoString)a[1]).Value, StringComparison.Ordinal),
        ["startswith"] = a => ((RegoString)a[0]).Value.StartsWith(((RegoString)a[1]).Value, StringComparison.Ordinal),
        ["lower"] = a => ((RegoString)a[0]).Value.ToLowerInvariant(),
        ["object.get"] = a => ((RegoObject)a[0])[a[1]] ?? a[2],
        ["object.union"] = a => new RegoObject([.. (RegoObject)a[0], .. (RegoObject)a[1]]),
        ["object.remove"] = a => new RegoObject(
            ((RegoObject)a[0]).Where(entry => !((IEnumerable<RegoValue>)a[1]).Contains(entry.Key))),
        ["numbers.range"] = a => new RegoArray(
            Enumerable.Range((int)Number(a[0]), (int)(Number(a[1]) - Number(a[0])) + 1).Select(i => RegoNumber.Of((long)i))),
        ["json.marshal"] = a => a[0].ToJson(),
        ["json.unmarshal"] = a => RegoValue.Parse(((RegoString)a[0]).Value),
        ["json.is_valid"] = a => IsJson(a[0]),
        ["base64.encode"] = a => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(((RegoString)a[0]).Value)),
        ["base64.decode"] = a => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(((RegoString)a[0]).Value)),
        ["is_string"] = a => a[0] is RegoString,
        ["is_number"] = a => a[0] is RegoNumber,
        ["is_object"] = a => a[0] is RegoObject,
        ["type_name"] = a => a[0].TypeName,
        ["round"] = a => RegoNumber.Of(Math.Round(((RegoNumber)a[0]).ToDouble(), MidpointRounding.AwayFromZero)),
        ["trim_space"] = a => ((RegoString)a[0]).Value.Trim(),
        ["time.sleep"] = _ => true,
        ["test.sleep"] = _ => true,
    };

    public static BuiltinFunction? Find(string name) => Known.TryGetValue(name, out var function) ? (_, arguments) =>
        function(arguments) : null;

    private static BigInteger Number(RegoValue value) => ((RegoNumber)value).ToBigInteger();

    private static bool IsJson(RegoValue value)
    {
        try
        {
            return value is RegoString text && RegoValue.Parse(text.Value) is not null;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
