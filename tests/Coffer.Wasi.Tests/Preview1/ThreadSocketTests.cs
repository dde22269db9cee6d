using System.Net;
using System.Net.Sockets;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>Connections whose number a thread of the guest gives to another one while a thread waits for bytes.</summary>
public sealed class ThreadSocketTests
{
    private const string Imports = """
        (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sock_recv" (func $receive (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        """;

    // A subscription at 1024 that waits 50 ms; the thread waits for eight bytes of the first of two connections.
    private const string Body = """
        (data (i32.const 1040) "\01\00\00\00\00\00\00\00\80\f0\fa\02")
        (data (i32.const 512) "\00\03\00\00\08\00\00\00")
        (func $must (param i32) (if (local.get 0) (then unreachable)))
        (func $sleep (call $must (call $poll (i32.const 1024) (i32.const 1100) (i32.const 1) (i32.const 1200))))
        (func (export "wasi_thread_start") (param i32 i32)
          (call $must (call $receive
            (i32.const 4) (i32.const 512) (i32.const 1) (i32.const 2) (i32.const 600) (i32.const 604)))
          (i32.atomic.store (i32.const 0) (i32.const 1)))
        (func (export "_start")
          (call $must (call $accept (i32.const 3) (i32.const 0) (i32.const 1204)))
          (call $must (call $accept (i32.const 3) (i32.const 0) (i32.const 1208)))
          (if (i32.le_s (call $spawn (i32.const 1)) (i32.const 0)) (then unreachable))
          (call $sleep)
          (call $must (call $renumber (i32.load (i32.const 1208)) (i32.load (i32.const 1204))))
          (loop $wait (call $sleep) (br_if $wait (i32.eqz (i32.atomic.load (i32.const 0)))))
          (call $exit (i32.load (i32.const 600))))
        """;

    [Fact]
    public async Task Receive_NumberGivenToAnotherConnection_DoesNotGoOnWithThat()
    {
        var token = TestContext.Current.CancellationToken;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var address = (IPEndPoint)probe.LocalEndpoint;
        probe.Stop();
        var grant = GrantSyntax.Of(CapabilityKind.TcpListen).Parse(address.ToString());
        using var guest = new ThreadedGuest(
            Imports, Body, new WasiOptions { Capabilities = Guest.Capabilities.With(grant) });
        using var first = new TcpClient();
        using var second = new TcpClient();
        foreach (var client in new[] { first, second })
        {
            await client.ConnectAsync(address, token);
            await client.GetStream().WriteAsync(client == first ? "1111"u8.ToArray() : "2222"u8.ToArray(), token);
        }

        Assert.Equal(4U, guest.Run());
        Assert.Equal("1111", guest.Memory.ReadUtf8(768, 4));
    }
}
