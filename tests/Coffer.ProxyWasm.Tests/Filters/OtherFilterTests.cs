using System.Net;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests.Filters;

/// <summary>The filters of other SDKs and other hosts in the test data, each with what its source says it does.</summary>
public sealed class OtherFilterTests
{
    private static byte[] Read(string path) => File.ReadAllBytes(TestData.Require(path));

    [Fact]
    public async Task Envoy_CppExample_ChangesHeadersAndAppendsToTheBody()
    {
        await using var proxy = await RealProxy.WithFilterAsync(
            Read("proxy-wasm/envoy/lib/envoy_filter_http_wasm_example.wasm"), """ "rootId": "my_root_id", "configuration": {} """, async context =>
            {
                context.Response.ContentType = "application/json";
                var body = "{ \"upstream\": \"service\" }"u8.ToArray();
                context.Response.ContentLength = body.Length;
                await context.Response.Body.WriteAsync(body);
            });
        using var response = await proxy.Client.GetAsync("/");
        // It writes over the first twelve bytes of each piece; the last is empty, so that they are behind the body.
        Assert.Equal("Hello, world: \"service\" }Hello, world", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("FOO", Assert.Single(response.Headers.GetValues("x-wasm-custom")));
    }

    [Fact]
    public async Task Cpp_OnRequestHeaders_LogsHeadersAndTheEnd()
    {
        await using var proxy = await RealProxy.WithFilterAsync(Read("proxy-wasm/java-host-fixtures/cc-examples/on_request_headers/http.wasm"));
        await proxy.GetAsync("/", ("hello", "World"));
        await proxy.Log.WaitForAsync("print from wasm, onRequestHeaders, context id: 2");
        await proxy.Log.WaitForAsync("print from wasm, hello -> World");
        await proxy.Log.WaitForAsync("onDone 2");
        await proxy.Log.WaitForAsync("onLog 2");
        await proxy.Log.WaitForAsync("onDelete 2");
    }

    [Fact]
    public async Task Rust_HelloWorld_GreetsAndTicks()
    {
        var log = new RecordedLog();
        var time = new SteppedTimer();
        var module = TestProxy.Compile(Read("proxy-wasm/java-host-fixtures/rust-examples/hello_world/main.wasm"));
        await using var filter = await Filter.StartAsync(module, new FilterOptions { Workers = 1 }, new FilterHost { Logger = log, Time = time });
        Assert.True(log.Has("Hello, World!"));
        Assert.Equal(TimeSpan.FromSeconds(5), time.Period);
        time.Fire();
        await log.WaitForAsync("your lucky number is");
    }

    [Fact]
    public async Task AssemblyScript_AddHeader_AddsWhatIsConfigured()
    {
        await using var proxy = await RealProxy.WithFilterAsync(
            Read("guests/proxy-wasm/as_add_header.wasm"), """ "rootId": "add_header", "configuration": "there" """);
        using var response = await proxy.Client.GetAsync("/where");
        Assert.Contains("x-as-filter: yes", await response.Content.ReadAsStringAsync());
        Assert.Equal("there", Assert.Single(response.Headers.GetValues("hello")));
        Assert.True(proxy.Log.Has("path=/where"));
    }

    [Fact]
    public async Task AssemblyScript_AddHeader_WithoutConfiguration_GreetsTheWorld()
    {
        await using var proxy = await RealProxy.WithFilterAsync(Read("guests/proxy-wasm/as_add_header.wasm"), """ "rootId": "add_header" """);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal("world!", Assert.Single(response.Headers.GetValues("hello")));
    }

    [Fact]
    public async Task C_Filter_DoesAllThatItsSourceSays()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        var auth = await proxy.AddUpstreamAsync();
        proxy.Write("filter.wasm", Read("guests/proxy-wasm/c_filter.wasm"));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["c"] } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] }, "auth": { "destinations": ["$1"] } },
              "filters": { "c": { "module": "filter.wasm", "workers": 1, "upstreams": ["auth"], "logLevel": "debug" } },
            }
            """);
        var text = await proxy.GetAsync("/", ("x-secret", "1"));
        Assert.Contains("x-c-filter: on\n", text);
        Assert.DoesNotContain("x-secret", text);
        using var refused = await proxy.Client.GetAsync("/forbid");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(0, auth.Requests);
        using var called = await proxy.Client.GetAsync("/call");
        Assert.Equal("c-filter", called.Headers.Server.ToString());
        Assert.Equal(1, auth.Requests);
        using var posted = await proxy.Client.PostAsync("/", new StringContent("body"));
        Assert.EndsWith("\n\nBODY", await posted.Content.ReadAsStringAsync());
        Assert.Equal(4, proxy.Server.Metrics.Find("c_filter.requests"));
        await proxy.Log.WaitForAsync("context 2 parent 1");
        await proxy.Log.WaitForAsync("on_log", times: 4);
    }

    [Fact]
    public async Task Mosn_Cpp_LogsHeaders()
    {
        await using var proxy = await RealProxy.WithFilterAsync(Read("proxy-wasm/mosn/example/data/http.wasm"));
        await proxy.GetAsync("/", ("hello", "World"));
        await proxy.Log.WaitForAsync("print from wasm, onRequestHeaders, context id: 2");
        await proxy.Log.WaitForAsync("print from wasm, hello -> World");
    }

    [Fact]
    public async Task Mosn_Data_PanicsAtABody_AndIsReplaced()
    {
        // It panics in the third of three functions when it is shown a body.
        await using var proxy = await RealProxy.WithFilterAsync(
            Read("proxy-wasm/mosn/wasmer/testdata/data.wasm"), """ "failure": "reload", "backoff": "1ms" """);
        Assert.Equal("proxy-wasm 0.1.0", proxy.FilterOf("test").Abi);
        using var response = await proxy.Client.PostAsync("/", new StringContent("body"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(proxy.Log.Has("at command-line-arguments.f3 (filter.wasm+0x"));
        Assert.True(proxy.Log.Has("go panic"));
        await Task.Delay(50);
        Assert.StartsWith("GET /", await proxy.GetAsync("/"));
        Assert.False(proxy.Log.Has("invalid"), "it knows its contexts");
    }

    [Fact]
    public async Task Mosn_AddRequestHeader_SetsTheNumberOfItsContext()
    {
        await using var proxy = await RealProxy.WithFilterAsync(Read("proxy-wasm/mosn/internal/e2e/testdata/add-req-header-v2/main.wasm"));
        Assert.Contains("wasm-context: 2\n", await proxy.GetAsync("/", ("Wasm-Context", "client")));
        Assert.Contains("wasm-context: 3\n", await proxy.GetAsync("/"));
    }

    [Fact]
    public async Task Kuadrant_Shim_AsksTheRateLimiterByGrpc()
    {
        var limiter = new RateLimiter(allowed: 4);
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        await proxy.AddUpstreamAsync(limiter.AnswerAsync, http2: true);
        proxy.Write("filter.wasm", Read("proxy-wasm/java-host-fixtures/quarkus/wasm_shim.wasm"));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["kuadrant"] } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] }, "limitador": { "destinations": ["$1"], "http2": true } },
              "filters": { "kuadrant": { "module": "filter.wasm", "workers": 1, "upstreams": ["limitador"], "logLevel": "trace", "configuration": {
                "services": { "limitadorA": { "type": "ratelimit", "endpoint": "limitador", "failureMode": "deny", "timeout": "10s" },
                  "limitadorB": { "type": "ratelimit", "endpoint": "limitador", "failureMode": "deny", "timeout": "10s" } },
                "actionSets": [ { "name": "basic", "routeRuleConditions": { "hostnames": ["*.example.com"] }, "actions": [
                  { "service": "limitadorA", "scope": "basic", "data": [ { "expression": { "key": "a", "value": "1" } } ] },
                  { "service": "limitadorB", "scope": "basic", "data": [ { "expression": { "key": "a", "value": "1" } } ] } ] } ] } } },
            }
            """);
        var first = await proxy.GetAsync("/", ("Host", "test.example.com"));
        Assert.True(first.StartsWith("GET /", StringComparison.Ordinal), first + string.Join('\n', proxy.Log.Lines));
        Assert.Equal(2, limiter.Asked);
        Assert.Equal(["basic"], limiter.Domains.Distinct());
        Assert.StartsWith("GET /", await proxy.GetAsync("/", ("Host", "test.example.com")));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "test.example.com";
        using var refused = await proxy.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.StartsWith("GET /", await proxy.GetAsync("/", ("Host", "other.test")));
        Assert.Equal(5, limiter.Asked);
    }

    [Fact]
    public async Task UnitTester_Headers_CountsRequests()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("unit_tester"), """ "configuration": {"type": "headerTests"} """);
        Assert.Contains("x-request-counter: 1", await proxy.GetAsync("/"));
        using var response = await proxy.Client.GetAsync("/");
        Assert.Contains("x-request-counter: 2", await response.Content.ReadAsStringAsync());
        Assert.Equal("2", Assert.Single(response.Headers.GetValues("x-response-counter")));
    }

    [Fact]
    public async Task UnitTester_Ticks_AreCountedWhileEnabled()
    {
        await using var proxy = await RealProxy.WithFilterAsync(GoExamples.Read("unit_tester"), """ "configuration": {"type": "tickTests"} """);
        Assert.Equal("0", await proxy.GetAsync("/tickTests/get"));
        Assert.Equal("ok", await proxy.GetAsync("/tickTests/enable"));
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (await proxy.GetAsync("/tickTests/get") == "0") Assert.True(DateTime.UtcNow < deadline);
        Assert.Equal("ok", await proxy.GetAsync("/tickTests/disable"));
        var count = await proxy.GetAsync("/tickTests/get");
        await Task.Delay(300);
        Assert.Equal(count, await proxy.GetAsync("/tickTests/get"));
    }

    [Fact]
    public async Task UnitTester_ForeignFunctions_AnswerWithTheirResult()
    {
        var log = new RecordedLog();
        var host = new FilterHost
        {
            Logger = log,
            ForeignFunctions = new Dictionary<string, ForeignFunction> { ["reverse"] = Reverse },
        };
        await using var proxy = await TestProxy.StartAsync(
            TestProxy.Echo, host, log,
            (TestProxy.Compile(GoExamples.Read("unit_tester")), new FilterOptions { Workers = 1, Configuration = "{\"type\": \"ffiTests\"}"u8.ToArray() }));
        using var response = await proxy.Client.PostAsync("/ffiTests/reverse", new StringContent("abc"));
        Assert.Equal("cba", await response.Content.ReadAsStringAsync());
        using var unknown = await proxy.Client.PostAsync("/ffiTests/unknown", new StringContent("abc"));
        Assert.EndsWith("\n\nabc", await unknown.Content.ReadAsStringAsync());
        Assert.True(log.Has("failed to call FFI"));
    }

    [Fact]
    public async Task UnitTester_HttpCall_AnswersWithTheResponse()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        await proxy.AddUpstreamAsync(async context =>
        {
            context.Response.Headers["x-from"] = "called";
            await context.Response.WriteAsync($"called {context.Request.Path}");
        });
        proxy.Write("filter.wasm", GoExamples.Read("unit_tester"));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["call"] } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] }, "web": { "destinations": ["$1"] } },
              "filters": { "call": { "module": "filter.wasm", "upstreams": ["web"], "logLevel": "trace",
                "configuration": { "type": "httpCallTests", "upstream": "web", "path": "/there" } } },
            }
            """);
        using var response = await proxy.Client.PostAsync("/here", new StringContent("x"));
        Assert.Equal("called /there", await response.Content.ReadAsStringAsync());
        Assert.Equal("called", Assert.Single(response.Headers.GetValues("x-from")));
    }

    private static byte[] Reverse(ReadOnlySpan<byte> arguments)
    {
        var result = arguments.ToArray();
        Array.Reverse(result);
        return result;
    }
}
