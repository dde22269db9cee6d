using Coffer.Capabilities.Network;

namespace Coffer.Capabilities.Grants;

/// <summary>
/// Connecting by TCP. Its text is <c>HOST:PORTS</c>. What counts is the address that is really used: a name that leads
/// to an address which is not public gives nothing.
/// </summary>
/// <param name="Target">The hosts and ports.</param>
public sealed record TcpConnectGrant(EndPointPattern Target) : Grant
{
    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.TcpConnect;

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => Target.ToString();

    internal static TcpConnectGrant Parse(string text) => new(EndPointPattern.Parse(text));

    internal override Grant? Intersect(Grant other) =>
        other is TcpConnectGrant grant && Target.Intersect(grant.Target) is { } target
            ? new TcpConnectGrant(target)
            : null;
}
