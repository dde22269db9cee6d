using System.Diagnostics;
using System.Net;
using System.Text;
using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>The properties of an exchange, by Envoy's paths.</summary>
internal sealed class HttpProperties(HttpContext context, HostProperties host) : StreamProperties
{
    private const string RequestHeader = "request.headers.", ResponseHeader = "response.headers.";
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly DateTimeOffset time = host.Time.GetUtcNow();

    protected override byte[]? Find(string path) => path.Split('.', 2)[0] switch
    {
        "request" => FindRequest(path),
        "response" => FindResponse(path),
        "source" or "destination" or "connection" => FindConnection(path),
        "upstream" => FindUpstream(path),
        _ => host.Find(path, context) is { } text ? Encoding.UTF8.GetBytes(text) : null,
    };

    private byte[]? FindRequest(string path)
    {
        var request = context.Request;
        if (path.StartsWith(RequestHeader, StringComparison.Ordinal)) return Text(new RequestHeaderMap(request).Find(path[RequestHeader.Length..]));
        return path switch
        {
            "request.path" => Text(new RequestHeaderMap(request).Find(":path")),
            "request.url_path" => Text(new RequestHeaderMap(request).Find(":path")!.Split('?', 2)[0]),
            "request.host" => Text(request.Host.Value ?? ""),
            "request.scheme" => Text(request.Scheme),
            "request.method" => Text(request.Method),
            "request.query" => Text(request.QueryString.Value is ['?', .. var query] ? query : ""),
            "request.referer" => Text(request.Headers.Referer),
            "request.useragent" => Text(request.Headers.UserAgent),
            "request.id" => Text(request.Headers["x-request-id"].ToString() is { Length: > 0 } id ? id : context.TraceIdentifier),
            "request.protocol" => Text(request.Protocol),
            "request.time" => Time(time),
            "request.duration" => Duration(Stopwatch.GetElapsedTime(started)),
            "request.size" => Number(request.ContentLength ?? 0),
            "request.total_size" => Number((request.ContentLength ?? 0) + request.Headers.Sum(pair => pair.Key.Length + pair.Value.Sum(value => value?.Length ?? 0))),
            _ => null,
        };
    }

    private byte[]? FindResponse(string path)
    {
        var response = context.Response;
        if (path.StartsWith(ResponseHeader, StringComparison.Ordinal)) return Text(new ResponseHeaderMap(response).Find(path[ResponseHeader.Length..]));
        return path switch
        {
            "response.code" => Number(response.StatusCode),
            "response.size" => Number(response.ContentLength ?? 0),
            "response.total_size" => Number((response.ContentLength ?? 0) + response.Headers.Sum(pair => pair.Key.Length + pair.Value.Sum(value => value?.Length ?? 0))),
            "response.flags" => Number(0),
            _ => null,
        };
    }

    private byte[]? FindConnection(string path)
    {
        var connection = context.Connection;
        return path switch
        {
            "source.address" => Text(Address(connection.RemoteIpAddress, connection.RemotePort)),
            "source.port" => Number(connection.RemotePort),
            "destination.address" => Text(Address(connection.LocalIpAddress, connection.LocalPort)),
            "destination.port" => Number(connection.LocalPort),
            "connection.id" => Number(IdOf(connection.Id)),
            "connection.mtls" => Truth(connection.ClientCertificate is not null),
            "connection.tls_version" => Text(TlsVersion()),
            "connection.requested_server_name" => Text(context.Features.Get<ITlsHandshakeFeature>()?.HostName),
            "connection.subject_peer_certificate" => Text(connection.ClientCertificate?.Subject),
            "connection.sha256_peer_certificate_digest" => Text(connection.ClientCertificate?.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256)),
            _ => null,
        };
    }

    private byte[]? FindUpstream(string path)
    {
        if (context.Features.Get<UpstreamFeature>()?.Address is not { } address) return null;
        return path switch
        {
            "upstream.address" => Text($"{address.Host}:{address.Port}"),
            "upstream.port" => Number(address.Port),
            _ => null,
        };
    }

    private string? TlsVersion() => context.Features.Get<ITlsHandshakeFeature>()?.Protocol switch
    {
        null => null,
        System.Security.Authentication.SslProtocols.Tls12 => "TLSv1.2",
        System.Security.Authentication.SslProtocols.Tls13 => "TLSv1.3",
        var other => other.ToString(),
    };

    private static string? Address(IPAddress? address, int port) => address is null ? null : new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port).ToString();

    // Kestrel's ids are words of a counter in base 32; filters expect a number.
    private static long IdOf(string id)
    {
        var value = 0L;
        foreach (var character in id) value = (value * 37) + char.ToUpperInvariant(character);
        return value & long.MaxValue;
    }
}
