using System.Net;

namespace Coffer.Capabilities.Network;

/// <summary>
/// What kind of place an address is; only public ones are covered by a pattern that does not name them.
/// </summary>
public enum AddressClass
{
    /// <summary>On the internet.</summary>
    Public,
    /// <summary>This machine.</summary>
    Loopback,
    /// <summary>
    /// A network of an organisation or a carrier: RFC 1918, RFC 6598, unique and site-local addresses.
    /// </summary>
    Private,
    /// <summary>
    /// Anything else that is not on the internet: link-local (where clouds keep their metadata services), multicast,
    /// broadcast, unspecified, reserved.
    /// </summary>
    Special,
}

/// <summary>Which addresses are of which class.</summary>
internal static class AddressClasses
{
    private static readonly IPNetwork[] Loopback = Parse("127.0.0.0/8", "::1/128");

    private static readonly IPNetwork[] Private =
        Parse("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10");

    private static readonly IPNetwork[] Special = Parse(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "fe80::/10", "ff00::/8", "100::/64", "2001::/32");

    // Where an IPv4 address is inside of an IPv6 one, and at which byte: a gateway may send the packet there.
    private static readonly (IPNetwork Network, int Offset)[] Embedding =
        [(IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2), (IPNetwork.Parse("::/96"), 12)];

    /// <summary>The networks of a class that can be named by a word.</summary>
    public static IReadOnlyList<IPNetwork> NetworksOf(AddressClass kind) => kind switch
    {
        AddressClass.Loopback => Loopback,
        AddressClass.Private => Private,
        _ => Special,
    };

    /// <summary>The class of an address.</summary>
    public static AddressClass Of(IPAddress address)
    {
        address = Normalize(address);
        if (Contains(Loopback, address)) return AddressClass.Loopback;
        if (Contains(Private, address)) return AddressClass.Private;
        if (Contains(Special, address)) return AddressClass.Special;
        foreach (var (network, offset) in Embedding)
        {
            if (network.Contains(address)) return Of(new IPAddress(address.GetAddressBytes().AsSpan(offset, 4)));
        }

        return AddressClass.Public;
    }

    /// <summary>Whether all addresses of a network are public.</summary>
    public static bool IsPublic(IPNetwork network) =>
        Loopback.Concat(Private).Concat(Special).Concat(Embedding.Select(row => row.Network))
            .All(other => !Overlap(network, other));

    /// <summary>An address in its one form: IPv4 where it is that, and without the name of an interface.</summary>
    public static IPAddress Normalize(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && address.ScopeId != 0
            ? new IPAddress(address.GetAddressBytes())
            : address;
    }

    /// <summary>Whether the first network holds the second one whole.</summary>
    public static bool Holds(IPNetwork outer, IPNetwork inner) =>
        outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress);

    private static bool Overlap(IPNetwork one, IPNetwork other) => Holds(one, other) || Holds(other, one);

    private static bool Contains(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address)) return true;
        }

        return false;
    }

    private static IPNetwork[] Parse(params string[] texts) => [.. texts.Select(text => IPNetwork.Parse(text))];
}
