using Coffer.Capabilities.Network;

namespace Coffer.Capabilities.Grants;

/// <summary>
/// Asking for the addresses of host names. Its text is <c>example.com</c>, <c>*.example.com</c> or <c>*</c>. What may
/// be done with the addresses is granted separately.
/// </summary>
/// <param name="Host">The names.</param>
public sealed record NameLookupGrant(HostPattern Host) : Grant
{
    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.NameLookup;

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => Host.ToString();

    internal static NameLookupGrant Parse(string text)
    {
        var host = HostPattern.Parse(text);
        return host is { Name: not null, Addresses: null }
            ? new NameLookupGrant(host)
            : throw new FormatException($"\"{text}\" is no name to look up; write example.com, *.example.com or *");
    }

    internal override Grant? Intersect(Grant other) =>
        other is NameLookupGrant grant && Host.Intersect(grant.Host) is { } host ? new NameLookupGrant(host) : null;
}
