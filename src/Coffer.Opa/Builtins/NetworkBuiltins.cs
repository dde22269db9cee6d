using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Grants;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Addresses and networks; looking up names, where it was granted.</summary>
internal static class NetworkBuiltins
{
    private const int MostAddresses = 1_000_000;

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("net.cidr_contains_matches", (context, a) => Matches(context, a)),
        new("net.cidr_expand", (_, a) => Expand(a.Text(0))),
        new("net.cidr_is_valid", (context, a) => a[0] is RegoString text && AddressRange.TryParse(text.Value, out _)),
        new("net.cidr_merge", (_, a) => Merge(a)),
        new("net.lookup_ip_addr", (context, a) => LookUp(context, a.Text(0))),
    ];

    private static RegoSet Matches(BuiltinContext context, RegoValue[] operands)
    {
        var left = Entries(operands, 0);
        var right = Entries(operands, 1);
        var ranges = right.ConvertAll(
            inner => (inner.Key, Range: AddressRange.TryParse(inner.Text, out var range)
                ? range
                : AddressRange.Of(inner.Text)));
        return new RegoSet(left.SelectMany(outer =>
        {
            context.ThrowIfLate();
            var network = AddressRange.Parse(outer.Text);
            return ranges.Where(inner => network.Contains(inner.Range)).Select(inner => new RegoArray(outer.Key, inner.Key));
        }));
    }

    private static List<(RegoValue Key, string Text)> Entries(RegoValue[] operands, int index) => operands[index] switch
    {
        RegoString text => [(text, text.Value)],
        RegoArray array => [.. array.Select((item, i) => ((RegoValue)(long)i, TextOf(item, index)))],
        RegoSet set => [.. set.Select(item => (item, TextOf(item, index)))],
        RegoObject entries => [.. entries.Select(entry => (entry.Key, TextOf(entry.Value, index)))],
        _ => throw Operands.WrongType(index, operands[index], "one of {string, array, set, object}"),
    };

    private static string TextOf(RegoValue value, int index) =>
        (value is RegoArray { Count: > 0 } tuple ? tuple[0] : value) is RegoString text
        ? text.Value
        : throw new BuiltinException($"operand {index + 1}: element must be string or non-empty array");

    private static RegoSet Expand(string text)
    {
        var range = AddressRange.Parse(text);
        if (range.Last - range.First >= MostAddresses) throw new BuiltinException(
            $"the network {text} has more than {MostAddresses} addresses");
        return new RegoSet(Enumerable.Range(0, (int)(range.Last - range.First) + 1)
            .Select(i => new RegoString(range.AddressAt(range.First + i))));
    }

    private static RegoSet Merge(RegoValue[] operands)
    {
        if (operands[0] is not (RegoArray or RegoSet)) throw Operands.WrongType(
            0, operands[0], "one of {set, array} of strings");
        var ranges = ((IEnumerable<RegoValue>)operands[0]).Select(item => item is RegoString text
            ? AddressRange.TryParse(text.Value, out var range) ? range : AddressRange.WithMaskOfItsClass(text.Value)
            : throw Operands.WrongType(0, operands[0], "array of strings")).OrderBy(range => range.IsIpv6)
                .ThenBy(range => range.First).ToList();
        var merged = new List<AddressRange>();
        foreach (var range in ranges)
        {
            if (merged.Count > 0 && merged[^1] is var last && last.IsIpv6 == range.IsIpv6
                && range.First <= last.Last + 1) merged[^1] = last with { Last = BigInteger.Max(last.Last, range.Last) };
            else merged.Add(range);
        }

        return new RegoSet(merged.SelectMany(range => range.ToNetworks()).Select(network => new RegoString(network)));
    }

    private static RegoSet LookUp(BuiltinContext context, string name)
    {
        if (IPAddress.TryParse(name, out var literal)) return new RegoSet(literal.ToString());
        context.Decide(new AccessRequest { Kind = CapabilityKind.NameLookup, Operation = "net.lookup_ip_addr", Name = name });
        try
        {
            var addresses = Dns.GetHostAddressesAsync(name, context.Cancellation).GetAwaiter().GetResult();
            return new RegoSet(addresses.Select(address => new RegoString(address.ToString())));
        }
        catch (SocketException exception)
        {
            throw new BuiltinException($"lookup {name}: {exception.Message}", exception);
        }
    }
}
