using System.Text.Json.Nodes;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Network;
using Coffer.Fastly.Tests.Backends;
using Microsoft.AspNetCore.Http;

namespace Coffer.Fastly.Tests.Programs;

/// <summary>A program in JavaScript that uses what the SDK offers: what it does is what its author means.</summary>
public sealed class JavaScriptTests(JavaScriptProgram program) : IClassFixture<JavaScriptProgram>
{
    private const string Stores = """
        [local_server.config_stores.settings]
        format = "inline-toml"
        contents = { greeting = "hello" }
        [[local_server.secret_stores.secrets]]
        key = "token"
        data = "s3cret"
        [local_server.kv_stores]
        things = []
        """;

    private static Task<TestBackend> EchoAsync() => TestBackend.StartAsync(async context =>
    {
        using var reader = new StreamReader(context.Request.Body);
        context.Response.StatusCode = 202;
        context.Response.Headers["x-backend"] = "yes";
        await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Headers.Host} {context.Request.Path} {context.Request.Headers["x-from"]} {await reader.ReadToEndAsync()}");
    });

    private async Task<TestResponse> GetAsync(TestApplication application, string path)
    {
        var (result, response) = await application.RunAsync(new TestRequest("http://localhost" + path));
        Assert.Null(result.Reason);
        return response;
    }

    [Fact]
    public async Task Fetch_ReachesTheBackend()
    {
        await using var backend = await EchoAsync();
        using var application = await program.StartAsync($"[local_server.backends.origin]\nurl = '{backend.Url}'");
        var response = await GetAsync(application, "/fetch?/path");
        Assert.Equal((202, "yes"), (response.Status, response.Header("x-backend")));
        Assert.Equal("POST example.com /path guest from the guest", response.Text);
    }

    [Fact]
    public async Task Requests_ArePassedOn()
    {
        await using var backend = await EchoAsync();
        using var application = await program.StartAsync($"[local_server.backends.origin]\nurl = '{backend.Url}'");
        var (_, response) = await application.RunAsync(TestRequest.Post("http://localhost/proxy", "from the client"));
        Assert.Equal("POST localhost /proxy  from the client", response.Text);
        Assert.Equal(202, response.Status);
    }

    [Fact]
    public async Task KeyValueStores_AreUsed()
    {
        using var application = await program.StartAsync(Stores);
        var json = JsonNode.Parse((await GetAsync(application, "/kv")).Text)!;
        Assert.Equal("by the guest", (string?)json["text"]);
        Assert.Equal("meta", (string?)json["metadata"]);
        Assert.Null(json["none"]);
        Assert.Null(json["gone"]);
        Assert.Equal("""["written"]""", json["list"]!.ToJsonString());
    }

    [Theory]
    [InlineData("/config", """{"greeting":"hello","none":null}""")]
    [InlineData("/secret", "s3cret")]
    [InlineData("/stream", "part 0\npart 1\npart 2\npart 3\npart 4\n")]
    [InlineData("/cache", """{"first":null,"second":"cached"}""")]
    [InlineData("/log", "logged")]
    public async Task Functions_OfTheSdk_DoWhatTheyShould(string path, string expected)
    {
        using var application = await program.StartAsync(Stores);
        Assert.Equal(expected, (await GetAsync(application, path)).Text);
    }

    [Fact]
    public async Task Log_HasWhatTheGuestSays()
    {
        using var application = await program.StartAsync(Stores);
        await GetAsync(application, "/log");
        Assert.Contains("audit: logged by the guest", application.Log.Lines);
        Assert.Contains(application.Log.Lines, line => line.StartsWith("stdout: ", StringComparison.Ordinal) && line.Contains("printed by the guest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cache_IsSharedByRuns()
    {
        using var application = await program.StartAsync(Stores);
        Assert.Equal("computed ?1", (await GetAsync(application, "/getorset?1")).Text);
        Assert.Equal("computed ?1", (await GetAsync(application, "/getorset?2")).Text);
    }

    [Fact]
    public async Task Rates_AreLimitedAcrossRuns()
    {
        using var application = await program.StartAsync(Stores);
        var answers = new List<string>();
        for (var i = 0; i < 30; i++) answers.Add((await GetAsync(application, "/rate")).Text);
        Assert.Equal("false", answers[0]);
        Assert.Equal("true", answers[^1]);
    }

    [Fact]
    public async Task Places_AreKnown()
    {
        using var application = await program.StartAsync(Stores);
        Assert.Equal("San Francisco", (string?)JsonNode.Parse((await GetAsync(application, "/geo")).Text)!["city"]);
    }

    [Fact]
    public async Task DynamicBackends_NeedAGrant()
    {
        await using var backend = await EchoAsync();
        var path = $"/dynamic?target=127.0.0.1:{backend.Port}";
        using (var application = await program.StartAsync(Stores)) Assert.Equal(502, (await GetAsync(application, path)).Status);
        var grant = new HttpGrant("http", new EndPointPattern(HostPattern.Of(null, System.Net.IPAddress.Loopback), PortRange.Of(backend.Port)));
        using var granted = await program.StartAsync(Stores, new FastlyServices { Capabilities = TestApplication.Usual.With(grant) });
        var response = await GetAsync(granted, path);
        Assert.Equal((202, "GET example.com /dynamic  "), (response.Status, response.Text));
    }

    [Fact]
    public async Task Error_ThatNobodyCatches_IsA500()
    {
        using var application = await program.StartAsync(Stores);
        var (_, response) = await application.RunAsync(new TestRequest("http://localhost/throw"));
        Assert.Equal(500, response.Status);
        Assert.Contains(application.Log.Lines, line => line.StartsWith("stderr: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Runs_DoNotSeeEachOther()
    {
        using var application = await program.StartAsync(Stores);
        await Parallel.ForEachAsync(Enumerable.Range(0, 20), async (index, _) => Assert.Equal("hello", (string?)JsonNode.Parse((await GetAsync(application, "/config")).Text)!["greeting"]));
    }
}
