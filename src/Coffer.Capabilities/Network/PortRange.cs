using System.Globalization;
using System.Net;

namespace Coffer.Capabilities.Network;

/// <summary>Ports from one to another, both included: <c>443</c>, <c>8000-8999</c> or <c>*</c>.</summary>
/// <param name="First">The lowest.</param>
/// <param name="Last">The highest.</param>
public readonly record struct PortRange(ushort First, ushort Last)
{
    /// <summary>All ports.</summary>
    public static PortRange All { get; } = new(0, IPEndPoint.MaxPort);

    /// <summary>Exactly one port.</summary>
    public static PortRange Of(int port) => new(checked((ushort)port), checked((ushort)port));

    /// <summary>Whether a port is one of these.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary>The text of the range.</summary>
    public override string ToString()
    {
        if (this == All) return "*";
        return First == Last
            ? First.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
    }

    /// <exception cref="FormatException">The text is no range of ports.</exception>
    internal static PortRange Parse(string text)
    {
        if (text == "*") return All;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (TryParse(dash < 0 ? text : text[..dash], out var first)
            && TryParse(dash < 0 ? text : text[(dash + 1)..], out var last)
            && first <= last)
        {
            return new PortRange(first, last);
        }

        throw new FormatException($"\"{text}\" is no port; write 443, 8000-8999 or *");
    }

    internal PortRange? Intersect(PortRange other)
    {
        var range = new PortRange(Math.Max(First, other.First), Math.Min(Last, other.Last));
        return range.First <= range.Last ? range : null;
    }

    private static bool TryParse(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
}
