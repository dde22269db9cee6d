using System.Buffers.Binary;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests.Middleware;

/// <summary>Calls of upstreams by HTTP and gRPC, what they give back, and how they end.</summary>
public sealed class CallTests
{
    private const string Head =
        """
        (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_get_status" (func $status (param i32 i32 i32) (result i32)))
        (import "env" "proxy_grpc_stream" (func $open (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_grpc_send" (func $send (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_grpc_cancel" (func $cancel (param i32) (result i32)))
        (import "env" "proxy_grpc_close" (func $close (param i32) (result i32)))
        (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
        (import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_record_metric" (func $record (param i32 i64) (result i32)))
        (import "env" "proxy_increment_metric" (func $increment (param i32 i64) (result i32)))
        (import "env" "proxy_get_metric" (func $read (param i32 i32) (result i32)))
        (memory (export "memory") 1) (global $next (mut i32) (i32.const 8192))
        (data (i32.const 0) "web") (data (i32.const 16) ":status") (data (i32.const 32) "pkg.Echo") (data (i32.const 48) "Say")
        (data (i32.const 80) "first") (data (i32.const 96) "second") (data (i32.const 112) "closed") (data (i32.const 128) "none")
        (data (i32.const 512) "\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\02\00\00\00\0a\00\00\00\01\00\00\00:method\00GET\00:path\00/x\00:authority\00a\00")
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "proxy_on_memory_allocate") (param i32) (result i32)
          (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 0))))
        (func $must (param $status i32) (param $wanted i32) (if (i32.ne (local.get $status) (local.get $wanted)) (then (unreachable))))
        (func $send_call (param $timeout i32)
          (call $must (call $call (i32.const 0) (i32.const 3) (i32.const 512) (i32.const 66) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (local.get $timeout) (i32.const 64)) (i32.const 0)))
        """;

    private static async Task<RealProxy> StartAsync(string body, RequestDelegate upstream, bool http2 = false)
    {
        var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        await proxy.AddUpstreamAsync(upstream, http2);
        proxy.Write("filter.wasm", Encoding.UTF8.GetBytes($"(module {Head} {body})"));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["test"] } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] }, "web": { "destinations": ["$1"] } },
              "filters": { "test": { "module": "filter.wasm", "workers": 1, "upstreams": ["web"] } },
            }
            """);
        return proxy;
    }

    // Pauses the request until the call is back, and logs the status and the body of the response, or that there is none.
    private const string Caller =
        """
        (func (export "proxy_on_http_call_response") (param $context i32) (param $id i32) (param $headers i32) (param $body i32) (param $trailers i32)
          (if (local.get $headers)
            (then
              (call $must (call $get (i32.const 6) (i32.const 16) (i32.const 7) (i32.const 64) (i32.const 68)) (i32.const 0))
              (drop (call $log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68))))
              (call $must (call $buffer (i32.const 4) (i32.const 0) (i32.const 100) (i32.const 64) (i32.const 68)) (i32.const 0))
              (drop (call $log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68)))))
            (else
              (drop (call $log (i32.const 2) (i32.const 128) (i32.const 4)))
              (call $must (call $status (i32.const 60) (i32.const 64) (i32.const 68)) (i32.const 0))
              (drop (call $log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68))))))
          (drop (call $continue (i32.const 0))))
        """;

    [Fact]
    public async Task HttpCall_Response_IsShown()
    {
        await using var proxy = await StartAsync(
            Caller + """(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $send_call (i32.const 5000)) (i32.const 1))""",
            async context =>
            {
                context.Response.StatusCode = 202;
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"{context.Request.Method} {context.Request.Path} {context.Request.Host}"));
            });
        Assert.StartsWith("GET /", await proxy.GetAsync("/"));
        Assert.Equal(["test: 202", "test: GET /x a"], proxy.Log.Lines.Where(line => line.StartsWith("test: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task HttpCall_WithoutAnswerInTime_IsShownWithoutHeaders()
    {
        var never = new TaskCompletionSource();
        await using var proxy = await StartAsync(
            Caller + """(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $send_call (i32.const 100)) (i32.const 1))""",
            _ => never.Task);
        Assert.StartsWith("GET /", await proxy.GetAsync("/"));
        Assert.True(proxy.Log.Has("test: none"));
        Assert.True(proxy.Log.Has("test: timeout"));
        never.SetResult();
    }

    [Fact]
    public async Task GrpcStream_MessagesBothWays_AndTheEnd()
    {
        await using var proxy = await StartAsync(
            """
            (func (export "proxy_on_configure") (param i32 i32) (result i32)
              (call $must (call $open (i32.const 0) (i32.const 3) (i32.const 32) (i32.const 8) (i32.const 48) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 64)) (i32.const 0))
              (call $must (call $send (i32.load (i32.const 64)) (i32.const 80) (i32.const 5) (i32.const 0)) (i32.const 0))
              (call $must (call $send (i32.load (i32.const 64)) (i32.const 96) (i32.const 6) (i32.const 1)) (i32.const 0))
              (call $must (call $send (i32.const 12345) (i32.const 96) (i32.const 6) (i32.const 1)) (i32.const 1))
              (call $must (call $cancel (i32.const 12345)) (i32.const 1))
              (call $must (call $close (i32.const 12345)) (i32.const 1))
              (i32.const 1))
            (func (export "proxy_on_grpc_receive") (param $context i32) (param $id i32) (param $length i32)
              (call $must (call $buffer (i32.const 5) (i32.const 0) (local.get $length) (i32.const 64) (i32.const 68)) (i32.const 0))
              (drop (call $log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68)))))
            (func (export "proxy_on_grpc_close") (param $context i32) (param $id i32) (param $status i32)
              (call $must (local.get $status) (i32.const 7))
              (call $must (call $status (i32.const 60) (i32.const 64) (i32.const 68)) (i32.const 0))
              (drop (call $log (i32.const 2) (i32.const 112) (i32.const 6)))
              (drop (call $log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68)))))
            """,
            EchoGrpc, http2: true);
        await proxy.Log.WaitForAsync("test: enough of it");
        Assert.Equal(
            ["test: first!", "test: second!", "test: closed", "test: enough of it"],
            proxy.Log.Lines.Where(line => line.StartsWith("test: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Metrics_OfAllKinds_ArePublished()
    {
        await using var proxy = await StartAsync(
            """
            (data (i32.const 256) "a.counter") (data (i32.const 272) "a.gauge") (data (i32.const 288) "a.histogram")
            (func (export "proxy_on_configure") (param i32 i32) (result i32) (local $id i32)
              (call $must (call $define (i32.const 0) (i32.const 256) (i32.const 9) (i32.const 64)) (i32.const 0))
              (local.set $id (i32.load (i32.const 64)))
              (call $must (call $increment (local.get $id) (i64.const 3)) (i32.const 0))
              (call $must (call $record (local.get $id) (i64.const 2)) (i32.const 0))
              (call $must (call $increment (local.get $id) (i64.const -1)) (i32.const 2))
              (call $must (call $read (local.get $id) (i32.const 72)) (i32.const 0))
              (if (i64.ne (i64.load (i32.const 72)) (i64.const 5)) (then (unreachable)))
              (call $must (call $define (i32.const 1) (i32.const 272) (i32.const 7) (i32.const 64)) (i32.const 0))
              (local.set $id (i32.load (i32.const 64)))
              (call $must (call $record (local.get $id) (i64.const 10)) (i32.const 0))
              (call $must (call $increment (local.get $id) (i64.const -4)) (i32.const 0))
              (call $must (call $read (local.get $id) (i32.const 72)) (i32.const 0))
              (if (i64.ne (i64.load (i32.const 72)) (i64.const 6)) (then (unreachable)))
              (call $must (call $define (i32.const 2) (i32.const 288) (i32.const 11) (i32.const 64)) (i32.const 0))
              (local.set $id (i32.load (i32.const 64)))
              (call $must (call $record (local.get $id) (i64.const 100)) (i32.const 0))
              (call $must (call $increment (local.get $id) (i64.const 1)) (i32.const 2))
              (call $must (call $record (i32.const 999) (i64.const 1)) (i32.const 1))
              (call $must (call $increment (i32.const 0) (i64.const 1)) (i32.const 1))
              (call $must (call $read (i32.const -1) (i32.const 72)) (i32.const 1))
              (i32.const 1))
            """,
            TestProxy.Echo);
        Assert.Equal((5, 6, 1), (proxy.Server.Metrics.Find("a.counter"), proxy.Server.Metrics.Find("a.gauge"), proxy.Server.Metrics.Find("a.histogram")));
    }

    // Answers each message with itself and a mark, and refuses at the end.
    private static async Task EchoGrpc(HttpContext context)
    {
        if (context.Request.Path != "/pkg.Echo/Say" || context.Request.ContentType != "application/grpc")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = "application/grpc";
        var prefix = new byte[5];
        while (await context.Request.Body.ReadAtLeastAsync(prefix, 5, throwOnEndOfStream: false) == 5)
        {
            var message = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
            await context.Request.Body.ReadExactlyAsync(message);
            byte[] answer = [.. message, (byte)'!'];
            BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), answer.Length);
            await context.Response.Body.WriteAsync(prefix);
            await context.Response.Body.WriteAsync(answer);
            await context.Response.Body.FlushAsync();
        }

        context.Response.AppendTrailer("grpc-status", "7");
        context.Response.AppendTrailer("grpc-message", "enough%20of%20it");
    }
}
