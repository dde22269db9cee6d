using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Coffer.Edge.Tests.Protocol;

public sealed class TlsTests
{
    private static (string Certificate, string Key) Make(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    [Fact]
    public async Task Tls_Http2AndACertificateThatChanges()
    {
        var (certificate, key) = Make("first");
        await using var edge = await TestEdge.StartAsync(
            """
            { "listeners": [{ "address": "127.0.0.1:0", "tls": { "certificate": "a.pem", "key": "a.key" } }],
              "apps": { "app": { "module": "app.wat", "routes": ["/"] } } }
            """, ("app.wat", Programs.Environment), ("a.pem", certificate), ("a.key", key));
        var (lines, subject) = await AskAsync(edge);
        Assert.Equal("CN=first", subject);
        Assert.Contains("SERVER_PROTOCOL=HTTP/2", lines);
        Assert.Contains("HTTPS=on", lines);
        (certificate, key) = Make("second");
        edge.Write("a.pem", certificate);
        edge.Write("a.key", key);
        await edge.Server.ReloadAsync();
        Assert.Equal("CN=second", (await AskAsync(edge)).Subject);
    }

    private static async Task<(string[] Lines, string Subject)> AskAsync(TestEdge edge)
    {
        var subject = "";
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            subject = certificate!.Subject;
            // It has signed itself.
            return subject.StartsWith("CN=", StringComparison.Ordinal);
        };
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        return ((await client.GetStringAsync(new Uri($"https://{edge.Address}/"))).Split('\n'), subject);
    }
}
