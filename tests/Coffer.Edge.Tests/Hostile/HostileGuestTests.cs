using System.Net;

namespace Coffer.Edge.Tests.Hostile;

/// <summary>Programs that do not do what programs should, each beside a good one.</summary>
public sealed class HostileGuestTests
{
    private const string Good = "Content-Type: text/plain\n\ngood";

    public static TheoryData<string> Names => [.. HostileGuest.All.Select(guest => guest.Name)];

    private static Task<TestEdge> StartAsync(string program, string app) => TestEdge.StartAsync(
        $$"""
        { "listeners": [{ "address": "127.0.0.1:0" }],
          "apps": {
            "good": { "module": "good.wat", "routes": ["/good"] },
            "bad": { "module": "bad.wat", "routes": ["/"], {{app}} } } }
        """,
        ("good.wat", Programs.Printing(Good)), ("bad.wat", program));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Guest_GetsItsAnswer_AndTheOperatorTheReason(string name)
    {
        var guest = HostileGuest.All.Single(each => each.Name == name);
        await using var edge = await StartAsync(guest.Program, guest.App);
        for (var i = 0; i < 2; i++)
        {
            var asking = AskAsync(edge, guest.Body);
            Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
            Assert.Equal(guest.Status, await asking);
            Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
        }

        if (guest.Logged is not null) await edge.Log.WaitForAsync(guest.Logged, 2);
        Assert.False(edge.Log.Has("mistake of the server"), string.Join('\n', edge.Log.Lines));
        // Nothing of Kestrel's own either: what a guest does is answered by the server's rules.
        Assert.False(edge.Log.Has("unhandled exception"), string.Join('\n', edge.Log.Lines));
        Assert.True(edge.Log.Lines.Count < 50);
        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 0, "a request that was answered still runs");
    }

    private static async Task<int> AskAsync(TestEdge edge, bool withBody)
    {
        using var request = new HttpRequestMessage(withBody ? HttpMethod.Post : HttpMethod.Get, "/bad");
        if (withBody)
        {
            request.Content = new StreamContent(new MemoryStream(new byte[10]));
            request.Headers.TransferEncodingChunked = true;
        }

        try
        {
            using var response = await edge.Client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\n\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 5\nTransfer-Encoding: chunked\n\nhello")]
    [InlineData("Connection: close, X-Kept\nX-Kept: 1\n\nhello")]
    [InlineData("Upgrade: h2c\nConnection: upgrade\n\nhello")]
    [InlineData("Keep-Alive: timeout=1\nTrailer: X-Late\n\nhello")]
    public async Task Headers_BetweenServerAndClient_AreTheServers(string output)
    {
        await using var edge = await StartAsync(Programs.Printing(output), HostileGuest.Short);
        using var client = await RawClient.ConnectAsync(edge.Address);
        // Two on one connection: the second must find its beginning.
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.SendAsync("GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        var answers = await client.ReadToEndAsync();
        var first = answers[..answers.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        foreach (var name in (string[])["Transfer-Encoding:", "Connection:", "Upgrade:", "Keep-Alive:", "Trailer:"]) Assert.DoesNotContain(name, first, StringComparison.OrdinalIgnoreCase);
        Assert.Matches("Content-Length: \\d+", first);
        Assert.EndsWith("good", answers, StringComparison.Ordinal);
        Assert.Equal(2, answers.Split("HTTP/1.1 200").Length - 1);
    }

    [Theory]
    [InlineData("Status: 204\nContent-Length: 5\n\nhello", 204)]
    [InlineData("Status: 205\nContent-Length: 5\n\nhello", 205)]
    [InlineData("Status: 304\nContent-Length: 5\n\nhello", 304)]
    public async Task Body_WhereThereIsNone_IsNotSent(string output, int status)
    {
        await using var edge = await StartAsync(Programs.Printing(output), HostileGuest.Short);
        using var client = await RawClient.ConnectAsync(edge.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        var answers = await client.ReadToEndAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", answers, StringComparison.Ordinal);
        Assert.DoesNotContain("hello", answers, StringComparison.Ordinal);
        Assert.EndsWith("good", answers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_WithItsHeadersInOneWrite_IsEndedByTimeWhenNobodyReads()
    {
        // 20 MB from the memory, of which the first bytes are the headers.
        var program = Programs.Running("(loop $l (call $print (i32.const 1024) (i32.const 20000000)) (br $l))", "Content-Type: text/plain\n\n", pages: 320);
        await using var edge = await StartAsync(program, HostileGuest.Short);
        using var client = await RawClient.ConnectAsync(edge.Address, receiveBuffer: 4096);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await edge.Log.WaitForAsync("limits.time");
        Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
    }

    [Fact]
    public async Task Answer_WithItsHeadersInOneWrite_ClientLeaves_IsNoMistakeOfTheServer()
    {
        var program = Programs.Running("(loop $l (call $print (i32.const 1024) (i32.const 20000000)) (br $l))", "Content-Type: text/plain\n\n", pages: 320);
        await using var edge = await StartAsync(program, "\"limits\": { \"time\": \"1m\" }");
        var client = await RawClient.ConnectAsync(edge.Address, receiveBuffer: 4096);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ReadUntilAsync("200 OK");
        client.Reset();
        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 0, "the guest goes on without a client");
        Assert.False(edge.Log.Has("mistake of the server"), string.Join('\n', edge.Log.Lines));
    }

    [Fact]
    public async Task Threads_WithoutEnd_AreEndedWithTheRequest()
    {
        const string program = """
            (module
              (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
              (memory (export "memory") 1 1 shared)
              (func (export "wasi_thread_start") (param i32 i32) (loop $l (br $l)))
              (func (export "_start") (loop $l (drop (call $spawn (i32.const 0))) (br $l))))
            """;
        await using var edge = await StartAsync(program, HostileGuest.Short);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        using var response = await edge.Client.GetAsync("/");
        Assert.True((int)response.StatusCode is 500 or 504, response.StatusCode.ToString());
        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 0, "the threads go on");
        Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
    }

    [Fact]
    public async Task Paths_OfTheHost_AreDeniedAndOnRecord()
    {
        string[] paths = ["/etc/passwd", "../secret.txt", "../../../../../../etc/passwd", "/proc/self/environ", "/proc/self/mem", "sub/../../secret.txt", "/dev/mem", "coffer.json", "C:\\boot.ini", "/sys/kernel"];
        var data = string.Join("\n", paths.Select((path, index) => $"(data (i32.const {1000 + (index * 100)}) \"{path.Replace("\\", "\\5c", StringComparison.Ordinal)}\")"));
        var opens = string.Join("\n", paths.SelectMany((path, index) => Enumerable.Range(3, 3).Select(fd =>
            $"(if (i32.eqz (call $open (i32.const {fd}) (i32.const 1) (i32.const {1000 + (index * 100)}) (i32.const {path.Length}) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16))) (then unreachable))")));
        var program = $$"""
            (module
              (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
              {{Programs.Prelude}}
              (memory (export "memory") 1)
              {{data}}
              (data (i32.const 4000) "Content-Type: text/plain\0a\0anothing")
              (func (export "_start") {{opens}} (call $print (i32.const 4000) (i32.const 33))))
            """;
        await using var edge = await StartAsync(program, "\"grants\": { \"directories\": [\"granted::/data:ro\"] }");
        Directory.CreateDirectory(Path.Combine(edge.Folder, "granted"));
        edge.Write("secret.txt", "secret");
        Assert.Equal("nothing", await edge.Client.GetStringAsync("/"));
        Assert.False(edge.Log.Has("secret\n"));
    }
}
