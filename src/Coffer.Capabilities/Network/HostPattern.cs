using System.Net;

namespace Coffer.Capabilities.Network;

/// <summary>
/// Hosts, by name or by address. A name is <c>example.com</c>, <c>*.example.com</c> (any name below it) or <c>*</c>
/// (any host); an address is what <see cref="AddressPattern"/> takes. A name never gives more than public addresses,
/// whoever answers for it, unless others are named with it: <c>db.internal+10.0.0.5</c>, <c>*.internal+private</c>.
/// </summary>
public sealed record HostPattern
{
    private const string AnyName = "*", Below = "*.";

    private HostPattern(string? name, AddressPattern? addresses)
    {
        Name = name;
        Addresses = addresses;
    }

    /// <summary>
    /// The name in lower case, <c>*.</c> and a name, or <c>*</c>; null when only addresses are named.
    /// </summary>
    public string? Name { get; }

    /// <summary>The addresses that are named; null when only public ones are meant.</summary>
    public AddressPattern? Addresses { get; }

    /// <summary>Exactly one host: its name, and its address where that is not public.</summary>
    /// <exception cref="FormatException">The name is none.</exception>
    public static HostPattern Of(string? name, IPAddress? address)
    {
        var named = address is null ? null : AddressPattern.Of(address);
        if (name is null) return new HostPattern(null, named ?? throw new ArgumentNullException(nameof(address)));
        var isPublic = address is null || AddressClasses.Of(address) == AddressClass.Public;
        return new HostPattern(HostName.Normalize(name) ?? throw NoHost(name), isPublic ? null : named);
    }

    /// <summary>Whether a name is meant, whatever its addresses are.</summary>
    public bool MatchesName(string name)
    {
        if (Name is null || HostName.Normalize(name) is not { } normal) return false;
        if (Name == AnyName) return true;
        return Name.StartsWith(Below, StringComparison.Ordinal)
            ? normal.Length > Name.Length - 1 && normal.EndsWith(Name[1..], StringComparison.Ordinal)
            : normal == Name;
    }

    /// <summary>Whether an address is meant, by whatever name it was found.</summary>
    /// <param name="name">The name that was resolved to it; null when the guest gave the address.</param>
    /// <param name="address">The address that is really going to be used.</param>
    public bool Matches(string? name, IPAddress address)
    {
        if (Name is null) return Addresses!.Contains(address);
        var isNamed = name is null ? Name == AnyName : MatchesName(name);
        return isNamed && (AddressClasses.Of(address) == AddressClass.Public || Addresses?.Contains(address) == true);
    }

    /// <summary>The text of the pattern.</summary>
    public override string ToString() =>
        Name is null ? Addresses!.ToString() : Name + (Addresses is null ? "" : $"+{Addresses}");

    /// <exception cref="FormatException">The text is no host; the message says what would be right.</exception>
    internal static HostPattern Parse(string text)
    {
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        if (plus < 0 && AddressPattern.Parse(text) is { } only) return new HostPattern(null, only);
        var written = plus < 0 ? text : text[..plus];
        var addresses = plus < 0 ? null : AddressPattern.Parse(text[(plus + 1)..]) ?? throw NoHost(text);
        if (written == AnyName) return new HostPattern(AnyName, addresses);
        var isBelow = written.StartsWith(Below, StringComparison.Ordinal);
        var name = HostName.Normalize(isBelow ? written[Below.Length..] : written) ?? throw NoHost(text);
        return new HostPattern(isBelow ? Below + name : name, addresses);
    }

    /// <summary>Hosts that both mean, never more; null when there are none or no pattern says them.</summary>
    internal HostPattern? Intersect(HostPattern other)
    {
        if (Name is null && other.Name is null)
        {
            return Addresses!.Intersect(other.Addresses!) is { } addresses ? new HostPattern(null, addresses) : null;
        }

        if (Name is null) return other.Name == AnyName ? WithinAny(other.Addresses) : null;
        if (other.Name is null) return other.Intersect(this);
        var name = MatchesAll(other.Name) ? other.Name : other.MatchesAll(Name) ? Name : null;
        if (name is null) return null;
        var common = Addresses is null || other.Addresses is null ? null : Addresses.Intersect(other.Addresses);
        return new HostPattern(name, common);
    }

    private HostPattern? WithinAny(AddressPattern? others)
    {
        if (Addresses!.IsPublic) return this;
        return others is not null && Addresses.Intersect(others) is { } common ? new HostPattern(null, common) : null;
    }

    // Whether every name that another pattern means is meant here.
    private bool MatchesAll(string pattern)
    {
        if (Name == AnyName || Name == pattern) return true;
        return Name!.StartsWith(Below, StringComparison.Ordinal)
            && pattern.EndsWith(Name[1..], StringComparison.Ordinal);
    }

    private static FormatException NoHost(string text) => new(
        $"\"{text}\" is no host; write example.com, *.example.com, 10.0.0.5, 10.0.0.0/8, loopback, private or *");
}
