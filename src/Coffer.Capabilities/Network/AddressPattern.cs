using System.Globalization;
using System.Net;

namespace Coffer.Capabilities.Network;

/// <summary>
/// Addresses that are named: one (<c>10.0.0.5</c>), a network (<c>10.0.0.0/8</c>, <c>fd00::/8</c>), or <c>loopback</c>
/// or <c>private</c>. An IPv4 address that is written as an IPv6 one is the IPv4 address.
/// </summary>
public sealed record AddressPattern
{
    private const string LoopbackWord = "loopback", PrivateWord = "private";
    private readonly AddressClass? word;
    private readonly IPNetwork network;

    private AddressPattern(AddressClass word) => this.word = word;

    private AddressPattern(IPNetwork network) => this.network = network;

    /// <summary>Exactly one address.</summary>
    public static AddressPattern Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var normal = AddressClasses.Normalize(address);
        return new AddressPattern(new IPNetwork(normal, Bits(normal)));
    }

    /// <summary>The address, when the pattern names exactly one.</summary>
    public IPAddress? Single =>
        word is null && network.PrefixLength == Bits(network.BaseAddress) ? network.BaseAddress : null;

    /// <summary>Whether an address is one of these.</summary>
    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return word is { } kind
            ? AddressClasses.Of(address) == kind
            : network.Contains(AddressClasses.Normalize(address));
    }

    /// <summary>The text of the pattern.</summary>
    public override string ToString() => word switch
    {
        AddressClass.Loopback => LoopbackWord,
        AddressClass.Private => PrivateWord,
        _ => Single?.ToString() ?? network.ToString(),
    };

    /// <summary>Reads a pattern; null when the text is none of addresses.</summary>
    /// <exception cref="FormatException">It is meant to be one, and is wrong.</exception>
    internal static AddressPattern? Parse(string text)
    {
        if (text == LoopbackWord) return new AddressPattern(AddressClass.Loopback);
        if (text == PrivateWord) return new AddressPattern(AddressClass.Private);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (HostName.ParseAddress(slash < 0 ? text : text[..slash]) is not { } address)
        {
            if (slash < 0) return null;
            throw new FormatException($"\"{text}\" is no network; write 10.0.0.0/8 or fd00::/8");
        }

        if (slash < 0) return Of(address);
        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > Bits(address))
        {
            throw new FormatException($"\"{text}\": the length of a prefix is 0 to {Bits(address)}");
        }

        return new AddressPattern(ToNetwork(text, address, length));
    }

    /// <summary>Addresses that both name, never more; null when there are none or no pattern says them.</summary>
    internal AddressPattern? Intersect(AddressPattern other)
    {
        if (Equals(other)) return this;
        if (word is not null && other.word is not null) return null;
        if (word is not null) return other.Intersect(this);
        if (other.word is { } kind) return IntersectWith(kind);
        if (AddressClasses.Holds(network, other.network)) return other;
        return AddressClasses.Holds(other.network, network) ? this : null;
    }

    /// <summary>Whether all of these addresses are public.</summary>
    internal bool IsPublic => word is null && AddressClasses.IsPublic(network);

    private AddressPattern? IntersectWith(AddressClass kind)
    {
        var networks = AddressClasses.NetworksOf(kind);
        if (networks.Any(part => AddressClasses.Holds(part, network))) return this;
        var inside = networks.Where(part => AddressClasses.Holds(network, part)).ToList();
        return inside.Count == 1 ? new AddressPattern(inside[0]) : null;
    }

    private static IPNetwork ToNetwork(string text, IPAddress address, int length)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            if (length < 96) throw new FormatException($"\"{text}\" mixes IPv4 with IPv6; write 10.0.0.0/8");
            (address, length) = (address.MapToIPv4(), length - 96);
        }

        return IPNetwork.TryParse($"{address}/{length}", out var network) && network.BaseAddress.Equals(address)
            ? network
            : throw new FormatException($"\"{text}\" has bits behind its prefix; name the network's first address");
    }

    private static int Bits(IPAddress address) => address.GetAddressBytes().Length * 8;
}
