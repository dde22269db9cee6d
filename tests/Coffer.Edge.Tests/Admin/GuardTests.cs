using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Coffer.Edge.Tests.Admin;

public class GuardTests
{
    private static readonly string[] Protected =
    [
        "/v1/apps", "/v1/status", "/v1/metrics", "/v1/logs", "/v1/events", "/v1/denials", "/v1/nothing", "/V1/apps", "/v1//apps", "//v1/apps", "/%76%31/apps",
        "/v1/apps/", "/v1/./apps", "/x/../v1/apps", "/style.css/../v1/apps", "/index.html/v1/apps",
    ];

    [Fact]
    public async Task Token_MissingOrWrong_IsRefusedEverywhere()
    {
        await using var admin = await TestAdmin.StartAsync();
        foreach (var path in Protected)
        {
            Assert.Equal(401, await RawStatusAsync(admin, $"GET {path} HTTP/1.1\r\nHost: {Host(admin)}\r\n"));
            Assert.Equal(401, await RawStatusAsync(admin, $"DELETE {path} HTTP/1.1\r\nHost: {Host(admin)}\r\n"));
        }

        foreach (var header in (string[])["Bearer", "Bearer ", "Bearer wrong", $"Basic {TestAdmin.Token}", $"Bearer {TestAdmin.Token}x", $"Bearer {TestAdmin.Token[..^1]}", TestAdmin.Token])
            Assert.Equal(401, await RawStatusAsync(admin, $"GET /v1/apps HTTP/1.1\r\nHost: {Host(admin)}\r\nAuthorization: {header}\r\n"));
        Assert.Equal(200, await RawStatusAsync(admin, $"GET /v1/apps HTTP/1.1\r\nHost: {Host(admin)}\r\nAuthorization: bearer {TestAdmin.Token}\r\n"));
        Assert.False(admin.Edge.Log.Has(TestAdmin.Token), "the token is in the log");
    }

    [Fact]
    public async Task Token_Guessed_IsSlowAndBounded_AndTheRightOneIsNot()
    {
        await using var admin = await TestAdmin.StartAsync();
        using var guesser = new HttpClient { BaseAddress = admin.Api.BaseAddress };
        var guesses = Enumerable.Range(0, 200).Select(async index =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/apps") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", $"guess-{index}") } };
            using var answer = await guesser.SendAsync(request);
            return answer.StatusCode;
        }).ToList();
        for (var index = 0; index < 20; index++) await admin.GetAsync("/v1/apps");
        var statuses = await Task.WhenAll(guesses);
        Assert.All(statuses, status => Assert.True(status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests));
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    [Fact]
    public async Task Host_OfSomebodyElse_IsRefused()
    {
        await using var admin = await TestAdmin.StartAsync(more: """ "hosts": ["admin.example"] """);
        var port = admin.Api.BaseAddress!.Port;
        foreach (var host in (string[])["evil.example", $"evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example", "evil.localhost", "0.0.0.0"])
        {
            Assert.Equal(421, await RawStatusAsync(admin, $"GET / HTTP/1.1\r\nHost: {host}\r\n"));
            Assert.Equal(421, await RawStatusAsync(admin, $"GET /v1/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TestAdmin.Token}\r\n"));
        }

        foreach (var host in (string[])["localhost", $"127.0.0.1:{port}", "admin.example"])
            Assert.Equal(200, await RawStatusAsync(admin, $"GET /v1/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TestAdmin.Token}\r\n"));
    }

    [Theory]
    [InlineData("Origin: https://evil.example")]
    [InlineData("Origin: null")]
    [InlineData("Sec-Fetch-Site: cross-site")]
    [InlineData("Sec-Fetch-Site: same-site")]
    public async Task Pages_OfOtherSites_AreRefused(string header)
    {
        await using var admin = await TestAdmin.StartAsync();
        Assert.Equal(403, await RawStatusAsync(admin, $"POST /v1/apps/x/rollback HTTP/1.1\r\nHost: {Host(admin)}\r\nAuthorization: Bearer {TestAdmin.Token}\r\n{header}\r\nContent-Length: 0\r\n"));
        Assert.Equal(404, await RawStatusAsync(admin, $"POST /v1/apps/x/rollback HTTP/1.1\r\nHost: {Host(admin)}\r\nAuthorization: Bearer {TestAdmin.Token}\r\nOrigin: http://{Host(admin)}\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n"));
        Assert.Equal(200, await RawStatusAsync(admin, $"GET / HTTP/1.1\r\nHost: {Host(admin)}\r\nSec-Fetch-Site: cross-site\r\n"));
    }

    [Fact]
    public async Task Page_HasTheHeadersThatGuardIt()
    {
        await using var admin = await TestAdmin.StartAsync();
        using var client = new HttpClient { BaseAddress = admin.Api.BaseAddress };
        foreach (var path in (string[])["/", "/style.css", "/views/overview.js", "/v1/apps"])
        {
            using var answer = await client.GetAsync(path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        }

        var page = await client.GetStringAsync("/");
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("<script(?![^>]*src=)", page);
    }

    [Fact]
    public async Task Upload_TooLarge_IsRefused_WhateverItsLengthSays()
    {
        await using var admin = await TestAdmin.StartAsync(more: """ "uploadBytes": 1000 """);
        var module = new byte[2000];
        using var announced = await admin.Api.PutAsync($"/v1/modules/{TestAdmin.DigestOf(module)}", new ByteArrayContent(module));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        Assert.Equal("too-large", (await TestAdmin.ProblemAsync(announced)).Code);
        using var chunked = await admin.Api.SendAsync(new HttpRequestMessage(HttpMethod.Put, $"/v1/modules/{TestAdmin.DigestOf(module)}")
        {
            Content = new ByteArrayContent(module),
            Headers = { TransferEncodingChunked = true },
        });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(admin.Edge.Folder, "state", "modules")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(admin.Edge.Folder, "state", "incoming")));
    }

    [Fact]
    public async Task Upload_OfSomethingElse_IsRefused()
    {
        await using var admin = await TestAdmin.StartAsync();
        var module = TestAdmin.Saying("one");
        using var wrong = await admin.Api.PutAsync($"/v1/modules/{TestAdmin.DigestOf([1])}", new ByteArrayContent(module));
        Assert.Equal("wrong-digest", (await TestAdmin.ProblemAsync(wrong)).Code);
        foreach (var digest in (string[])["sha256:abc", "..%2f..%2fetc%2fpasswd", "sha256:" + new string('A', 64), "md5:" + new string('a', 64), "sha256:" + new string('a', 63) + "%0a"])
        {
            using var none = await admin.Api.PutAsync($"/v1/modules/{digest}", new ByteArrayContent(module));
            Assert.True(none.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, $"{digest}: {none.StatusCode}");
        }

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(admin.Edge.Folder, "state", "modules")));
    }

    [Theory]
    [InlineData("..%2f..%2fstate")]
    [InlineData("%2e%2e")]
    [InlineData("a%00b")]
    [InlineData("a%0d%0ab")]
    [InlineData("A")]
    [InlineData("a.b")]
    [InlineData("caf%C3%A9")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Names_ThatAreNone_AreRefused(string name)
    {
        await using var admin = await TestAdmin.StartAsync();
        var digest = await admin.UploadAsync(TestAdmin.Saying("one"));
        using var deployed = await admin.Api.PostAsync($"/v1/apps/{name}/deployments", new StringContent($$"""{"digest":"{{digest}}"}""", Encoding.UTF8, "application/json"));
        Assert.True((int)deployed.StatusCode is 400 or 404, $"{deployed.StatusCode}");
        using var asked = await admin.Api.GetAsync($"/v1/apps/{name}");
        Assert.True((int)asked.StatusCode is 400 or 404, $"{asked.StatusCode}");
        Assert.Equal("[]", (await admin.GetAsync("/v1/apps")).ToJsonString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"digest\":5}")]
    [InlineData("{\"digest\":\"sha256:x\"}")]
    [InlineData("{\"digest\":\"sha256:x\",\"more\":1}")]
    [InlineData("{\"digest\"")]
    public async Task Bodies_ThatAreNone_AreProblems(string body)
    {
        await using var admin = await TestAdmin.StartAsync();
        using var answer = await admin.Api.PostAsync("/v1/apps/shop/deployments", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("invalid", (await TestAdmin.ProblemAsync(answer)).Code);
        using var deep = await admin.Api.PostAsync("/v1/apps/shop/deployments", new StringContent(new string('[', 5000), Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, deep.StatusCode);
        try
        {
            using var large = await admin.Api.PostAsync("/v1/apps/shop/deployments", new ByteArrayContent(new byte[2 << 20]));
            Assert.True(large.StatusCode is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest);
        }
        catch (HttpRequestException)
        {
            // The server need not read what it refuses; a client that goes on writing finds the connection closed.
        }
    }

    [Fact]
    public async Task Start_WithoutToken_OrBeyondThisMachineWithoutTls_IsRefused()
    {
        var none = await Assert.ThrowsAsync<Configuration.ConfigurationException>(() => TestEdge.StartAsync(
            """{ "admin": { "address": "127.0.0.1:0", "token": { "file": "missing" } } }"""));
        Assert.Contains("token", none.Message, StringComparison.Ordinal);
        var brief = await Assert.ThrowsAsync<Configuration.ConfigurationException>(() => TestEdge.StartAsync(
            """{ "listeners": [{ "address": "127.0.0.1:0" }], "admin": { "address": "127.0.0.1:0", "token": { "file": "token" } } }""", ("token", "short")));
        Assert.Contains("16", brief.Message, StringComparison.Ordinal);
        var open = await Assert.ThrowsAsync<Configuration.ConfigurationException>(() => TestEdge.StartAsync(
            """{ "admin": { "address": "0.0.0.0:0", "token": { "file": "token" } } }""", ("token", TestAdmin.Token)));
        Assert.Contains("tls", open.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_IsSpoken_WhereItIsConfigured()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var edge = await TestEdge.StartAsync(
            """
            {
              "listeners": [{ "address": "127.0.0.1:0" }],
              "admin": { "address": "0.0.0.0:0", "token": { "file": "token" }, "hosts": ["localhost"], "tls": { "certificate": "cert.pem", "key": "key.pem" } }
            }
            """,
            ("token", TestAdmin.Token), ("cert.pem", certificate.ExportCertificatePem()), ("key.pem", key.ExportPkcs8PrivateKeyPem()));
        using var client = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint })
        {
            BaseAddress = new Uri($"https://localhost:{new Uri(edge.Server.Administration.Address!).Port}"),
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestAdmin.Token);
        Assert.Equal("[]", await client.GetStringAsync("/v1/apps"));
        using var deploying = await client.DeleteAsync("/v1/apps/shop");
        Assert.Contains("no folder", (await TestAdmin.ProblemAsync(deploying)).Detail, StringComparison.Ordinal);
    }

    private static string Host(TestAdmin admin) => admin.Api.BaseAddress!.Authority;

    /// <summary>The status of an answer to a request as it stands: clients tidy paths up.</summary>
    private static async Task<int> RawStatusAsync(TestAdmin admin, string head)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, admin.Api.BaseAddress!.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + "Connection: close\r\n\r\n"));
        var answer = await new StreamReader(stream).ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return int.Parse(answer!.Split(' ')[1], null);
    }
}
