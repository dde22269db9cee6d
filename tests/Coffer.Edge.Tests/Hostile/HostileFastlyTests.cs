using System.Net;
using System.Net.Sockets;
using System.Text;
using Coffer.Edge.Tests.Attacks;

namespace Coffer.Edge.Tests.Hostile;

/// <summary>Programs for Fastly Compute that do not do what programs should, each beside a good one of the other kind.</summary>
[Collection(nameof(ProcessMemory))]
public sealed class HostileFastlyTests
{
    private const string Imports = """
        (import "fastly_http_req" "body_downstream_get" (func $downstream (param i32 i32) (result i32)))
        (import "fastly_http_req" "new" (func $request (param i32) (result i32)))
        (import "fastly_http_req" "uri_set" (func $uri (param i32 i32 i32) (result i32)))
        (import "fastly_http_req" "send" (func $fetch (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_req" "register_dynamic_backend" (func $register (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_resp" "new" (func $response (param i32) (result i32)))
        (import "fastly_http_resp" "status_set" (func $status (param i32 i32) (result i32)))
        (import "fastly_http_resp" "header_append" (func $header (param i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_resp" "send_downstream" (func $send (param i32 i32 i32) (result i32)))
        (import "fastly_http_body" "new" (func $body (param i32) (result i32)))
        (import "fastly_http_body" "append" (func $append (param i32 i32) (result i32)))
        (import "fastly_http_body" "write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_body" "read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "fastly_log" "endpoint_get" (func $endpoint (param i32 i32 i32) (result i32)))
        (import "fastly_log" "write" (func $log (param i32 i32 i32 i32) (result i32)))
        """;

    // [0] and [4]: the request and its body; [8]: a response; [12]: an empty body.
    private const string Begin = """
        (drop (call $downstream (i32.const 0) (i32.const 4)))
        (drop (call $response (i32.const 8)))
        (drop (call $body (i32.const 12)))
        """;

    private const string Answer = "(drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 0)))";
    private const string Stream = "(drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 1)))";

    private static string Program(string start, string more = "") => $"""
        (module {Imports} (memory (export "memory") 4) {more}
          (data (i32.const 100) "name") (data (i32.const 120) "origin")
          (func (export "_start") {Begin} {start}))
        """;

    public static TheoryData<string, string, int, string?> Guests => new()
    {
        { "recurses", Program("(call $deep)", "(func $deep (call $deep) (call $deep))"), 500, "stack" },
        { "loops in its start function", Program(Answer, "(func $s (loop $l (br $l))) (start $s)"), 504, "limits.time" },
        { "has too much memory", $"(module {Imports} (memory (export \"memory\") 1000) (func (export \"_start\")))", 500, "limits.memory" },
        { "floods its answer", Program(Stream + "(loop $l (drop (call $write (i32.load (i32.const 12)) (i32.const 0) (i32.const 60000) (i32.const 0) (i32.const 16))) (br $l))"), 0, "limits.responseBody" },
        { "floods its log", Program("(drop (call $endpoint (i32.const 100) (i32.const 4) (i32.const 24))) (loop $l (drop (call $log (i32.load (i32.const 24)) (i32.const 100) (i32.const 60) (i32.const 28))) (br $l))"), 504, "limits.time" },
        { "makes handles for ever", Program("(loop $l (drop (call $body (i32.const 16))) (drop (call $response (i32.const 16))) (drop (call $request (i32.const 16))) (br $l))"), 504, "limits.time" },
        { "fills a body for ever", Program("(loop $l (drop (call $write (i32.load (i32.const 12)) (i32.const 0) (i32.const 200000) (i32.const 0) (i32.const 16))) (br $l))"), 504, "limits.time" },
        { "appends a body to itself", Program("(loop $l (drop (call $append (i32.load (i32.const 12)) (i32.load (i32.const 12)))) (br $l))"), 504, "limits.time" },
        { "registers backends for ever", Program("(loop $l (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1))) (drop (call $register (i32.const 100) (i32.const 4) (i32.const 120) (i32.const 6) (i32.const 0) (i32.const 1000))) (br $l))"), 504, "limits.time" },
        { "sends no response", Program(""), 500, "without a response" },
    };

    private static string Limits(string time) => $$"""
        "limits": { "time": "{{time}}", "memory": "16MiB", "responseBody": "1MiB", "logLines": 10 }
        """;

    private static Task<TestEdge> StartAsync(string program) => StartAsync(program, Limits("1m"));

    private static Task<TestEdge> StartAsync(string program, string app) => TestEdge.StartAsync(
        $$"""
        { "listeners": [{ "address": "127.0.0.1:0" }],
          "apps": {
            "good": { "module": "good.wat", "routes": ["/good"] },
            "bad": { "module": "bad.wat", "routes": ["/"], {{app}} } } }
        """,
        ("good.wat", Programs.Printing("Content-Type: text/plain\n\ngood")), ("bad.wat", program));

    [Theory]
    [MemberData(nameof(Guests))]
    public async Task Guest_GetsItsAnswer_AndTheOperatorTheReason(string name, string program, int status, string? logged)
    {
        // Who ends by itself has the time for it, however busy the machine is.
        await using var edge = await StartAsync(program, Limits(logged == "limits.time" ? "1s" : "1m"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 2; i++)
        {
            var asking = AskAsync(edge);
            Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
            Assert.Equal(status, await asking);
            Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
        }

        if (logged is not null) await edge.Log.WaitForAsync(logged, 2);
        Assert.False(edge.Log.Has("mistake of the server"), string.Join('\n', edge.Log.Lines));
        Assert.True(edge.Log.Lines.Count < 60, $"{name}: {edge.Log.Lines.Count} lines");
        Assert.Equal(0, edge.Server.Runtime.Admission.Running);
        var more = (GC.GetTotalMemory(forceFullCollection: true) - before) >> 20;
        Assert.True(more < 200, $"{name}: {more} MiB more");
    }

    private static async Task<int> AskAsync(TestEdge edge)
    {
        try
        {
            using var response = await edge.Client.GetAsync("/bad");
            await response.Content.ReadAsByteArrayAsync();
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    [Theory]
    [InlineData("x-a", "b\r\nx-injected: c")]
    [InlineData("x-a", "b\nx-injected: c")]
    [InlineData("x-a\r\nx-injected", "c")]
    [InlineData("x-injected:", "c")]
    [InlineData("", "x-injected")]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("content-length", "5000")]
    [InlineData("connection", "x-injected")]
    [InlineData("upgrade", "x-injected")]
    [InlineData("keep-alive", "x-injected")]
    [InlineData(":status", "x-injected")]
    public async Task Header_ThatWouldBeTwoOrTheServers_DoesNothing(string name, string value)
    {
        await using var edge = await StartAsync(Program(
            $"(drop (call $header (i32.load (i32.const 8)) (i32.const 200) (i32.const {name.Length}) (i32.const 300) (i32.const {value.Length}))) {Answer}",
            $"(data (i32.const 200) \"{Escape(name)}\") (data (i32.const 300) \"{Escape(value)}\")"));
        using var client = await RawClient.ConnectAsync(edge.Address);
        await client.SendAsync("GET /bad HTTP/1.1\r\nHost: a\r\n\r\nGET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        var answers = await client.ReadToEndAsync();
        Assert.DoesNotContain("x-injected", answers, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("chunked", answers, StringComparison.Ordinal);
        Assert.DoesNotContain("5000", answers, StringComparison.Ordinal);
        Assert.Equal(2, answers.Split("HTTP/1.1 200").Length - 1);
        Assert.EndsWith("good", answers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(101)]
    [InlineData(199)]
    [InlineData(1000)]
    [InlineData(-200)]
    [InlineData(65736)]
    public async Task Status_ThatIsNone_IsNotSent(int status)
    {
        await using var edge = await StartAsync(Program($"(drop (call $status (i32.load (i32.const 8)) (i32.const {status}))) {Answer}"));
        using var client = await RawClient.ConnectAsync(edge.Address);
        await client.SendAsync("GET /bad HTTP/1.1\r\nHost: a\r\n\r\nGET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        var answers = await client.ReadToEndAsync();
        Assert.Matches("^HTTP/1\\.1 (200|500|502) ", answers);
        Assert.EndsWith("good", answers, StringComparison.Ordinal);
        Assert.False(edge.Log.Has("mistake of the server"), string.Join('\n', edge.Log.Lines));
    }

    // Each name for what is inside, with and without a grant of all that is public.
    [Theory]
    [InlineData("")]
    [InlineData("\"http://*:*\", \"https://*:*\"")]
    public async Task Backends_Inside_AreDeniedAndOnRecordWithWhatWouldAllowThem(string grants)
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var port = ((IPEndPoint)inside.LocalEndpoint).Port;
        string[] targets =
        [
            $"127.0.0.1:{port}", $"localhost:{port}", $"[::1]:{port}", $"[::ffff:127.0.0.1]:{port}", $"[::ffff:7f00:1]:{port}", $"0.0.0.0:{port}", $"127.1:{port}",
            $"2130706433:{port}", $"0x7f000001:{port}", $"0177.0.0.1:{port}", $"LOCALHOST.:{port}", "169.254.169.254", "[fe80::1]", "10.0.0.1", "192.168.0.1",
        ];
        var data = string.Concat(targets.Select((target, index) => $"(data (i32.const {2000 + (index * 100)}) \"{target}\") (data (i32.const {2080 + (index * 100)}) \"b{index:00}\")"));
        var start = string.Concat(targets.Select((target, index) => $"""
            (drop (call $register (i32.const {2080 + (index * 100)}) (i32.const 3) (i32.const {2000 + (index * 100)}) (i32.const {target.Length}) (i32.const 0) (i32.const 1000)))
            (drop (call $request (i32.const 32))) (drop (call $body (i32.const 36)))
            (if (i32.eqz (call $fetch (i32.load (i32.const 32)) (i32.load (i32.const 36)) (i32.const {2080 + (index * 100)}) (i32.const 3) (i32.const 40) (i32.const 44))) (then unreachable))
            """));
        await using var edge = await StartAsync(Program(start + Answer, data), $"\"limits\": {{ \"time\": \"60s\" }}, \"grants\": {{ \"http\": [{grants}] }}");
        using var response = await edge.Client.GetAsync("/bad");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(inside.Pending(), "a connection was made to what is inside");
        // A name that no server of names knows leads nowhere, about which there is nothing to decide.
        // They are counted behind the answer, by whoever writes the record.
        var statistics = edge.Server.Apps.All.Single(app => app.Name == "bad").Statistics;
        for (var i = 0; i < 200 && statistics.Denials < targets.Length - 1; i++) await Task.Delay(50);
        Assert.InRange(statistics.Denials, targets.Length - 1, targets.Length);
        Assert.Contains(edge.Log.Lines, line => line.Contains("denied", StringComparison.Ordinal) && line.Contains("remedy: --http", StringComparison.Ordinal) && line.Contains("127.0.0.1", StringComparison.Ordinal));
        Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
    }

    [Fact]
    public async Task Subrequests_ByTheThousand_AreBounded()
    {
        await using var backend = await TestEdge.OfAppAsync(Programs.Printing("Content-Type: text/plain\n\nhi"));
        var program = Program("""
            (loop $l
              (drop (call $request (i32.const 32))) (drop (call $body (i32.const 36)))
              (if (call $fetch (i32.load (i32.const 32)) (i32.load (i32.const 36)) (i32.const 120) (i32.const 6) (i32.const 40) (i32.const 44)) (then (i32.store (i32.const 48) (i32.const 1))))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3000))))
            """ + Answer).Replace("(func (export \"_start\")", "(func (export \"_start\") (local $i i32)", StringComparison.Ordinal);
        await using var edge = await TestEdge.StartAsync(
            """{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { "app": { "module": "app.wat", "routes": ["/"], "fastlyManifest": "fastly.toml", "limits": { "subrequests": 7 } } } }""",
            ("app.wat", program), ("fastly.toml", $"[local_server.backends.origin]\nurl = 'http://{backend.Address}'"));
        (await edge.Client.GetAsync("/")).Dispose();
        Assert.Equal(7, backend.Server.Apps.All.Single().Statistics.Requests);
    }

    // Numbers of one request are nothing in another.
    [Fact]
    public async Task Handles_OfOneRequest_AreNoneOfAnother()
    {
        const string canary = "CANARY-4711-";
        var program = Program("""
            (drop (call $read (i32.load (i32.const 4)) (i32.const 4096) (i32.const 1000) (i32.const 16)))
            (if (i32.load (i32.const 16))
              (then
                ;; Leaves it in bodies of its own, and stays.
                (loop $m
                  (drop (call $body (i32.const 20)))
                  (drop (call $write (i32.load (i32.const 20)) (i32.const 4096) (i32.const 12) (i32.const 0) (i32.const 16)))
                  (br_if $m (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))
                (loop $l (br $l))))
            ;; Reads all bodies that there could be, and answers with what it got.
            (loop $n
              (i32.store (i32.const 16) (i32.const 0))
              (if (i32.ne (local.get $i) (i32.load (i32.const 12)))
                (then
                  (drop (call $read (local.get $i) (i32.const 4096) (i32.const 1000) (i32.const 16)))
                  (drop (call $write (i32.load (i32.const 12)) (i32.const 4096) (i32.load (i32.const 16)) (i32.const 0) (i32.const 20)))))
              (br_if $n (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))
            """ + Answer).Replace("(func (export \"_start\")", "(func (export \"_start\") (local $i i32)", StringComparison.Ordinal);
        await using var edge = await StartAsync(program, "\"limits\": { \"time\": \"20s\" }");
        var leaving = edge.Client.PostAsync("/bad", new StringContent(canary));
        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 1, "the first does not run");
        for (var i = 0; i < 5; i++) Assert.Equal("", await edge.Client.GetStringAsync("/bad"));
        edge.Client.CancelPendingRequests();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.Equal("", await edge.Client.GetStringAsync("/bad"));
    }

    private static string Escape(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(each => $"\\{each:x2}"));
}
