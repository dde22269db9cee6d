using System.Net;
using System.Text;

namespace Coffer.Fastly.Tests;

/// <summary>A request as a test says it.</summary>
internal sealed class TestRequest(string uri = "http://localhost/", string method = "GET", byte[]? body = null) : DownstreamRequest
{
    public List<KeyValuePair<string, string>> Fields { get; } = [];

    public Stream? BodyStream { get; init; }

    public DownstreamTls? TlsInfo { get; init; }

    public override string Method => method;

    public override string Uri => uri;

    public override Version Version => HttpVersion.Version11;

    public override IEnumerable<KeyValuePair<string, string>> Headers => Fields;

    private readonly MemoryStream content = new(body ?? []);

    public override Stream Body => BodyStream ?? content;

    public override long? BodyLength => BodyStream is null ? content.Length : null;

    public override IPAddress ClientAddress => IPAddress.Loopback;

    public override IPAddress ServerAddress => IPAddress.IPv6Loopback;

    public override string RequestId => "0123456789abcdef0123456789abcdef";

    public override DownstreamTls? Tls => TlsInfo;

    public static TestRequest Post(string uri, string body) => new(uri, "POST", Encoding.UTF8.GetBytes(body));
}
