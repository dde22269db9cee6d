using System.Text;
using Coffer.ProxyWasm.Testing;

namespace Coffer.ProxyWasm.Tests.Testing;

/// <summary>The test kit with calls by gRPC.</summary>
public sealed class FakeGrpcCallTests
{
    private const string Module = """
        (module
          (import "env" "proxy_grpc_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
          (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "limits" "a.Service" "Ask" "question" "metadata" "message" "trailers" "end")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
          (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $call (i32.const 0) (i32.const 6) (i32.const 6) (i32.const 9) (i32.const 15) (i32.const 3)
              (i32.const 0) (i32.const 0) (i32.const 18) (i32.const 8) (i32.const 500) (i32.const 256)))
            (i32.const 1))
          (func (export "proxy_on_grpc_receive_initial_metadata") (param i32 i32 i32) (drop (call $log (i32.const 2) (i32.const 26) (i32.const 8))))
          (func (export "proxy_on_grpc_receive") (param i32 i32 i32) (drop (call $log (i32.const 2) (i32.const 34) (i32.const 7))))
          (func (export "proxy_on_grpc_receive_trailing_metadata") (param i32 i32 i32) (drop (call $log (i32.const 2) (i32.const 41) (i32.const 8))))
          (func (export "proxy_on_grpc_close") (param i32 i32 i32) (drop (call $log (local.get 2) (i32.const 49) (i32.const 3)))))
        """;

    [Fact]
    public async Task Events_ComeInTheOrderOfTheTest()
    {
        using var host = new TestHost();
        host.Upstreams.Add("limits");
        await using var filter = await FilterFixture.StartAsync(Encoding.UTF8.GetBytes(Module), host: host);
        await using var stream = filter.OpenStream();
        Assert.Equal(FilterAction.Pause, await stream.RequestHeadersAsync(TestMessage.Get("/"), endOfStream: true));
        var call = Assert.Single(host.Upstreams.GrpcCalls);
        Assert.Equal(("limits", "a.Service", "Ask"), (call.Request.Upstream, call.Request.Service, call.Request.Method));
        Assert.Equal("question", Encoding.UTF8.GetString(Assert.Single(call.Messages)));
        Assert.True(call.IsClosed);
        await call.ReceiveMetadataAsync(("a", "b"));
        await call.ReceiveAsync("answer"u8.ToArray());
        await call.ReceiveTrailersAsync();
        await call.EndAsync(2);
        Assert.Equal(["metadata", "message", "trailers", "end"], host.Logs.Select(log => log.Text));
        await call.ReceiveAsync("late"u8.ToArray());
        Assert.Equal(4, host.Logs.Count);
    }

    [Fact]
    public async Task Time_EndsACallThatNobodyAnswers()
    {
        using var host = new TestHost();
        host.Upstreams.Add("limits");
        await using var filter = await FilterFixture.StartAsync(Encoding.UTF8.GetBytes(Module), host: host);
        await using var stream = filter.OpenStream();
        await stream.RequestHeadersAsync(TestMessage.Get("/"), endOfStream: true);
        await host.AdvanceAsync(TimeSpan.FromSeconds(1));
        // 4 is the status for a deadline, and the level under which it is logged.
        Assert.Equal([(Microsoft.Extensions.Logging.LogLevel.Error, "end")], host.Logs);
    }
}
