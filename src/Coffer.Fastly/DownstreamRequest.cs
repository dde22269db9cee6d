using System.Net;

namespace Coffer.Fastly;

/// <summary>
/// The request that a guest is run for, as a server has it. Read by the guest's thread, its body also by others, one at a
/// time.
/// </summary>
public abstract class DownstreamRequest
{
    /// <summary>The method, such as <c>GET</c>.</summary>
    public abstract string Method { get; }

    /// <summary>The absolute URL, with scheme, authority, path and query as they were sent.</summary>
    public abstract string Uri { get; }

    /// <summary>The version of HTTP: 1.0, 1.1, 2 or 3.</summary>
    public abstract Version Version { get; }

    /// <summary>The headers, with one entry for each line. Text is UTF-8. Names as they were sent; guests see them in lower case.</summary>
    public abstract IEnumerable<KeyValuePair<string, string>> Headers { get; }

    /// <summary>
    /// The body. A guest may send it on to a backend and end without waiting for that, so that it is read when the run is over: a
    /// server whose connection has gone on to another request by then must let reading fail.
    /// </summary>
    public abstract Stream Body { get; }

    /// <summary>The length of the body in bytes; null when it is not known before its end.</summary>
    public abstract long? BodyLength { get; }

    /// <summary>The trailers, asked when the body has been read to its end; none by default.</summary>
    public virtual IEnumerable<KeyValuePair<string, string>> Trailers => [];

    /// <summary>The address of the client.</summary>
    public abstract IPAddress ClientAddress { get; }

    /// <summary>The address that the client connected to.</summary>
    public abstract IPAddress ServerAddress { get; }

    /// <summary>The name of the request: 32 hexadecimal digits, another for each request.</summary>
    public abstract string RequestId { get; }

    /// <summary>What is known of the TLS connection; null without one.</summary>
    public virtual DownstreamTls? Tls => null;
}

/// <summary>What a server knows of the TLS connection of a client. Immutable.</summary>
/// <param name="Protocol">The version, such as <c>TLSv1.3</c>.</param>
/// <param name="Cipher">The cipher suite by OpenSSL's name; null when it is not known.</param>
/// <param name="ServerName">The name that the client asked for; null without one.</param>
/// <param name="ClientCertificate">The certificate of the client in DER; null without one.</param>
public sealed record DownstreamTls(string Protocol, string? Cipher, string? ServerName, ReadOnlyMemory<byte>? ClientCertificate);
