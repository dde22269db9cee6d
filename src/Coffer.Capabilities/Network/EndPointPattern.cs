using System.Net;

namespace Coffer.Capabilities.Network;

/// <summary>Hosts and their ports: <c>example.com:443</c>, <c>10.0.0.0/8:5432</c>, <c>[::1]:8000-8999</c>.</summary>
/// <param name="Host">The hosts.</param>
/// <param name="Ports">The ports.</param>
public sealed record EndPointPattern(HostPattern Host, PortRange Ports)
{
    /// <summary>Whether the end of a connection is one of these.</summary>
    /// <param name="name">The name that was resolved; null when the guest gave the address.</param>
    /// <param name="endPoint">The address and the port that are really going to be used; null matches nothing.</param>
    public bool Matches(string? name, IPEndPoint? endPoint) =>
        endPoint is not null && Ports.Contains(endPoint.Port) && Host.Matches(name, endPoint.Address);

    /// <summary>The text of the pattern.</summary>
    public override string ToString() => Host.ToString() is var host && host.Contains(':', StringComparison.Ordinal)
        ? $"[{host}]:{Ports}"
        : $"{host}:{Ports}";

    /// <summary>Exactly what a connection needs.</summary>
    internal static EndPointPattern Of(string? name, IPEndPoint endPoint) =>
        new(HostPattern.Of(name, endPoint.Address), PortRange.Of(endPoint.Port));

    /// <exception cref="FormatException">The text is none; the message says what would be right.</exception>
    internal static EndPointPattern Parse(string text)
    {
        var (host, ports) = Split(text);
        if (ports is not null) return new EndPointPattern(HostPattern.Parse(host), PortRange.Parse(ports));
        var example = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        throw new FormatException($"\"{text}\" has no port; write {example}:443, or {example}:* for all");
    }

    internal EndPointPattern? Intersect(EndPointPattern other) =>
        Host.Intersect(other.Host) is { } host && Ports.Intersect(other.Ports) is { } ports
            ? new EndPointPattern(host, ports)
            : null;

    /// <summary>Takes apart what may have a port; brackets keep the colons of an IPv6 address together.</summary>
    internal static (string Host, string? Ports) Split(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is var end and > 0)
        {
            var rest = text[(end + 1)..];
            if (rest.Length == 0) return (text[1..end], null);
            if (rest[0] == ':') return (text[1..end], rest[1..]);
        }

        var colon = text.LastIndexOf(':');
        var isAddress = text.Count(c => c == ':') > 1;
        return colon < 0 || isAddress ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }
}
