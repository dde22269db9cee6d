using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Coffer.Opa.Builtins;

/// <summary>Addresses of one kind from one to another.</summary>
internal readonly record struct AddressRange(BigInteger First, BigInteger Last, bool IsIpv6)
{
    private int Bits => IsIpv6 ? 128 : 32;

    /// <summary>A network such as <c>10.0.0.0/8</c>.</summary>
    public static AddressRange Parse(string text) =>
        TryParse(text, out var range) ? range : throw new BuiltinException($"invalid CIDR address: {text}");

    public static bool TryParse(string text, out AddressRange range)
    {
        range = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !TryReadAddress(text[..slash], out var address)) return false;
        var isIpv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        var length = text[(slash + 1)..];
        if (length.Length is 0 or > 3
            || !int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)
            || prefix > (isIpv6 ? 128 : 32)) return false;
        range = WithPrefix(address, prefix);
        return true;
    }

    /// <summary>One address.</summary>
    public static AddressRange Of(string text) =>
        TryReadAddress(text, out var address)
            ? WithPrefix(address, address.GetAddressBytes().Length * 8)
            : throw new BuiltinException($"not a valid textual representation of an IP address or CIDR: {text}");

    /// <summary>The network around an address without a prefix, as long as the classes of addresses once said.</summary>
    public static AddressRange WithMaskOfItsClass(string text)
    {
        if (!TryReadAddress(text, out var address)) throw new BuiltinException($"IP invalid: {text}");
        if (address.AddressFamily == AddressFamily.InterNetworkV6) throw new BuiltinException(
            "IPv6 invalid: needs prefix length");
        return WithPrefix(address, address.GetAddressBytes()[0] switch { < 128 => 8, < 192 => 16, _ => 24 });
    }

    public bool Contains(AddressRange other) => other.IsIpv6 == IsIpv6 && other.First >= First && other.Last <= Last;

    public string AddressAt(BigInteger number)
    {
        var bytes = new byte[Bits / 8];
        var digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        digits.CopyTo(bytes, bytes.Length - digits.Length);
        return new IPAddress(bytes).ToString();
    }

    /// <summary>The fewest networks that are together the range.</summary>
    public IEnumerable<string> ToNetworks()
    {
        for (var next = First; next <= Last;)
        {
            var size = next.IsZero ? Bits : (int)Math.Min(Bits, (long)TrailingZeros(next));
            while (next + BigInteger.Pow(2, size) - 1 > Last) size--;
            yield return $"{AddressAt(next)}/{Bits - size}";
            next += BigInteger.Pow(2, size);
        }
    }

    private static int TrailingZeros(BigInteger value)
    {
        var count = 0;
        for (; value.IsEven; value >>= 1) count++;
        return count;
    }

    private static AddressRange WithPrefix(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        var size = BigInteger.Pow(2, bytes.Length * 8 - prefix);
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var first = number - number % size;
        return new AddressRange(first, first + size - 1, bytes.Length == 16);
    }

    // Not what the platform takes beyond addresses: 1.2, 0x10, or zones.
    private static bool TryReadAddress(string text, out IPAddress address)
    {
        address = IPAddress.None;
        var isPlausible = text.Contains(':', StringComparison.Ordinal)
            ? !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal)
            : text.Split('.') is { Length: 4 } parts
                && parts.All(part => part.Length is > 0 and < 4 && part.All(char.IsAsciiDigit)
                && (part.Length == 1 || part[0] != '0'));
        return isPlausible && IPAddress.TryParse(text, out address!);
    }
}
