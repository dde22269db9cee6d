using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Network;

namespace Coffer.Fastly.Backends;

/// <summary>Whether a backend answers, as far as its configuration says; the numbers are the ABI's.</summary>
public enum BackendHealth
{
    /// <summary>Nobody knows.</summary>
    Unknown = 0,

    /// <summary>It does.</summary>
    Healthy = 1,

    /// <summary>It does not.</summary>
    Unhealthy = 2,
}

/// <summary>Where a guest sends requests to by a name. Immutable.</summary>
public sealed record Backend
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The origin, <c>http</c> or <c>https</c>, and what is put in front of the paths of requests.</summary>
    public required Uri Url { get; init; }

    /// <summary>The host that requests are sent with; null for that of the request.</summary>
    public string? OverrideHost { get; init; }

    /// <summary>The name that the certificate must have, and that is sent by SNI; null for the host of <see cref="Url"/>.</summary>
    public string? CertificateHost { get; init; }

    /// <summary>Whether a name is sent by SNI.</summary>
    public bool UsesSni { get; init; } = true;

    /// <summary>Whether requests are HTTP/2, for gRPC.</summary>
    public bool IsGrpc { get; init; }

    /// <summary>The certificate to show, with its key; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The only authorities to believe; null for those of the system.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>How long connecting may take; null for the limit of the run.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>How long the answer may take to begin; null for the limit of the run.</summary>
    public TimeSpan? FirstByteTimeout { get; init; }

    /// <summary>The longest time between two pieces of the answer's body; null for any.</summary>
    public TimeSpan? BetweenBytesTimeout { get; init; }

    /// <summary>What the configuration says of its health.</summary>
    public BackendHealth Health { get; init; }

    /// <summary>Whether the guest has registered it itself, so that its requests need a grant.</summary>
    public bool IsDynamic { get; init; }

    /// <summary>Whether connections are encrypted.</summary>
    public bool IsTls => Url.Scheme == Uri.UriSchemeHttps;

    /// <summary>
    /// What a backend of the configuration is by itself: the grant for its origin, at whatever address its name leads to.
    /// </summary>
    internal CapabilitySet OwnGrants()
    {
        var ports = PortRange.Of(Url.Port);
        if (Url.HostNameType != UriHostNameType.Dns)
        {
            return new CapabilitySet(new HttpGrant(Url.Scheme, new EndPointPattern(HostPattern.Parse(Url.IdnHost), ports)));
        }

        return new CapabilitySet(
            new HttpGrant(Url.Scheme, new EndPointPattern(HostPattern.Parse($"{Url.IdnHost}+0.0.0.0/0"), ports)),
            new HttpGrant(Url.Scheme, new EndPointPattern(HostPattern.Parse($"{Url.IdnHost}+::/0"), ports)));
    }

    /// <summary>What connections have in common that can serve the same requests.</summary>
    internal ConnectionKey ConnectionKey => new(
        IsDynamic, Url.GetLeftPart(UriPartial.Authority), CertificateHost, UsesSni, IsGrpc, ClientCertificate is null ? null : FingerprintOf(ClientCertificate),
        Authorities is null ? null : string.Join(',', Authorities.Select(FingerprintOf)), ConnectTimeout);

    private static string FingerprintOf(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);
}

/// <summary>
/// What connections have in common that can serve the same requests: where they lead, and by what both ends know each other. A guest
/// chooses texts of it, so they are not written behind each other.
/// </summary>
internal sealed record ConnectionKey(
    bool IsDynamic, string Origin, string? CertificateHost, bool UsesSni, bool IsGrpc, string? ClientCertificate, string? Authorities, TimeSpan? ConnectTimeout);
