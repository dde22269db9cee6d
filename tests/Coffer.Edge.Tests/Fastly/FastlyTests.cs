using System.Net;

namespace Coffer.Edge.Tests.Fastly;

/// <summary>Programs for Fastly Compute behind the server. Not beside tests that look at the memory of the process.</summary>
[Collection("memory")]
public sealed class FastlyTests
{
    private const string Imports = """
        (import "fastly_http_req" "body_downstream_get" (func $downstream (param i32 i32) (result i32)))
        (import "fastly_http_req" "send" (func $fetch (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_req" "send_async" (func $later (param i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_resp" "new" (func $response (param i32) (result i32)))
        (import "fastly_http_resp" "header_insert" (func $header (param i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_resp" "send_downstream" (func $send (param i32 i32 i32) (result i32)))
        (import "fastly_http_body" "new" (func $body (param i32) (result i32)))
        (import "fastly_http_body" "write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_body" "close" (func $close (param i32) (result i32)))
        (import "fastly_log" "endpoint_get" (func $endpoint (param i32 i32 i32) (result i32)))
        (import "fastly_log" "write" (func $log (param i32 i32 i32 i32) (result i32)))
        """;

    private static string Program(string start) => $"""
        (module {Imports} (memory (export "memory") 4)
          (data (i32.const 100) "x-guest") (data (i32.const 110) "fastly") (data (i32.const 120) "origin")
          (func (export "_start")
            (drop (call $downstream (i32.const 0) (i32.const 4)))
            (drop (call $response (i32.const 8)))
            (drop (call $header (i32.load (i32.const 8)) (i32.const 100) (i32.const 7) (i32.const 110) (i32.const 6)))
            {start}))
        """;

    private const string Echo = "(drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 4)) (i32.const 0)))";

    [Fact]
    public async Task JavaScript_Answers()
    {
        await using var edge = await TestEdge.OfAppAsync(await File.ReadAllBytesAsync(TestData.Require("guests/fastly/js_hello.wasm")));
        using var response = await edge.Client.GetAsync("/some/path?x=1");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("fastly", response.Headers.GetValues("x-guest").Single());
        Assert.Equal("hello from fastly js-compute /some/path svc=0 ip=127.0.0.1\n", await response.Content.ReadAsStringAsync());
        using var echo = await edge.Client.PostAsync("/echo", new StringContent("Grüße"));
        Assert.Equal("Grüße", await echo.Content.ReadAsStringAsync());
        // Several at a time, on threads of whatever kind.
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async index => Assert.StartsWith($"hello from fastly js-compute /{index} ", await edge.Client.GetStringAsync($"/{index}"), StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task Bodies_PassThrough(int length)
    {
        await using var edge = await TestEdge.OfAppAsync(Program(Echo));
        var sent = new byte[length];
        new Random(length).NextBytes(sent);
        using var response = await edge.Client.PostAsync("/", new ByteArrayContent(sent));
        Assert.Equal("fastly", response.Headers.GetValues("x-guest").Single());
        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Bodies_OfUnknownLength_PassThrough()
    {
        await using var edge = await TestEdge.OfAppAsync(Program(Echo));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StreamContent(new MemoryStream(new byte[300_000])) };
        request.Headers.TransferEncodingChunked = true;
        using var response = await edge.Client.SendAsync(request);
        Assert.Equal(300_000, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Client_ThatDoesNotRead_IsGivenUp_WithTheTimeOfTheRequest()
    {
        await using var edge = await TestEdge.OfAppAsync(Program(Echo), "\"limits\": { \"time\": \"1s\" }");
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(edge.Address);
        var stream = client.GetStream();
        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"u8.ToArray());
        var chunk = new byte[1 << 20];
        // More than all buffers on the way take, of which nothing is read: writing fails when the server has given up.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(50));
            for (var i = 0; i < 95; i++) await stream.WriteAsync(chunk, late.Token);
            Assert.Fail("The server has taken it all.");
        });
    }

    [Fact]
    public async Task Backends_OfTheManifest_AreReached()
    {
        await using var backend = await TestEdge.OfAppAsync(Program(Echo));
        await using var edge = await TestEdge.StartAsync(
            """{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { "app": { "module": "app.wasm", "routes": ["/"], "fastlyManifest": "fastly.toml" } } }""",
            ("app.wasm", Program("""
                (if (i32.eqz (call $fetch (i32.load (i32.const 0)) (i32.load (i32.const 4)) (i32.const 120) (i32.const 6) (i32.const 16) (i32.const 20)))
                  (then (drop (call $send (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 0)))))
                """)),
            ("fastly.toml", $"[local_server.backends.origin]\nurl = 'http://{backend.Address}'"));
        using var response = await edge.Client.PostAsync("/x", new StringContent("through two"));
        Assert.Equal("through two", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Body_ThatWasSentOn_EndsWithItsRequest_AndNeverHasBytesOfTheNext()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var edge = await TestEdge.StartAsync(
            """{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { "app": { "module": "app.wasm", "routes": ["/"], "fastlyManifest": "fastly.toml" } } }""",
            ("app.wasm", Program("""
                (drop (call $later (i32.load (i32.const 0)) (i32.load (i32.const 4)) (i32.const 120) (i32.const 6) (i32.const 16)))
                (drop (call $body (i32.const 12)))
                (drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 0)))
                """)),
            ("fastly.toml", $"[local_server.backends.origin]\nurl = 'http://{listener.LocalEndpoint}'"));
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(edge.Address);
        var stream = client.GetStream();
        var head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"u8.ToArray();
        await stream.WriteAsync(head);
        await stream.WriteAsync(Enumerable.Repeat((byte)'A', 70_000).ToArray());
        // Nobody answers there, so that the first request goes on when its client has its answer.
        using var first = await listener.AcceptTcpClientAsync();
        var reading = ReadAllAsync(first.GetStream());
        Assert.StartsWith("HTTP/1.1 200", await ReadHeadAsync(stream), StringComparison.Ordinal);
        await stream.WriteAsync(Enumerable.Repeat((byte)'A', 130_000).ToArray());
        await stream.WriteAsync(head);
        await stream.WriteAsync(Enumerable.Repeat((byte)'B', 200_000).ToArray());
        Assert.StartsWith("HTTP/1.1 200", await ReadHeadAsync(stream), StringComparison.Ordinal);
        Assert.DoesNotContain("BB", await reading, StringComparison.Ordinal);
    }

    private static async Task<string> ReadAllAsync(Stream stream)
    {
        var seen = new byte[1 << 20];
        var count = 0;
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            while (await stream.ReadAsync(seen.AsMemory(count), late.Token) is > 0 and var read) count += read;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It ends like that as well.
        }

        return System.Text.Encoding.ASCII.GetString(seen, 0, count);
    }

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        var text = "";
        var buffer = new byte[1];
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, late.Token) == 1) text += (char)buffer[0];
        return text;
    }

    [Theory]
    [InlineData("", HttpStatusCode.InternalServerError, "without a response")]
    [InlineData("(unreachable)", HttpStatusCode.InternalServerError, "unreachable")]
    [InlineData("(loop $l (br $l))", HttpStatusCode.GatewayTimeout, "limits.time")]
    public async Task Programs_WithoutAResponse_HaveADefinedAnswer(string start, HttpStatusCode status, string reason)
    {
        await using var edge = await TestEdge.OfAppAsync(Program(start), "\"limits\": { \"time\": \"500ms\" }");
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(edge.Log.Lines, line => line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Program_ThatFailsInTheMiddle_EndsTheConnection()
    {
        var start = """
            (drop (call $body (i32.const 12)))
            (drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 1)))
            (drop (call $write (i32.load (i32.const 12)) (i32.const 0) (i32.const 100000) (i32.const 0) (i32.const 16)))
            (unreachable)
            """;
        await using var edge = await TestEdge.OfAppAsync(Program(start));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => edge.Client.GetByteArrayAsync("/"));
    }

    [Fact]
    public async Task Answers_AreStreamed_AndLogged()
    {
        var start = """
            (drop (call $endpoint (i32.const 100) (i32.const 7) (i32.const 24)))
            (drop (call $log (i32.load (i32.const 24)) (i32.const 110) (i32.const 6) (i32.const 28)))
            (drop (call $body (i32.const 12)))
            (drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 1)))
            (drop (call $write (i32.load (i32.const 12)) (i32.const 0) (i32.const 200000) (i32.const 0) (i32.const 16)))
            (drop (call $write (i32.load (i32.const 12)) (i32.const 0) (i32.const 50000) (i32.const 0) (i32.const 16)))
            (drop (call $close (i32.load (i32.const 12))))
            """;
        await using var edge = await TestEdge.OfAppAsync(Program(start));
        Assert.Equal(250_000, (await edge.Client.GetByteArrayAsync("/")).Length);
        Assert.Contains(edge.Log.Lines, line => line.Contains("x-guest: fastly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Manifest_ThatIsWrong_IsToldWithItsPlace()
    {
        await using var edge = await TestEdge.StartAsync(
            """{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { "app": { "module": "app.wasm", "routes": ["/"], "warm": 0, "fastlyManifest": "fastly.toml" } } }""",
            ("app.wasm", Program(Echo)), ("fastly.toml", "[local_server.backends.a]\nurl = 'ftp://x'"));
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains(edge.Log.Lines, line => line.Contains("fastly.toml(2): local_server.backends.a.url", StringComparison.Ordinal));
    }
}
