using System.Net;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests.HttpWasm;

/// <summary>The handlers of http-wasm in the test data, each with what its source says it does.</summary>
public sealed class HttpWasmTests
{
    private const string Folder = "proxy-wasm/http-wasm/";

    private static byte[] Read(string path) => File.ReadAllBytes(TestData.Require(path));

    private static Task<RealProxy> StartAsync(string path, string more = "", RequestDelegate? answer = null) =>
        RealProxy.WithFilterAsync(Read(path), more, answer);

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("", HttpStatusCode.Unauthorized)]
    [InlineData("0", HttpStatusCode.Unauthorized)]
    [InlineData("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", HttpStatusCode.OK)]
    public async Task Auth_DemandsOneAuthorization(string? authorization, HttpStatusCode expected)
    {
        await using var proxy = await StartAsync(Folder + "examples/auth.wasm");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
        if (authorization is null) Assert.Equal("Basic realm=\"test\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task Config_EnablesFeatures_AndBodiesPass(int features)
    {
        await using var proxy = await StartAsync(Folder + "examples/config.wasm", $""" "configuration": "\u{features:x4}\u0000\u0000\u0000\u0000\u0000\u0000\u0000" """);
        using var response = await proxy.Client.PostAsync("/", new StringContent("body"));
        Assert.EndsWith("\n\nbody", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Log_SaysHello()
    {
        // It refuses to work where debugging is logged.
        await using var proxy = await StartAsync(Folder + "examples/log.wasm");
        await proxy.ReloadAsync(RealProxy.Single().Replace("\"logLevel\": \"trace\"", "\"logLevel\": \"info\""));
        await proxy.GetAsync("/");
        Assert.True(proxy.Log.Has("test: hello world"));
    }

    [Fact]
    public async Task Wasi_PrintsRequestAndResponse()
    {
        await using var proxy = await StartAsync(Folder + "examples/wasi.wasm", "", async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.Append("Set-Cookie", "a=b");
            context.Response.Headers.Append("Set-Cookie", "c=d");
            await context.Response.WriteAsync("""{"hello": "world"}""");
        });
        using var response = await proxy.Client.PostAsync("/", new StringContent("""{"hello": "panda"}"""));
        Assert.Equal("""{"hello": "world"}""", await response.Content.ReadAsStringAsync());
        var text = string.Join('\n', proxy.Log.Lines);
        Assert.All(
            ["POST", "content-length", "{\"hello\": \"panda\"}", "200", "set-cookie", "a=b", "c=d", "{\"hello\": \"world\"}"],
            part => Assert.Contains(part, text));
    }

    [Fact]
    public async Task ProtocolVersion_IsTheAnswer()
    {
        await using var proxy = await StartAsync(Folder + "internal/test/testdata/e2e/protocol_version.wasm");
        Assert.Equal("HTTP/1.1", await proxy.GetAsync("/"));
    }

    [Fact]
    public async Task Uri_IsReplaced_AndTheOldOneIsTheBody()
    {
        await using var proxy = await StartAsync(Folder + "internal/test/testdata/e2e/uri.wasm");
        var text = await proxy.GetAsync("/v1.0/hi?name=panda");
        Assert.StartsWith("GET /v1.0/hello?name=teddy\n", text);
        Assert.EndsWith("\n\n/v1.0/hi?name=panda", text);
    }

    [Theory]
    [InlineData("header_names")]
    [InlineData("handle_response")]
    public async Task Checks_OfTheGuest_Pass(string name)
    {
        await using var proxy = await StartAsync($"{Folder}internal/test/testdata/e2e/{name}.wasm");
        for (var i = 0; i < 3; i++) Assert.StartsWith("GET /", await proxy.GetAsync("/"));
        Assert.False(proxy.Log.Has("failed"));
    }

    [Theory]
    [InlineData("panic_on_handle_request", "unreachable", false)]
    [InlineData("panic_on_handle_response", "unreachable", true)]
    [InlineData("set_request_header_after_next", "the request has gone on", true)]
    public async Task Failure_CostsOneRequest_ByThePolicy(string name, string reason, bool isAfterwards)
    {
        await using var proxy = await StartAsync($"{Folder}internal/test/testdata/error/{name}.wasm");
        // A response that nobody kept has gone when the handler sees it: all that can be done is to end it.
        if (isAfterwards) await Assert.ThrowsAsync<HttpRequestException>(() => proxy.GetAsync("/"));
        else
        {
            using var refused = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        await proxy.Log.WaitForAsync(reason);
        await proxy.ReloadAsync(RealProxy.Single(""" "failure": "open" """));
        using var passed = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
    }

    [Theory]
    [InlineData("add_header_value")]
    [InlineData("get_header_names")]
    [InlineData("get_header_values")]
    [InlineData("get_uri")]
    [InlineData("log")]
    [InlineData("remove_header")]
    [InlineData("set_header_value")]
    [InlineData("set_status_code")]
    [InlineData("write_body")]
    public async Task BenchmarkGuests_DoTheirOneCall(string name)
    {
        await using var proxy = await StartAsync($"{Folder}internal/test/testdata/bench/{name}.wasm");
        using var response = await proxy.Client.GetAsync("/where");
        Assert.False(proxy.Log.Has("failed"), string.Join('\n', proxy.Log.Lines));
        if (name == "set_status_code") Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        if (name == "log") Assert.True(proxy.Log.Has("hello world"));
        // It writes what is in its memory before the text.
        if (name == "write_body") Assert.Equal(new string('\0', 11), await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Dapr_Router_RoutesOrAnswers()
    {
        await using var proxy = await StartAsync("proxy-wasm/dapr/middleware/http/wasm/example/router.wasm");
        Assert.Equal("hello", await proxy.GetAsync("/other"));
        Assert.StartsWith("GET /a\n", await proxy.GetAsync("/host/a"));
    }

    [Fact]
    public async Task Dapr_Rewrite_ChangesOnePath()
    {
        await using var proxy = await StartAsync("proxy-wasm/dapr/middleware/http/wasm/internal/testdata/rewrite.wasm");
        Assert.StartsWith("GET /v1.0/hello?name=teddy\n", await proxy.GetAsync("/v1.0/hi?name=panda"));
        Assert.StartsWith("GET /v1.0/hi\n", await proxy.GetAsync("/v1.0/hi"));
    }

    [Fact]
    public async Task Dapr_Config_LogsIt()
    {
        await using var proxy = await StartAsync("proxy-wasm/dapr/middleware/http/wasm/internal/e2e-guests/config/main.wasm", """ "configuration": "my config" """);
        Assert.True(proxy.Log.Has("test: my config"));
    }

    [Fact]
    public async Task Dapr_Output_LogsAndPrints()
    {
        await using var proxy = await StartAsync("proxy-wasm/dapr/middleware/http/wasm/internal/e2e-guests/output/main.wasm");
        await proxy.GetAsync("/");
        await proxy.GetAsync("/");
        Assert.All(
            ["main Stdout", "main Stderr", "main ConsoleLog", "request[0] Stdout", "request[0] Stderr", "request[0] ConsoleLog", "request[1] ConsoleLog"],
            line => Assert.True(proxy.Log.Has(line), line));
    }
}
