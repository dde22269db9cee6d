using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coffer.Edge.Tests.Limits;

[Collection("memory")]
public sealed class LimitTests
{
    private const string Head = "Content-Type: text/plain\n\n";

    [Fact]
    public async Task Loop_Time_504AndTheLogNamesTheLimit()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Running("(loop $l (br $l))"), "\"limits\": { \"time\": \"200ms\" }");
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await edge.Log.WaitForAsync("limits.time");
    }

    [Fact]
    public async Task Loop_ProcessorTime_504AndTheLogNamesTheLimit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the processor time of threads is read on Linux only");
        await using var edge = await TestEdge.OfAppAsync(Programs.Running("(loop $l (br $l))"), "\"limits\": { \"cpu\": \"100ms\" }");
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await edge.Log.WaitForAsync("limits.cpu");
    }

    [Fact]
    public async Task Loop_Fuel_504AndTheLogNamesTheLimit()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Running("(loop $l (br $l))"), "\"limits\": { \"fuel\": 1000000 }");
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await edge.Log.WaitForAsync("limits.fuel");
    }

    [Fact]
    public async Task Wait_BodyThatDoesNotCome_TimeEndsTheRead()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Echo, "\"limits\": { \"time\": \"300ms\" }");
        using var client = new TcpClient();
        await client.ConnectAsync(edge.Address);
        var stream = client.GetStream();
        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
        var answer = await ReadToEndAsync(stream);
        // The program has begun its answer before it reads, so that there can be no other.
        Assert.DoesNotContain("\r\n0\r\n", answer, StringComparison.Ordinal);
        await edge.Log.WaitForAsync("limits.time");
    }

    [Fact]
    public async Task Memory_BeyondTheLimit_GuestIsTold()
    {
        const string grow = """
            (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then (call $print (i32.const 1024) (i32.const 30)) (return)))
            unreachable
            """;
        await using var edge = await TestEdge.OfAppAsync(Programs.Running(grow, Head + "none"), "\"limits\": { \"memory\": \"1MiB\" }");
        Assert.Equal("none", await edge.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Memory_AtTheStart_IsRefusedWithItsLimit()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Running("(nop)", pages: 100), "\"limits\": { \"memory\": \"1MiB\" }");
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        await edge.Log.WaitForAsync("limits.memory");
    }

    [Fact]
    public async Task Body_DeclaredTooLong_413AndNoGuest()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Running("unreachable"), "\"limits\": { \"requestBody\": \"1KiB\" }");
        using var response = await edge.Client.PostAsync("/", new ByteArrayContent(new byte[2000]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Empty(edge.Log.Lines);
    }

    [Fact]
    public async Task Body_ComesTooLong_413()
    {
        const string readAll = "(loop $l (br_if $l (i32.gt_s (call $read (i32.const 4096) (i32.const 4096)) (i32.const 0))))";
        await using var edge = await TestEdge.OfAppAsync(Programs.Running(readAll), "\"limits\": { \"requestBody\": \"1KiB\" }");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StreamContent(new MemoryStream(new byte[100_000])), Headers = { TransferEncodingChunked = true } };
        using var response = await edge.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        await edge.Log.WaitForAsync("limits.requestBody");
    }

    [Fact]
    public async Task Flood_ResponseBody_EndsTheConnection()
    {
        const string flood = "(call $print (i32.const 1024) (i32.const 26)) (loop $l (call $print (i32.const 4096) (i32.const 60000)) (br $l))";
        await using var edge = await TestEdge.OfAppAsync(Programs.Running(flood, Head), "\"limits\": { \"responseBody\": \"1MiB\" }");
        await Assert.ThrowsAsync<HttpRequestException>(() => edge.Client.GetByteArrayAsync("/"));
        await edge.Log.WaitForAsync("limits.responseBody");
    }

    [Fact]
    public async Task Flood_Headers_502()
    {
        const string flood = "(loop $l (call $print (i32.const 1024) (i32.const 6)) (br $l))";
        await using var edge = await TestEdge.OfAppAsync(Programs.Running(flood, "A: bc\n"), "\"limits\": { \"responseHeaders\": \"4KiB\" }");
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        await edge.Log.WaitForAsync("limits.responseHeaders");
    }

    [Fact]
    public async Task Flood_Log_IsCutAndSaysSo()
    {
        const string flood = """
            (local $i i32)
            (loop $l
              (drop (call $write (i32.const 2) (i32.const 1050) (i32.const 5)))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))
            (call $print (i32.const 1024) (i32.const 26))
            """;
        await using var edge = await TestEdge.OfAppAsync(Programs.Running(flood, Head + "\u001b[2J\n"), "\"limits\": { \"logLines\": 10 }");
        Assert.Equal("", await edge.Client.GetStringAsync("/"));
        await edge.Log.WaitForAsync("90 further lines were dropped");
        Assert.Equal(11, edge.Log.Lines.Count);
        Assert.False(edge.Log.Has("\u001b"));
    }

    [Fact]
    public async Task Trap_500WithAnIdThatTheLogHas()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Running("unreachable"));
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var id = (await response.Content.ReadAsStringAsync()).Split("request ")[1].Trim();
        await edge.Log.WaitForAsync($"request {id} failed: unreachable");
    }

    [Fact]
    public async Task Trap_AfterTheAnswerBegan_EndsTheConnection()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Running(
            "(call $print (i32.const 1024) (i32.const 26)) (call $print (i32.const 4096) (i32.const 60000)) (call $print (i32.const 4096) (i32.const 60000)) unreachable", Head));
        await Assert.ThrowsAsync<HttpRequestException>(() => edge.Client.GetByteArrayAsync("/"));
        await edge.Log.WaitForAsync("unreachable");
    }

    [Fact]
    public async Task Exit_WithACode_500UnlessItAnswered()
    {
        await using var silent = await TestEdge.OfAppAsync(Programs.Running("(call $proc_exit (i32.const 3))"));
        using var failed = await silent.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        await silent.Log.WaitForAsync("exited with code 3");
        await using var answering = await TestEdge.OfAppAsync(Programs.Running("(call $print (i32.const 1024) (i32.const 28)) (call $proc_exit (i32.const 3))", Head + "ok"));
        Assert.Equal("ok", await answering.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Overload_QueueIsFull_503WithRetryAfter()
    {
        await using var edge = await TestEdge.OfAppAsync(
            Programs.Running("(loop $l (br $l))"), "\"limits\": { \"time\": \"2s\", \"concurrency\": 1, \"queue\": 1, \"queueTime\": \"200ms\" }");
        var responses = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => edge.Client.GetAsync("/")));
        Assert.Equal(1, responses.Count(response => response.StatusCode == HttpStatusCode.GatewayTimeout));
        Assert.Equal(3, responses.Count(response => response.StatusCode == HttpStatusCode.ServiceUnavailable && response.Headers.RetryAfter is not null));
    }

    [Fact]
    public async Task Client_Leaves_EndsItsGuest()
    {
        await using var edge = await TestEdge.OfAppAsync(
            Programs.Running("(loop $l (br $l))"), "\"limits\": { \"concurrency\": 1, \"queue\": 0, \"time\": \"1m\", \"cpu\": \"1m\" }");
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(edge.Address);
            await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
            while (edge.Server.Runtime.Admission.Running == 0) await Task.Delay(5);
        }

        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (edge.Server.Runtime.Admission.Running > 0)
        {
            Assert.True(DateTime.UtcNow < deadline, "the guest goes on without a client");
            await Task.Delay(5);
        }
    }

    [Fact]
    public async Task Good_BesideHostileOnes_IsServed()
    {
        await using var edge = await TestEdge.StartAsync(
            """
            {
              "listeners": [{ "address": "127.0.0.1:0" }],
              "limits": { "concurrency": 64 },
              "apps": {
                "good": { "module": "good.wat", "routes": ["/good"] },
                "loop": { "module": "loop.wat", "routes": ["/loop"], "limits": { "time": "5s", "concurrency": 16, "queue": 64 } },
                "trap": { "module": "trap.wat", "routes": ["/trap"] },
                "flood": { "module": "flood.wat", "routes": ["/flood"], "limits": { "responseBody": "1MiB" } },
                "bomb": { "module": "bomb.wat", "routes": ["/bomb"], "limits": { "memory": "1MiB" } }
              }
            }
            """,
            ("good.wat", Programs.Printing(Head + "good")),
            ("loop.wat", Programs.Running("(loop $l (br $l))")),
            ("trap.wat", Programs.Running("unreachable")),
            ("flood.wat", Programs.Running("(call $print (i32.const 1024) (i32.const 26)) (loop $l (call $print (i32.const 4096) (i32.const 60000)) (br $l))", Head)),
            ("bomb.wat", Programs.Running("(loop $l (drop (memory.grow (i32.const 1))) (br $l))")));
        var hostile = new List<Task>();
        for (var i = 0; i < 30; i++)
        {
            foreach (var path in (string[])["/loop", "/trap", "/flood"]) hostile.Add(IgnoreAsync(edge.Client.GetAsync(path)));
        }

        for (var i = 0; i < 50; i++) Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
        await Task.WhenAll(hostile);
    }

    private static async Task IgnoreAsync(Task<HttpResponseMessage> task)
    {
        try
        {
            (await task).Dispose();
        }
        catch (HttpRequestException)
        {
        }
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        var result = new MemoryStream();
        try
        {
            await stream.CopyToAsync(result).WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (IOException)
        {
        }

        return Encoding.Latin1.GetString(result.ToArray());
    }
}
