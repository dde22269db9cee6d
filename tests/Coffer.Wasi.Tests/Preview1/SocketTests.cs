using System.Net;
using System.Net.Sockets;
using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>Sockets that listen, and the connections that are accepted through them.</summary>
public sealed class SocketTests : IDisposable
{
    private const int Listener = 3, NonBlocking = 4, Peek = 1, WaitAll = 2;
    private readonly IPEndPoint address = FreeAddress();
    private readonly TcpClient client = new(AddressFamily.InterNetwork);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Accept_Echo_SendsBackWhatItReceives()
    {
        using var guest = Open();
        var server = Task.Run(() =>
        {
            Assert.Equal(Errno.Success, guest.Call("sock_accept", Listener, 0, 200));
            var number = guest.Memory.Read<uint>(200);
            guest.PutBuffers(0, 300, 4, 304, 100);
            while (true)
            {
                Assert.Equal(Errno.Success, guest.Call("sock_recv", number, 0, 2, 0, 200, 204));
                var received = guest.Memory.Read<uint>(200);
                if (received == 0) break;
                guest.PutBuffers(16, 300, received);
                Assert.Equal(Errno.Success, guest.Call("sock_send", number, 16, 1, 0, 200));
            }

            Assert.Equal(Errno.Success, guest.Call("fd_close", number));
        }, Token);
        await client.ConnectAsync(address, Token);
        var stream = client.GetStream();
        await stream.WriteAsync("hello, guest"u8.ToArray(), Token);
        client.Client.Shutdown(SocketShutdown.Send);

        await server;
        using var reader = new StreamReader(stream);
        Assert.Equal("hello, guest", await reader.ReadToEndAsync(Token));
    }

    [Fact]
    public void Accept_NobodyConnects_EndsWithTheDeadline()
    {
        using var guest = Open();
        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_set_flags", Listener, NonBlocking));
        Assert.Equal(Errno.Again, guest.Call("sock_accept", Listener, 0, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_set_flags", Listener, 0));
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(10));

        Assert.Throws<ExhaustionException>(() => guest.Call("sock_accept", Listener, 0, 200));
    }

    [Fact]
    public void Receive_NothingComes_EndsWithTheDeadline()
    {
        using var guest = Open();
        var number = Connect(guest);
        guest.PutBuffers(0, 300, 100);
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(10));

        Assert.Throws<ExhaustionException>(() => guest.Call("sock_recv", number, 0, 1, 0, 200, 204));
    }

    [Fact]
    public void Send_PeerThatReadsNothing_EndsWithTheDeadline()
    {
        using var guest = Open();
        var number = Connect(guest);
        guest.PutBuffers(0, 300, 60000);
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(300));

        Assert.Throws<ExhaustionException>(() =>
        {
            while (guest.Call("sock_send", number, 0, 1, 0, 200) == Errno.Success)
            {
            }
        });
    }

    [Fact]
    public async Task Receive_PeekAndWaitAll_LookAndFill()
    {
        using var guest = Open();
        var number = Connect(guest);
        guest.PutBuffers(0, 300, 6);
        await client.GetStream().WriteAsync("abc"u8.ToArray(), Token);

        Assert.Equal(Errno.Success, guest.Call("sock_recv", number, 0, 1, Peek, 200, 204));
        Assert.Equal("abc", guest.Memory.ReadUtf8(300, (int)guest.Memory.Read<uint>(200)));
        var sending = Task.Run(async () =>
        {
            await Task.Delay(50, Token);
            await client.GetStream().WriteAsync("defg"u8.ToArray(), Token);
        }, Token);
        Assert.Equal(Errno.Success, guest.Call("sock_recv", number, 0, 1, WaitAll, 200, 204));
        Assert.Equal("abcdef", guest.Memory.ReadUtf8(300, (int)guest.Memory.Read<uint>(200)));
        Assert.Equal(0, guest.Memory.Read<ushort>(204));
        await sending;
    }

    [Fact]
    public void Socket_StatusAndShutdown_AreThoseOfPosix()
    {
        using var guest = Open();
        var number = Connect(guest);
        guest.PutBuffers(0, 300, 10);

        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_get", number, 400));
        Assert.Equal([(byte)FileType.StreamSocket], guest.Memory.ReadBytes(400, 1));
        Assert.Equal(Errno.IllegalSeek, guest.Call("fd_seek", number, 0, 0, 200));
        Assert.Equal(Errno.NotCapable, guest.Call("sock_accept", number, 0, 200));
        Assert.Equal(Errno.Invalid, guest.Call("sock_shutdown", number, 0));
        Assert.Equal(Errno.Invalid, guest.Call("sock_shutdown", number, 4));
        Assert.Equal(Errno.Success, guest.Call("sock_shutdown", number, 2));
        Assert.Equal(Errno.BrokenPipe, guest.Call("sock_send", number, 0, 1, 0, 200));
        Assert.Equal(-1, client.GetStream().ReadByte());
        Assert.Equal(Errno.Success, guest.Call("sock_shutdown", number, 1));
        Assert.Equal(Errno.Success, guest.Call("fd_read", number, 0, 1, 200));
        Assert.Equal(0U, guest.Memory.Read<uint>(200));
    }

    [Fact]
    public void Poll_ConnectionAndListener_TellWhichIsReady()
    {
        using var guest = Open();
        var number = Connect(guest);
        guest.Memory.GetSpan(0, 96).Clear();
        Subscribe(guest, 0, Listener);
        Subscribe(guest, 48, number);
        client.GetStream().Write("xy"u8);

        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 2, 200));

        Assert.Equal(1U, guest.Memory.Read<uint>(200));
        Assert.Equal((ulong)number, guest.Memory.Read<ulong>(1000));
        Assert.Equal(2UL, guest.Memory.Read<ulong>(1016));
    }

    [Fact]
    public void Accept_Connection_IsRecordedAndCountsAsAHandle()
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink]);
        using var guest = Open(new WasiOptions { Audit = trail, Quotas = Quotas.Default with { Handles = 5 } });
        Connect(guest);

        Assert.Equal(Errno.DescriptorLimit, guest.Call("sock_accept", Listener, 0, 200));

        trail.Flush();
        var accepted = Assert.Single(sink.Events, audited => audited is { Allowed: true, Operation: "sock_accept" });
        Assert.Equal(client.Client.LocalEndPoint!.ToString(), accepted.Resource);
        Assert.Contains(sink.Events, audited => audited is { Allowed: false, Kind: "quotas", Resource: "handles" });
    }

    [Fact]
    public void Send_BeyondTheQuota_IsRefused()
    {
        using var guest = Open(new WasiOptions { Quotas = Quotas.Default with { SentBytes = 6 } });
        var number = Connect(guest);
        guest.Put(300, "abcdefgh");
        guest.PutBuffers(0, 300, 8);

        Assert.Equal(Errno.Success, guest.Call("sock_send", number, 0, 1, 0, 200));
        Assert.Equal(6U, guest.Memory.Read<uint>(200));
        Assert.Equal(Errno.DiskQuota, guest.Call("sock_send", number, 0, 1, 0, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_close", number));
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        Assert.Equal("abcdef", reader.ReadToEnd());
    }

    private AbiGuest Open(WasiOptions? options = null) => new((options ?? new WasiOptions()) with
    {
        Capabilities = Guest.Capabilities.With(GrantSyntax.Of(CapabilityKind.TcpListen).Parse(address.ToString())),
    });

    private int Connect(AbiGuest guest)
    {
        client.Connect(address);
        Assert.Equal(Errno.Success, guest.Call("sock_accept", Listener, 0, 200));
        return (int)guest.Memory.Read<uint>(200);
    }

    private static void Subscribe(AbiGuest guest, ulong start, int number)
    {
        guest.Memory.Write(start, (ulong)number);
        guest.Memory.Write(start + 8, (byte)1);
        guest.Memory.Write(start + 16, number);
    }

    private static IPEndPoint FreeAddress()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return (IPEndPoint)probe.LocalEndpoint;
    }
}
