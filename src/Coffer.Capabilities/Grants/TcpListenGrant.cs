using System.Net;
using Coffer.Capabilities.Network;

namespace Coffer.Capabilities.Grants;

/// <summary>
/// Accepting TCP connections. Its text is <c>ADDRESS:PORTS</c>. One address with one port is a socket that is open for
/// the guest from the start, which is all that WASI 0.1 knows; port 0 is any that is free.
/// </summary>
/// <param name="Target">The addresses of this machine, and the ports.</param>
public sealed record TcpListenGrant(EndPointPattern Target) : Grant
{
    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.TcpListen;

    /// <summary>Where to listen, when the grant names exactly one address and port; else null.</summary>
    public IPEndPoint? EndPoint =>
        Target.Host.Addresses?.Single is { } address && Target.Ports.First == Target.Ports.Last
        ? new IPEndPoint(address, Target.Ports.First)
        : null;

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => Target.ToString();

    internal static TcpListenGrant Parse(string text)
    {
        var target = EndPointPattern.Parse(text);
        return target.Host.Name is null
            ? new TcpListenGrant(target)
            : throw new FormatException(
                $"\"{text}\" is no address to listen at; write 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080");
    }

    internal override Grant? Intersect(Grant other) =>
        other is TcpListenGrant grant && Target.Intersect(grant.Target) is { } target
            ? new TcpListenGrant(target)
            : null;
}
