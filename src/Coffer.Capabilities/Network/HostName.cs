using System.Globalization;
using System.Net;

namespace Coffer.Capabilities.Network;

/// <summary>Names of hosts and addresses in their one form; whatever has two readings has none here.</summary>
internal static class HostName
{
    private const int MaximumLength = 253, MaximumLabel = 63;
    private static readonly IdnMapping Idn = new();

    /// <summary>
    /// An address as everybody writes it: four decimal numbers without leading zeros, or IPv6 without an interface.
    /// Null for the other forms that some resolvers accept (<c>127.1</c>, <c>0x7f.1</c>, <c>2130706433</c>).
    /// </summary>
    public static IPAddress? ParseAddress(string text)
    {
        if (text is ['[', .. var inner, ']'] && inner.Contains(':', StringComparison.Ordinal)) text = inner;
        var isV6 = text.Contains(':', StringComparison.Ordinal);
        if (isV6 && text.Any(c => !char.IsAsciiHexDigit(c) && c is not (':' or '.'))) return null;
        if (!isV6 && !IsDottedQuad(text)) return null;
        return IPAddress.TryParse(text, out var address) ? address : null;
    }

    /// <summary>
    /// A name in lower case, as DNS sees it (punycode), without the final dot; null when it is none, among others when
    /// a resolver may take it for an address.
    /// </summary>
    public static string? Normalize(string text)
    {
        var name = text.Replace('\u3002', '.').Replace('\uFF0E', '.').Replace('\uFF61', '.').ToLowerInvariant();
        if (name.EndsWith('.')) name = name[..^1];
        if (name.Length is 0 or > MaximumLength) return null;
        if (!System.Text.Ascii.IsValid(name))
        {
            if (name.Any(IsDisguise)) return null;
            try
            {
                name = Idn.GetAscii(name);
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        var labels = name.Split('.');
        return name.Length <= MaximumLength && labels.All(IsLabel) && !IsNumber(labels[^1]) ? name : null;
    }

    private static bool IsLabel(string label) => label.Length is > 0 and <= MaximumLabel
        && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_')
        && label[0] != '-' && label[^1] != '-';

    // Other writings of ASCII characters, such as full-width digits: some resolvers turn them back, others do not.
    private static bool IsDisguise(char c) => c is 'ª' or 'º' or '²' or '³' or '¹' or (>= '\u2000' and <= '\u2FFF')
        or (>= '\u3200' and <= '\u33FF') or (>= '\uFB00' and <= '\uFB4F') or (>= '\uFF00' and <= '\uFFEF')
        || char.IsSurrogate(c);

    // The rule of browsers: what ends in a number is an address, or nothing.
    private static bool IsNumber(string label) => label.All(char.IsAsciiDigit)
        || (label.StartsWith("0x", StringComparison.Ordinal) && label.Skip(2).All(char.IsAsciiHexDigit));

    private static bool IsDottedQuad(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 4 && parts.All(part => part.Length is > 0 and <= 3
            && part.All(char.IsAsciiDigit)
            && (part.Length == 1 || part[0] != '0')
            && int.Parse(part, CultureInfo.InvariantCulture) <= byte.MaxValue);
    }
}
