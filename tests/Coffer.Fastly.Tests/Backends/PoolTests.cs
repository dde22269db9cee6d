using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Coffer.Fastly.Tests.Backends;

/// <summary>Connections to backends are used again, and what one request had with it is not.</summary>
public sealed class PoolTests
{
    private const string Secret = "Basic c2VjcmV0OjQ3MTE=";

    // What the backend has seen of each request.
    private sealed record Seen(string Path, string Connection, string Authorization, string Cookie, string? Certificate);

    private static string Toml(TestBackend backend, string more = "") => $"""
        [local_server.backends.origin]
        url = "{backend.Url}"
        {more}
        """;

    private static async Task<(TestBackend Backend, ConcurrentQueue<Seen> Seen)> StartAsync(Action<HttpContext>? answer = null, string? certificate = null)
    {
        var seen = new ConcurrentQueue<Seen>();
        var backend = await TestBackend.StartAsync(
            async context =>
            {
                var headers = context.Request.Headers;
                seen.Enqueue(new Seen(context.Request.Path, context.Connection.Id, headers.Authorization.ToString(), headers.Cookie.ToString(), context.Connection.ClientCertificate?.Thumbprint));
                answer?.Invoke(context);
                await context.Response.WriteAsync("x");
            },
            certificate, asksForCertificates: certificate is not null);
        return (backend, seen);
    }

    // Sends a request and reads its answer to the end, so that the connection is free.
    private static int Ask(AbiGuest guest, string path, string? authorization = null, string backend = "origin")
    {
        var request = guest.NewRequest(path);
        if (authorization is not null)
        {
            guest.SetHeader("fastly_http_req", request, "authorization", authorization);
            guest.SetHeader("fastly_http_req", request, "cookie", "session=4711");
        }

        var (name, length) = guest.Put(backend);
        guest.Do("fastly_http_req.send", request, guest.NewBody(), name, length, AbiGuest.Result, AbiGuest.Result2);
        var status = guest.Get("fastly_http_resp.status_get", guest.Read(AbiGuest.Result)) & 0xffff;
        guest.ReadBody(guest.Read(AbiGuest.Result2));
        return status;
    }

    [Fact]
    public async Task Cookies_AndCredentials_AreOfOneRequest()
    {
        var (backend, seen) = await StartAsync(context => context.Response.Headers.SetCookie = "given=by-the-backend; Path=/");
        await using (backend)
        {
            using var guest = await AbiGuest.StartAsync(Toml(backend));
            Ask(guest, "/first", Secret);
            Ask(guest, "/same-run");
            using var next = guest.Another();
            Ask(next, "/next-run");
            Assert.Equal(["/first", "/same-run", "/next-run"], seen.Select(each => each.Path));
            // It is one connection, or this would show nothing.
            Assert.Single(seen.Select(each => each.Connection).Distinct());
            Assert.Equal((Secret, "session=4711"), (seen.First().Authorization, seen.First().Cookie));
            Assert.All(seen.Skip(1), each => Assert.Equal(("", ""), (each.Authorization, each.Cookie)));
        }
    }

    [Theory]
    [InlineData("Basic realm=\"x\"")]
    [InlineData("Negotiate")]
    [InlineData("NTLM")]
    [InlineData("Digest realm=\"x\", nonce=\"1\"")]
    public async Task Challenge_IsTheGuests_AndNobodyAnswersItForIt(string challenge)
    {
        var (backend, seen) = await StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = challenge;
        });
        await using (backend)
        {
            using var guest = await AbiGuest.StartAsync(Toml(backend));
            Assert.Equal(401, Ask(guest, "/with", Secret));
            Assert.Equal(401, Ask(guest, "/without"));
            // Neither is a request sent again, nor do credentials come with the next one.
            Assert.Equal([Secret, ""], seen.Select(each => each.Authorization));
        }
    }

    [Theory]
    [InlineData("NTLM TlRMTVNTUAABAAAA")]
    [InlineData("negotiate YII=")]
    public async Task Connection_ThatAUserIsKnownBy_IsNobodyElses(string authorization)
    {
        var (backend, seen) = await StartAsync();
        await using (backend)
        {
            using var guest = await AbiGuest.StartAsync(Toml(backend));
            Ask(guest, "/before");
            Ask(guest, "/bound", authorization);
            Ask(guest, "/after");
            using var next = guest.Another();
            Ask(next, "/next-run");
            var bound = seen.Single(each => each.Path == "/bound");
            Assert.Equal(authorization, bound.Authorization);
            Assert.DoesNotContain(seen, each => each.Path is "/after" or "/next-run" && each.Connection == bound.Connection);
        }
    }

    [Fact]
    public async Task Applications_ShareNoConnection()
    {
        var (backend, seen) = await StartAsync();
        await using (backend)
        {
            using var one = await AbiGuest.StartAsync(Toml(backend));
            using var two = await AbiGuest.StartAsync(Toml(backend));
            for (var i = 0; i < 3; i++)
            {
                Ask(one, "/one", Secret);
                Ask(two, "/two");
            }

            var ofOne = seen.Where(each => each.Path == "/one").Select(each => each.Connection).Distinct().ToList();
            Assert.Single(ofOne);
            Assert.DoesNotContain(seen, each => each.Path == "/two" && ofOne.Contains(each.Connection));
            Assert.All(seen.Where(each => each.Path == "/two"), each => Assert.Equal(("", ""), (each.Authorization, each.Cookie)));
        }
    }

    [Fact]
    public async Task ClientCertificate_IsThatOfTheBackend()
    {
        var (backend, seen) = await StartAsync(certificate: "backend.example");
        await using (backend)
        {
            using var mine = TestBackend.MakeCertificate("client.example");
            using var other = TestBackend.MakeCertificate("client.example");
            var common = $"cert_host = 'backend.example'\nca_certificate = '''{backend.Certificate!.ExportCertificatePem()}'''";
            string With(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate) =>
                $"client_certificate = {{ certificate = '''{certificate.ExportCertificatePem()}''', key = '''{System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPrivateKey(certificate)!.ExportPkcs8PrivateKeyPem()}''' }}";
            // Three names for one address, and another application without a certificate.
            using var guest = await AbiGuest.StartAsync(
                $"{Toml(backend, $"{common}\n{With(mine)}")}\n[local_server.backends.other]\nurl = '{backend.Url}'\n{common}\n{With(other)}\n[local_server.backends.none]\nurl = '{backend.Url}'\n{common}");
            using var stranger = await AbiGuest.StartAsync(Toml(backend, common));
            for (var i = 0; i < 3; i++)
            {
                Ask(guest, "/mine");
                Ask(guest, "/other", backend: "other");
                Ask(guest, "/none", backend: "none");
                Ask(stranger, "/none");
            }

            foreach (var (path, thumbprint) in new[] { ("/mine", mine.Thumbprint), ("/other", other.Thumbprint), ("/none", null) })
                Assert.All(seen.Where(each => each.Path == path), each => Assert.Equal(thumbprint, each.Certificate));
            Assert.Equal(4, seen.Select(each => each.Connection).Distinct().Count());
        }
    }

    [Fact]
    public async Task ProxyOfTheHost_IsNotAsked()
    {
        var (backend, seen) = await StartAsync();
        await using (backend)
        {
            // As variables of the environment would set it. All others go past it.
            var proxy = new NoticingProxy(backend.Port);
            var before = HttpClient.DefaultProxy;
            HttpClient.DefaultProxy = proxy;
            try
            {
                using var guest = await AbiGuest.StartAsync(Toml(backend));
                Assert.Equal(200, Ask(guest, "/"));
            }
            finally
            {
                HttpClient.DefaultProxy = before;
            }

            Assert.Single(seen);
            Assert.False(proxy.WasAsked);
        }
    }

    private sealed class NoticingProxy(int port) : IWebProxy
    {
        public bool WasAsked { get; private set; }

        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => null;

        public bool IsBypassed(Uri host)
        {
            WasAsked |= host.Port == port;
            return true;
        }
    }
}
