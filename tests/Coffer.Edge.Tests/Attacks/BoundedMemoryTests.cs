using System.Net.Sockets;

namespace Coffer.Edge.Tests.Attacks;

/// <summary>What clients can make the process keep. It is measured for the process as a whole, so nothing else runs meanwhile.</summary>
[Collection(nameof(ProcessMemory))]
public sealed class BoundedMemoryTests
{
    [Theory]
    [InlineData("/flood")]
    [InlineData("/echo")]
    public async Task Readers_ThatDoNotRead_TakeBoundedMemory(string path)
    {
        await using var edge = await AttackedEdge.StartAsync(limits: "\"time\": \"30s\", \"requestBody\": \"1TiB\"");
        await AttackedEdge.MustBeWellAsync(edge);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<RawClient>();
        var upload = new byte[1 << 20];
        var uploads = new List<Task>();
        for (var i = 0; i < 40; i++)
        {
            var client = await RawClient.ConnectAsync(edge.Address, receiveBuffer: 4096);
            await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
            // What is answered is not read, so that the guest no longer reads either.
            if (path == "/echo") uploads.Add(UploadAsync(client, upload));
            clients.Add(client);
        }

        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 40, "the guests do not run");
        await Task.Delay(1500);
        var more = (GC.GetTotalMemory(forceFullCollection: true) - before) >> 20;
        // Buffers of Kestrel of 64 KiB to write and 1 MiB to read, and what the guests have.
        Assert.True(more < 120, $"{more} MiB for 40 clients");
        await AttackedEdge.MustBeWellAsync(edge);
        foreach (var client in clients) client.Reset();
        await Task.WhenAll(uploads);
        await AttackedEdge.MustBeQuietAsync(edge);
    }

    private static async Task UploadAsync(RawClient client, byte[] piece)
    {
        try
        {
            for (var i = 0; i < 50; i++) await client.Stream.WriteAsync(piece);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The test has ended the connection.
        }
    }

    [Theory]
    [InlineData(RawHttp2.Ping)]
    [InlineData(RawHttp2.Settings)]
    [InlineData(RawHttp2.WindowUpdate)]
    [InlineData(RawHttp2.Data)]
    public async Task ControlFrames_WithoutEnd_AreAnsweredOrEndTheConnection(byte type)
    {
        await using var edge = await AttackedEdge.StartAsync("http2");
        using var connection = await RawHttp2.ConnectAsync(edge.Address);
        var (stream, payload) = type switch
        {
            RawHttp2.Ping => (0, new byte[8]),
            RawHttp2.Settings => (0, []),
            RawHttp2.WindowUpdate => (0, new byte[] { 0, 0, 0, 1 }),
            _ => (1, []),
        };
        if (stream == 1) connection.Add(RawHttp2.Headers, RawHttp2.EndHeaders, 1, RawHttp2.Request("/echo"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var isOpen = true;
        // The answers are not read: what the server keeps of them must have a bound. It stops reading, or ends the connection.
        for (var i = 0; i < 200 && isOpen; i++)
        {
            for (var j = 0; j < 1000; j++) connection.Add(type, 0, stream, payload);
            try
            {
                isOpen = await connection.FlushAsync().WaitAsync(TimeSpan.FromSeconds(2));
            }
            catch (TimeoutException)
            {
                isOpen = false;
            }
        }

        await AttackedEdge.MustBeWellAsync(edge);
        var more = (GC.GetTotalMemory(forceFullCollection: true) - before) >> 20;
        Assert.True(more < 64, $"{more} MiB more");
    }

    [Fact]
    public async Task Client_DoesNotRead_GuestWaitsAndNothingIsBuffered()
    {
        const string flood = "(call $print (i32.const 1024) (i32.const 26)) (loop $l (call $print (i32.const 4096) (i32.const 60000)) (br $l))";
        await using var edge = await TestEdge.OfAppAsync(Programs.Running(flood, "Content-Type: text/plain\n\n"), "\"limits\": { \"responseBody\": \"1TiB\" }");
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(edge.Address);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        while (edge.Server.Runtime.Admission.Running == 0) await Task.Delay(5);
        var before = Environment.WorkingSet;
        await Task.Delay(1000);
        Assert.True(Environment.WorkingSet - before < 32 << 20, $"{(Environment.WorkingSet - before) >> 20} MiB more");
    }
}

/// <summary>Tests that measure the memory of the whole process: nothing else may run in it.</summary>
[CollectionDefinition(nameof(ProcessMemory), DisableParallelization = true)]
public static class ProcessMemory;
