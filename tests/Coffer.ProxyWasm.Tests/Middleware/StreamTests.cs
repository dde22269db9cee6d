using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests.Middleware;

/// <summary>Bodies that come piece by piece, trailers, connections, queues.</summary>
public sealed class StreamTests
{
    private const string Head =
        """
        (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_set_buffer_bytes" (func $set_buffer (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_register_shared_queue" (func $register (param i32 i32 i32) (result i32)))
        (import "env" "proxy_resolve_shared_queue" (func $resolve (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_enqueue_shared_queue" (func $enqueue (param i32 i32 i32) (result i32)))
        (import "env" "proxy_dequeue_shared_queue" (func $dequeue (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 8192))
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "proxy_on_memory_allocate") (param i32) (result i32)
          (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 0))))
        """;

    private static byte[] Filter(string body) => Encoding.UTF8.GetBytes($"(module {Head} {body})");

    [Fact]
    public async Task Response_PieceByPiece_IsNotHeldBack()
    {
        var second = new TaskCompletionSource();
        await using var proxy = await RealProxy.WithFilterAsync(
            Filter("""(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (i32.const 0))"""), "", async context =>
            {
                await context.Response.Body.WriteAsync("first"u8.ToArray());
                await context.Response.Body.FlushAsync();
                await second.Task;
                await context.Response.Body.WriteAsync("second"u8.ToArray());
            });
        using var response = await proxy.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[100];
        var count = await stream.ReadAsync(buffer);
        Assert.Equal("first", Encoding.ASCII.GetString(buffer, 0, count));
        second.SetResult();
        using var reader = new StreamReader(stream);
        Assert.Equal("second", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Response_OfMegabytes_PassesThroughAFilterThatSeesIt()
    {
        var content = new byte[20 << 20];
        new Random(1).NextBytes(content);
        await using var proxy = await RealProxy.WithFilterAsync(
            Filter("""(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (i32.const 0))"""), "",
            context => context.Response.Body.WriteAsync(content).AsTask());
        var received = await proxy.Client.GetByteArrayAsync("/");
        Assert.True(content.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task Trailers_OfTheResponse_AreShownAndAdded()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync(
            async context =>
            {
                context.Response.AppendTrailer("x-first", "upstream");
                await context.Response.Body.WriteAsync("body"u8.ToArray());
            },
            http2: true);
        proxy.Write("filter.wasm", Filter(
            """
            (data (i32.const 0) "x-second") (data (i32.const 16) "filter")
            (func (export "proxy_on_response_trailers") (param i32 i32) (result i32)
              (if (i32.ne (local.get 1) (i32.const 1)) (then (unreachable)))
              (drop (call $add (i32.const 3) (i32.const 0) (i32.const 8) (i32.const 16) (i32.const 6))) (i32.const 0))
            """));
        await proxy.StartAsync(RealProxy.Single().Replace("\"127.0.0.1:0\"", "\"127.0.0.1:0\", \"protocols\": \"http2\"").Replace("[\"$0\"]", "[\"$0\"], \"http2\": true"));
        using var request = new HttpRequestMessage(HttpMethod.Get, proxy.Client.BaseAddress) { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal("upstream", response.TrailingHeaders.GetValues("x-first").Single());
        Assert.Equal("filter", response.TrailingHeaders.GetValues("x-second").Single());
    }

    [Fact]
    public async Task Chain_OfThree_IsOnceForthAndOnceBack()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        foreach (var name in new[] { "a", "b", "c" })
        {
            proxy.Write($"{name}.wat", Filter(
                $"""
                (data (i32.const 0) "x-way") (data (i32.const 16) "{name}")
                (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                  (drop (call $add (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 16) (i32.const 1))) (i32.const 0))
                (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
                  (drop (call $add (i32.const 2) (i32.const 0) (i32.const 5) (i32.const 16) (i32.const 1))) (i32.const 0))
                """));
        }

        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["a"] } ],
              "routes": [ { "cluster": "main", "filters": ["b"] } ],
              "clusters": { "main": { "destinations": ["$0"], "filters": ["c"] } },
              "filters": { "a": { "module": "a.wat" }, "b": { "module": "b.wat" }, "c": { "module": "c.wat" } },
            }
            """);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Contains("x-way: a, b, c\n", (await response.Content.ReadAsStringAsync()).Replace("a,b,c", "a, b, c"));
        Assert.Equal(["c", "b", "a"], response.Headers.GetValues("x-way"));
    }

    [Theory]
    [InlineData("request")]
    [InlineData("response")]
    public async Task Body_WhileTheHeadersArePaused_DecidesAboutThem(string direction)
    {
        // The headers wait until the body is whole, and then get one more.
        var kind = direction == "request" ? 0 : 2;
        await using var proxy = await RealProxy.WithFilterAsync(
            Filter(
                $"""
                (data (i32.const 0) "x-length") (data (i32.const 16) "12")
                (func (export "proxy_on_{direction}_headers") (param i32 i32 i32) (result i32) (i32.const 1))
                (func (export "proxy_on_{direction}_body") (param i32 i32 i32) (result i32)
                  (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
                  (if (i32.ne (local.get 1) (i32.const 12)) (then (unreachable)))
                  (drop (call $add (i32.const {kind}) (i32.const 0) (i32.const 8) (i32.const 16) (i32.const 2)))
                  (i32.const 0))
                """),
            """ "continuesBody": true """, async context =>
            {
                foreach (var (name, values) in context.Request.Headers.Where(header => header.Key == "x-length")) context.Response.Headers["x-seen"] = values;
                await context.Request.Body.CopyToAsync(Stream.Null);
                foreach (var piece in new[] { "one ", "two ", "four" })
                {
                    await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(piece));
                    await context.Response.Body.FlushAsync();
                    await Task.Delay(20);
                }
            });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ChunkedContent("one ", "two ", "four") };
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal("one two four", await response.Content.ReadAsStringAsync());
        Assert.Equal("12", response.Headers.GetValues(direction == "request" ? "x-seen" : "x-length").Single());
    }

    [Fact]
    public async Task Connection_IsFilteredBothWays()
    {
        await using var proxy = new RealProxy();
        using var server = new TcpListener(System.Net.IPAddress.Loopback, 0);
        server.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await server.AcceptTcpClientAsync();
            await using var stream = client.GetStream();
            var buffer = new byte[100];
            var count = await stream.ReadAsync(buffer);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"got {Encoding.ASCII.GetString(buffer, 0, count)}"));
        });
        proxy.Write("filter.wasm", Filter(
            """
            (data (i32.const 0) ">") (data (i32.const 1) "<") (data (i32.const 16) "opened") (data (i32.const 32) "closed")
            (func (export "proxy_on_new_connection") (param i32) (result i32)
              (drop (call $log (i32.const 2) (i32.const 16) (i32.const 6))) (i32.const 0))
            (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
              (if (local.get 1) (then (drop (call $set_buffer (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1))))) (i32.const 0))
            (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32)
              (if (local.get 1) (then (drop (call $set_buffer (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1))))) (i32.const 0))
            (func (export "proxy_on_downstream_connection_close") (param i32 i32)
              (drop (call $log (i32.const 2) (i32.const 32) (i32.const 6))))
            """));
        await proxy.StartAsync(
            $$"""
            {
              "listeners": [ { "address": "127.0.0.1:0", "tcp": "raw", "filters": ["test"] } ],
              "clusters": { "raw": { "destinations": ["http://{{server.LocalEndpoint}}"] } },
              "filters": { "test": { "module": "filter.wasm" } },
            }
            """);
        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", proxy.Port());
        await using var stream = connection.GetStream();
        await stream.WriteAsync("hello"u8.ToArray());
        using var reader = new StreamReader(stream);
        Assert.Equal("<got >hello", await reader.ReadToEndAsync());
        await serving;
        await proxy.Log.WaitForAsync("test: opened");
        await proxy.Log.WaitForAsync("test: closed");
    }

    [Fact]
    public async Task Queue_BetweenFilters_WakesTheReceiver()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        proxy.Write("receiver.wat", Filter(
            """
            (data (i32.const 0) "queue")
            (func (export "proxy_on_configure") (param i32 i32) (result i32)
              (drop (call $register (i32.const 0) (i32.const 5) (i32.const 64))) (i32.const 1))
            (func (export "proxy_on_queue_ready") (param i32 i32)
              (if (i32.eqz (call $dequeue (local.get 1) (i32.const 64) (i32.const 68)))
                (then (drop (call $log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68)))))))
            """));
        proxy.Write("sender.wat", Filter(
            """
            (data (i32.const 0) "queue") (data (i32.const 16) "receiver-vm") (data (i32.const 32) "a message")
            (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
              (drop (call $resolve (i32.const 16) (i32.const 11) (i32.const 0) (i32.const 5) (i32.const 64)))
              (drop (call $enqueue (i32.load (i32.const 64)) (i32.const 32) (i32.const 9))) (i32.const 0))
            """));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["receiver", "sender"] } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] } },
              "filters": { "receiver": { "module": "receiver.wat", "vmId": "receiver-vm" }, "sender": { "module": "sender.wat" } },
            }
            """);
        for (var i = 0; i < 3; i++) await proxy.GetAsync("/");
        await proxy.Log.WaitForAsync("receiver: a message", times: 3);
    }
}
