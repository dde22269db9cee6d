using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Coffer.Fastly.Tests.Backends;

/// <summary>A server on a port of its own.</summary>
internal sealed class TestBackend : IAsyncDisposable
{
    private readonly WebApplication server;

    private TestBackend(WebApplication server, X509Certificate2? certificate)
    {
        this.server = server;
        Certificate = certificate;
    }

    public X509Certificate2? Certificate { get; }

    public int Port => new Uri(server.Urls.Single()).Port;

    public string Url => $"{(Certificate is null ? "http" : "https")}://127.0.0.1:{Port}";

    public static async Task<TestBackend> StartAsync(RequestDelegate handler, string? certificateName = null, HttpProtocols protocols = HttpProtocols.Http1, bool asksForCertificates = false)
    {
        var certificate = certificateName is null ? null : MakeCertificate(certificateName);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            if (certificate is null) return;
            listen.UseHttps(certificate, https =>
            {
                https.ClientCertificateMode = asksForCertificates ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
                https.AllowAnyClientCertificate();
            });
        }));
        var server = builder.Build();
        server.Run(handler);
        await server.StartAsync();
        return new TestBackend(server, certificate);
    }

    public static X509Certificate2 MakeCertificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
