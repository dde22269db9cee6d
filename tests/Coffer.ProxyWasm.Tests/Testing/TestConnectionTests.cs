using System.Text;
using Coffer.ProxyWasm.Testing;

namespace Coffer.ProxyWasm.Tests.Testing;

/// <summary>The test kit with connections.</summary>
public sealed class TestConnectionTests
{
    // Holds what the client sends until it is four bytes, closes at an "x", and puts a mark before all that the upstream sends.
    private const string Module = """
        (module
          (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
          (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
          (import "env" "proxy_close_stream" (func $close (param i32) (result i32)))
          (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) ">closed")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
          (func (export "proxy_on_new_connection") (param i32) (result i32) (i32.const 0))
          (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
            (drop (call $get (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 68)))
            (if (i32.eq (i32.load8_u (i32.load (i32.const 64))) (i32.const 0x78)) (then (drop (call $close (i32.const 2)))))
            (i32.lt_u (local.get 1) (i32.const 4)))
          (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32)
            (drop (call $set (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1)))
            (i32.const 0))
          (func (export "proxy_on_downstream_connection_close") (param i32 i32)
            (drop (call $log (i32.const 2) (i32.const 1) (i32.const 6)))))
        """;

    private static Task<FilterFixture> StartAsync() => FilterFixture.StartAsync(Encoding.UTF8.GetBytes(Module));

    [Fact]
    public async Task Data_IsHeldAndChanged_InBothDirections()
    {
        await using var filter = await StartAsync();
        var connection = await filter.OpenConnectionAsync();
        Assert.Equal(FilterAction.Continue, connection.Opened);
        Assert.Equal(FilterAction.Pause, await connection.DownstreamAsync("abc"));
        Assert.Equal("", connection.SentUpstream);
        Assert.Equal(FilterAction.Continue, await connection.DownstreamAsync("d", endOfStream: true));
        Assert.Equal("abcd", connection.SentUpstream);
        Assert.Equal(FilterAction.Continue, await connection.UpstreamAsync("back"));
        Assert.Equal(">back", connection.SentDownstream);
        await Assert.ThrowsAsync<FilterAssertionException>(() => connection.DownstreamAsync("more"));
        await connection.CloseAsync();
        filter.Host.RequireLogged("closed");
        filter.Host.RequireNoFailure();
    }

    [Fact]
    public async Task Close_ByTheFilter_EndsIt()
    {
        await using var filter = await StartAsync();
        await using var connection = await filter.OpenConnectionAsync();
        Assert.Equal(FilterAction.Reset, await connection.DownstreamAsync("x"));
        Assert.True(connection.IsClosed);
        await Assert.ThrowsAsync<FilterAssertionException>(() => connection.UpstreamAsync("late"));
    }
}
