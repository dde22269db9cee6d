using System.Net;

namespace Coffer.ProxyWasm.Tests.Filters;

/// <summary>The examples of the Go SDK, each with what its source says it does.</summary>
public sealed class GoExampleTests
{
    [Fact]
    public async Task HttpHeaders_AddsAndLogsHeaders()
    {
        await using var proxy = await RealProxy.WithFilterAsync(
            GoExamples.Read("http_headers"), """ "configuration": {"header": "x-wasm-header", "value": "demo-wasm"} """);
        using var response = await proxy.Client.GetAsync("/some");
        Assert.Contains("test: best", await response.Content.ReadAsStringAsync());
        Assert.Equal("http_headers", Assert.Single(response.Headers.GetValues("x-proxy-wasm-go-sdk-example")));
        Assert.Equal("demo-wasm", Assert.Single(response.Headers.GetValues("x-wasm-header")));
        Assert.True(proxy.Log.Has("request header --> :path: /some"));
        Assert.True(proxy.Log.Has("response header <-- :status: 200"));
        await proxy.Log.WaitForAsync("finished");
    }

    [Theory]
    [InlineData("append", "[original body][this is appended body]")]
    [InlineData("prepend", "[this is prepended body][original body]")]
    [InlineData("replace", "[this is replaced body]")]
    [InlineData("invalid", "[this is replaced body]")]
    public async Task HttpBody_ChangesTheBodyOfTheRequest(string operation, string expected)
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("http_body"));
        using var request = Post("[original body]", ("buffer-operation", operation));
        using var response = await proxy.Client.SendAsync(request);
        Assert.EndsWith("\n\n" + expected, await response.Content.ReadAsStringAsync());
        Assert.True(proxy.Log.Has("original request body: [original body]"));
    }

    [Theory]
    [InlineData("append", "[original body][this is appended body]")]
    [InlineData("prepend", "[this is prepended body][original body]")]
    [InlineData("replace", "[this is replaced body]")]
    public async Task HttpBody_ChangesTheBodyOfTheResponse(string operation, string expected)
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("http_body"), "", async context =>
        {
            var body = "[original body]"u8.ToArray();
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body);
        });
        using var request = Post("any", ("buffer-operation", operation), ("buffer-replace-at", "response"));
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task HttpBody_WithoutContent_IsRefused()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("http_body"));
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("content must be provided", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task HttpBody_Echo_AnswersWithTheBodyOfTheRequest()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("http_body"), """ "configuration": "echo" """);
        var body = string.Concat(Enumerable.Repeat("0123456789", 10_000));
        using var request = Post(body);
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task HttpBodyChunk_FindsThePatternInTheChunkItIsIn()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("http_body_chunk"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ChunkedContent("first", "second", "with pattern") };
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("pattern found in chunk: 3", await response.Content.ReadAsStringAsync());
        Assert.Equal("proxy-wasm-go-sdk", Assert.Single(response.Headers.GetValues("powered-by")));
    }

    [Fact]
    public async Task HttpBodyChunk_WithoutPattern_PassesTheWholeBody()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("http_body_chunk"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ChunkedContent("first", "second", "third") };
        using var response = await proxy.Client.SendAsync(request);
        Assert.EndsWith("\n\nfirstsecondthird", await response.Content.ReadAsStringAsync());
        Assert.True(proxy.Log.Has("pattern not found"));
        Assert.False(proxy.Log.Has("does not match"));
    }

    [Theory]
    [InlineData("\u0001", "host: some.test")]
    [InlineData("\u0002", "host: some.test-canary")]
    public async Task HttpRouting_SendsToTheCanaryByTheDice(string dice, string expected)
    {
        await using var proxy = await RealProxy.WithFilterAsync(
            GoExamples.Read("http_routing"), $""" "configuration": "\u{(int)dice[0]:x4}" """);
        Assert.Contains(expected + "\n", await proxy.GetAsync("/", ("Host", "some.test")));
    }

    [Fact]
    public async Task HttpRouting_TheNewAuthority_ChoosesTheRoute()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync(context => Answer(context, "main"));
        await proxy.AddUpstreamAsync(context => Answer(context, "canary"));
        proxy.Write("filter.wasm", GoExamples.Read("http_routing"));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["routing"] } ],
              "routes": [
                { "hosts": ["some.test-canary"], "cluster": "canary" },
                { "cluster": "main" },
              ],
              "clusters": { "main": { "destinations": ["$0"] }, "canary": { "destinations": ["$1"] } },
              "filters": { "routing": { "module": "filter.wasm", "configuration": "\u0002" } },
            }
            """);
        Assert.Equal("canary", await proxy.GetAsync("/", ("Host", "some.test")));
    }

    [Fact]
    public async Task Metrics_CountsByTheValueOfAHeader()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("metrics"));
        for (var i = 0; i < 3; i++) await proxy.GetAsync("/", ("my-custom-header", "foo"));
        await proxy.GetAsync("/", ("my-custom-header", "bar"));
        await proxy.GetAsync("/");
        Assert.Equal(3, proxy.Server.Metrics.Find("custom_header_value_counts_value=foo_reporter=wasmgosdk"));
        Assert.Equal(1, proxy.Server.Metrics.Find("custom_header_value_counts_value=bar_reporter=wasmgosdk"));
    }

    [Fact]
    public async Task MultipleDispatches_HoldsTheResponseUntilAllAreBack()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        var called = await proxy.AddUpstreamAsync();
        proxy.Write("filter.wasm", GoExamples.Read("multiple_dispatches"));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["dispatch"] } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] }, "httpbin": { "destinations": ["$1"] } },
              "filters": { "dispatch": { "module": "filter.wasm", "upstreams": ["httpbin"] } },
            }
            """);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal("10", Assert.Single(response.Headers.GetValues("total-dispatched")));
        Assert.StartsWith("GET /\n", await response.Content.ReadAsStringAsync());
        Assert.Equal(10, called.Requests);
        Assert.True(proxy.Log.Has("response resumed after processed 10 dispatched request"));
    }

    [Fact]
    public async Task PostponeRequests_GoOnWithTheNextTick()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("postpone_requests"));
        var started = System.Diagnostics.Stopwatch.StartNew();
        var texts = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => proxy.GetAsync($"/{i}")));
        Assert.All(texts, text => Assert.StartsWith("GET /", text));
        Assert.InRange(started.Elapsed, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(20));
        Assert.True(proxy.Log.Has("postpone request with contextID="));
        await proxy.Log.WaitForAsync("resume request with contextID=", times: 4);
    }

    [Fact]
    public async Task Properties_OfTheRoute_DemandAHeader()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        proxy.Write("filter.wasm", GoExamples.Read("properties"));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0" } ],
              "routes": [
                { "prefix": "/one", "cluster": "main", "filters": ["properties"],
                  "metadata": { "filter_metadata.envoy.filters.http.wasm.auth": "cookie" } },
                { "prefix": "/two", "cluster": "main", "filters": ["properties"],
                  "metadata": { "filter_metadata.envoy.filters.http.wasm.auth": "authorization" } },
                { "cluster": "main", "filters": ["properties"] },
              ],
              "clusters": { "main": { "destinations": ["$0"] } },
              "filters": { "properties": { "module": "filter.wasm" } },
            }
            """);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(proxy, "/one"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(proxy, "/one", ("cookie", "value")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(proxy, "/two", ("cookie", "value")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(proxy, "/two", ("authorization", "token")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(proxy, "/three"));
        Assert.True(proxy.Log.Has("no auth header for route"));
        Assert.True(proxy.Log.Has("auth header is \"cookie\""));
    }

    [Fact]
    public async Task SharedData_CountsAcrossVms()
    {
        // A counter that all VMs share: each request adds one, whichever VM it is given to.
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("shared_data"));
        await proxy.ReloadAsync(RealProxy.Single().Replace("\"workers\": 1", "\"workers\": 3"));
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => proxy.GetAsync("/")));
        Assert.True(proxy.Log.Has("shared value: 30"), string.Join('\n', proxy.Log.Lines.TakeLast(40)));
    }

    [Fact]
    public async Task Helloworld_StartsAndTicks()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("helloworld"));
        Assert.True(proxy.Log.Has("OnPluginStart from Go!"));
        await proxy.Log.WaitForAsync("OnTick called");
        Assert.True(proxy.Log.Has("random value: "));
    }

    [Fact]
    public async Task VmPluginConfiguration_LogsBoth()
    {
        await using var proxy = await RealProxy.WithFilterAsync(
            GoExamples.Read("vm_plugin_configuration"), """ "vmConfiguration": "my vm", "configuration": {"name": "plugin"} """);
        Assert.True(proxy.Log.Has("vm config: my vm"));
        Assert.True(proxy.Log.Has("""plugin config: {"name": "plugin"}"""));
    }

    [Fact]
    public async Task ForeignCallOnTick_CompressesWithTheHostsFunction()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("foreign_call_on_tick"));
        await proxy.Log.WaitForAsync("foreign function (compress) called: 1, result: 78");
        Assert.False(proxy.Log.Has("failed"));
    }

    [Fact]
    public async Task DispatchCallOnTick_LogsTheResponses()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("dispatch_call_on_tick"));
        await proxy.ReloadAsync(RealProxy.Single("\"upstreams\": [\"web_service\"]").Replace("\"clusters\": {", "\"clusters\": { \"web_service\": { \"destinations\": [\"$0\"] },"));
        await proxy.Log.WaitForAsync("response header for the dispatched call: :status: 200", times: 2);
        await proxy.Log.WaitForAsync("called 2 for contextID=");
    }

    internal static Task Answer(Microsoft.AspNetCore.Http.HttpContext context, string text) =>
        context.Response.BodyWriter.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text)).AsTask();

    private static HttpRequestMessage Post(string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent(body) };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return request;
    }

    private static async Task<HttpStatusCode> StatusAsync(RealProxy proxy, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await proxy.Client.SendAsync(request);
        return response.StatusCode;
    }
}
