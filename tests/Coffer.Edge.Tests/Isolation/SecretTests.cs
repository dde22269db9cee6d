using System.Collections.Concurrent;
using System.Net;
using Coffer.Edge.Tests.Admin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Tests.Isolation;

/// <summary>Secrets are told to the guest that was given them, and to nobody else: what it does with them itself is its own.</summary>
public sealed class SecretTests
{
    private const string Secret = "S3CRET-4711-0815";

    public static TheoryData<string> Sources => ["data = \"" + Secret + "\"", "file = \"token.txt\"", "env = \"COFFER_TEST_SECRET\""];

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Secret_IsInNothingThatTheServerTells(string source)
    {
        Environment.SetEnvironmentVariable("COFFER_TEST_SECRET", Secret);
        await using var collector = await Collector.StartAsync();
        await using var edge = await TestEdge.StartAsync(
            $$"""
            {
              "listeners": [{ "address": "127.0.0.1:0" }], "monitor": { "address": "127.0.0.1:0" }, "accessLog": "-", "collector": "{{collector.Address}}",
              "admin": { "address": "127.0.0.1:0", "token": { "file": "token" }, "state": "state" },
              "apps": { "shop": { "module": "app.wat", "routes": ["/shop"], "fastlyManifest": "fastly.toml", "limits": { "time": "20s" } } }
            }
            """,
            ("token", TestAdmin.Token), ("app.wat", StoresProgram.Showing), ("token.txt", Secret),
            ("fastly.toml", $"""
                [[local_server.secret_stores.secrets]]
                key = "token"
                {source}
                [local_server.backends.origin]
                url = "http://127.0.0.1:1"
                """));
        var admin = TestAdmin.Of(edge);
        using (var answer = await AskAsync(edge, "/shop"))
        {
            // It was given it, and tells it; and what it was sent it could tell as well.
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(Secret, answer.Headers.GetValues("x-secret").Single());
            var body = await answer.Content.ReadAsStringAsync();
            Assert.StartsWith(Secret, body, StringComparison.Ordinal);
            Assert.Contains("authorization", body, StringComparison.OrdinalIgnoreCase);
        }

        using (var failed = await AskAsync(edge, "/shop?"))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
            Assert.DoesNotContain(Secret, await failed.Content.ReadAsStringAsync() + failed.Headers, StringComparison.Ordinal);
        }

        await edge.Log.WaitForAsync("unreachable");
        var told = new Dictionary<string, string>();
        foreach (var path in (string[])
            ["status", "apps", "apps/shop", "events", "apps/shop/events", "logs", "apps/shop/logs", "metrics", "apps/shop/metrics", "denials", "apps/shop/stores",
                "apps/shop/versions", "apps/shop/stores/secrets/entries", "apps/shop/stores/secrets/entry?key=token"])
        {
            using var answer = await admin.Api.GetAsync("/v1/" + path);
            told[path] = await answer.Content.ReadAsStringAsync();
        }

        foreach (var page in (string[])["/", "/app.js", "/views/app.js"]) told[page] = await admin.Api.GetStringAsync(page);
        using (var monitor = new HttpClient { BaseAddress = new Uri(edge.Server.Addresses[^1]) }) told["/metrics"] = await monitor.GetStringAsync("/metrics");
        Assert.Contains("shop", told["/metrics"], StringComparison.Ordinal);
        Assert.Contains("unreachable", told["logs"], StringComparison.Ordinal);
        admin.Api.Dispose();
        await edge.DisposeAsync();
        told["log"] = string.Join('\n', edge.Log.Lines);
        told["access log"] = System.Text.Encoding.UTF8.GetString(edge.Output.ToArray());
        Assert.Equal(2, told["access log"].Count(letter => letter == '\n'));
        told["collector"] = collector.Text;
        Assert.Contains("coffer.edge.requests", told["collector"], StringComparison.Ordinal);
        foreach (var (where, text) in told) Assert.False(text.Contains(Secret, StringComparison.Ordinal), $"{where} tells it:\n{text}");
    }

    // The client sends the same in what servers are known to log.
    private static async Task<HttpResponseMessage> AskAsync(TestEdge edge, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Authorization", "Bearer " + Secret);
        request.Headers.Add("Cookie", "session=" + Secret);
        request.Headers.Add("X-Api-Key", Secret);
        return await edge.Client.SendAsync(request);
    }

    [Theory]
    // What is wrong is beside the secret, in its line or in its value.
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"no name\"\ndata = \"" + Secret + "\"")]
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"token\"\ndata = \"" + Secret + "\"\nfile = \"x\"")]
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"token\"\ndata = \"" + Secret)]
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"token\"\ndata = " + Secret)]
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"token\"\ndata = \"" + Secret + "\" \"more\"")]
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"token\"\ndata = \"" + Secret + "\\q\"")]
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"token\"\nkey = \"token\"\ndata = \"" + Secret + "\"")]
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"token\"\ndata = [\"" + Secret + "\"]")]
    [InlineData("[[local_server.secret_stores.secrets]]\nkey = \"token\"\ndate = \"" + Secret + "\"")]
    [InlineData("[local_server.secret_stores]\nsecrets = \"" + Secret + "\"")]
    [InlineData("[local_server.secret_stores.secrets]\nformat = \"json\"\nfile = \"secrets.json\"")]
    [InlineData("[local_server.secret_stores.secrets]\nformat = \"json\"\nfile = \"list.json\"")]
    public async Task Manifest_ThatIsWrong_IsToldWithoutTheSecret(string manifest)
    {
        await using var edge = await TestEdge.StartAsync(
            """{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { "app": { "module": "app.wat", "routes": ["/"], "warm": 0, "fastlyManifest": "fastly.toml" } } }""",
            ("app.wat", StoresProgram.Showing), ("fastly.toml", manifest), ("secrets.json", $"{{ \"token\": \"{Secret}\" \"more\" }}"), ("list.json", $"{{ \"token\": [\"{Secret}\"] }}"));
        using var answer = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.DoesNotContain(Secret, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(edge.Log.Has("fastly.toml"), string.Join('\n', edge.Log.Lines));
        Assert.False(edge.Log.Has(Secret), string.Join('\n', edge.Log.Lines));
    }

    /// <summary>A collector of OpenTelemetry that keeps what it is sent: the names and values in it stand there as they are.</summary>
    private sealed class Collector(WebApplication server, ConcurrentQueue<byte[]> sent) : IAsyncDisposable
    {
        public string Address => server.Urls.Single();

        public string Text => string.Concat(sent.Select(System.Text.Encoding.Latin1.GetString));

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var server = builder.Build();
            var sent = new ConcurrentQueue<byte[]>();
            server.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                sent.Enqueue(body.ToArray());
            });
            await server.StartAsync();
            return new Collector(server, sent);
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
