using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.Tests.Hostile;

/// <summary>What filters try to do to their host: each costs the requests that its policy says, and nothing else.</summary>
public sealed class HostileFilterTests
{
    private const string Loop = "(loop (br 0)) (unreachable)";
    private const string Recursion = "(call $deep) (i32.const 0)";
    private const string Deep = "(func $deep (call $deep))";

    private static readonly FilterOptions Quick = new()
    {
        Name = "hostile",
        Workers = 1,
        MemoryBytes = 1 << 20,
        CallbackDeadline = TimeSpan.FromMilliseconds(200),
        StartDeadline = TimeSpan.FromSeconds(2),
        Backoff = new RestartBackoffOptions { Initial = TimeSpan.FromMilliseconds(1), Maximum = TimeSpan.FromMilliseconds(10) },
        PauseLimit = TimeSpan.FromMilliseconds(300),
        BufferLimit = 64 << 10,
    };

    [Theory]
    [InlineData("context_create", "unreachable")]
    [InlineData("request_headers", "unreachable")]
    [InlineData("request_body", "unreachable")]
    [InlineData("response_headers", "unreachable")]
    [InlineData("response_body", "unreachable")]
    [InlineData("request_headers", Loop)]
    [InlineData("response_headers", Loop)]
    [InlineData("request_headers", Recursion)]
    [InlineData("request_headers", "(i32.load (i32.const 0x7fffffff))")]
    [InlineData("request_headers", "(drop (call $unheard (i64.const 1) (f32.const 1) (f64.const 1) (i32.const 1))) (i32.const 0)")]
    public async Task Failure_InACallback_IsByThePolicy(string callback, string body)
    {
        var isStart = callback == "context_create";
        // The root is made with the VM; only the contexts of streams fail.
        if (isStart) body = "(if (local.get 1) (then (unreachable)))";
        var module = TestProxy.CompileText(HostileFilter.With(Deep, callbacks: (callback, body)));
        await using (var closed = await TestProxy.StartAsync(TestProxy.Echo, module, Quick))
        {
            using var refused = await closed.Client.PostAsync("/", new StringContent("body"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            await closed.Log.WaitForAsync("filter hostile failed");
        }

        await using var open = await TestProxy.StartAsync(TestProxy.Echo, module, Quick with { Failure = FailurePolicy.FailOpen });
        for (var i = 0; i < 3; i++)
        {
            using var passed = await open.Client.PostAsync("/", new StringContent("body"));
            Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
            Assert.EndsWith("\n\nbody", await passed.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("done")]
    [InlineData("log")]
    [InlineData("delete")]
    public async Task Failure_AtTheEnd_CostsNoRequest(string callback)
    {
        var body = callback == "done" ? "unreachable" : "unreachable";
        await using var proxy = await TestProxy.StartAsync(
            TestProxy.Echo, TestProxy.CompileText(HostileFilter.With(callbacks: (callback, body))), Quick with { Failure = FailurePolicy.FailReload });
        for (var i = 0; i < 5; i++)
        {
            using var response = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await proxy.Log.WaitForAsync("filter hostile failed", times: i + 1);
            await WaitForWorkerAsync(proxy);
        }
    }

    [Fact]
    public async Task UnknownImport_NotCalled_IsNoHarm_AndCalled_IsNamed()
    {
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, TestProxy.CompileText(HostileFilter.With(callbacks:
            ("response_headers", "(drop (call $unheard (i64.const 1) (f32.const 1) (f64.const 1) (i32.const 1))) (i32.const 0)"))), Quick);
        using var response = await proxy.Client.GetAsync("/");
        Assert.True(proxy.Log.Has("it called env.proxy_unheard_of, which this host does not have"));
    }

    [Theory]
    [InlineData("vm_start", "(i32.const 0)", "refuses the configuration of its VM")]
    [InlineData("configure", "(i32.const 0)", "refuses its configuration")]
    [InlineData("vm_start", "(unreachable)", "trap: unreachable")]
    [InlineData("configure", Loop, "it ran longer than it may")]
    public async Task Start_ThatFails_IsAnErrorOfTheStart(string callback, string body, string reason)
    {
        var module = TestProxy.CompileText(HostileFilter.With(callbacks: (callback, body)));
        var exception = await Assert.ThrowsAsync<FilterException>(() => TestProxy.StartAsync(TestProxy.Echo, module, Quick with { StartDeadline = TimeSpan.FromMilliseconds(200) }));
        Assert.Contains(reason, exception.Message);
    }

    [Fact]
    public async Task StartFunction_ThatHangs_IsInterrupted()
    {
        var module = TestProxy.CompileText(HostileFilter.With("(func $hang (loop (br 0))) (start $hang)"));
        var exception = await Assert.ThrowsAsync<FilterException>(() => TestProxy.StartAsync(TestProxy.Echo, module, Quick with { StartDeadline = TimeSpan.FromMilliseconds(200) }));
        Assert.Contains("it ran longer than it may", exception.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(int.MinValue)]
    public async Task Action_ThatIsNone_Pauses_AndThePauseEnds(int action)
    {
        await using var proxy = await TestProxy.StartAsync(
            TestProxy.Echo, TestProxy.CompileText(HostileFilter.With(callbacks: ("request_headers", $"(i32.const {action})"))), Quick);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    // Each call must return the status for memory that is not there (6), or for arguments that are none (2).
    [Theory]
    [InlineData("(call $log (i32.const 2) (i32.const 0xfffffff0) (i32.const 100))", 6)]
    [InlineData("(call $log (i32.const 2) (i32.const 0) (i32.const -1))", 6)]
    [InlineData("(call $log (i32.const 99) (i32.const 0) (i32.const 1))", 2)]
    [InlineData("(call $get (i32.const 0) (i32.const 0x7fffffff) (i32.const 6) (i32.const 64) (i32.const 68))", 6)]
    [InlineData("(call $get (i32.const 0) (i32.const 32) (i32.const 5) (i32.const 0xfffffffc) (i32.const 68))", 6)]
    [InlineData("(call $get (i32.const 99) (i32.const 0) (i32.const 6) (i32.const 64) (i32.const 68))", 2)]
    [InlineData("(call $pairs (i32.const 0) (i32.const 0xffffffff) (i32.const 0xffffffff))", 6)]
    [InlineData("(call $set_pairs (i32.const 0) (i32.const 200) (i32.const 0x7fffffff))", 6)]
    [InlineData("(call $set_pairs (i32.const 0) (i32.const 128) (i32.const 64))", 2)]
    [InlineData("(call $add (i32.const 0) (i32.const 144) (i32.const 4) (i32.const 16) (i32.const 5))", 2)]
    [InlineData("(call $add (i32.const 0) (i32.const 0) (i32.const 6) (i32.const 144) (i32.const 4))", 2)]
    [InlineData("(call $buffer (i32.const 99) (i32.const 0) (i32.const 6) (i32.const 64) (i32.const 68))", 2)]
    [InlineData("(call $buffer (i32.const 7) (i32.const 0xffffffff) (i32.const 0xffffffff) (i32.const 64) (i32.const 68))", 2)]
    [InlineData("(call $set_buffer (i32.const 7) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1))", 2)]
    [InlineData("(call $respond (i32.const 7) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))", 2)]
    [InlineData("(call $respond (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 0) (i32.const -1))", 6)]
    [InlineData("(call $call (i32.const 0) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0xfffffff0))", 6)]
    [InlineData("(call $call (i32.const 0) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64))", 2)]
    [InlineData("(call $share (i32.const 0xffffff00) (i32.const 6) (i32.const 0) (i32.const 6) (i32.const 0))", 6)]
    [InlineData("(call $share (i32.const 0) (i32.const 6) (i32.const 0) (i32.const 6) (i32.const 77))", 8)]
    [InlineData("(call $enqueue (i32.const 12345) (i32.const 0) (i32.const 6))", 1)]
    [InlineData("(call $queue (i32.const 0) (i32.const 6) (i32.const 0xfffffffe))", 6)]
    [InlineData("(call $metric (i32.const 9) (i32.const 0) (i32.const 6) (i32.const 64))", 2)]
    [InlineData("(call $metric (i32.const 0) (i32.const 0) (i32.const 6) (i32.const 0xfffffffe))", 6)]
    [InlineData("(call $effective (i32.const 12345))", 2)]
    [InlineData("(call $property (i32.const 0xfffffff0) (i32.const 99) (i32.const 0) (i32.const 6))", 6)]
    [InlineData("(call $continue (i32.const 99))", 2)]
    [InlineData("(call $continue (i32.const 2))", 12)]
    [InlineData("(call $close (i32.const -1))", 2)]
    [InlineData("(call $done)", 1)]
    public async Task Arguments_ThatAreNone_AreAStatus(string call, int expected)
    {
        // 128: a count of pairs that cannot be; 144: characters that no header has.
        var module = TestProxy.CompileText(HostileFilter.With(
            """
            (data (i32.const 32) ":path")
            (data (i32.const 128) "\ff\ff\00\00")
            (data (i32.const 144) "a\0d\0ab")
            """,
            callbacks: ("request_headers", $"(if (i32.ne {call} (i32.const {expected})) (then (unreachable))) (i32.const 0)")));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick with { Configuration = new byte[8] });
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(proxy.Log.Has("failed"));
    }

    [Theory]
    [InlineData("(i32.const 0)", 6)]
    [InlineData("(i32.const 0xfffffff0)", 6)]
    [InlineData("(i32.const 0x7fffffff)", 6)]
    public async Task Allocation_ThatGivesNoMemory_IsAStatus(string allocate, int expected)
    {
        var module = TestProxy.CompileText(HostileFilter.With(
            "(data (i32.const 32) \":path\")", allocate,
            ("request_headers", $"(if (i32.ne (call $get (i32.const 0) (i32.const 32) (i32.const 5) (i32.const 64) (i32.const 68)) (i32.const {expected})) (then (unreachable))) (i32.const 0)")));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("(loop (br 0)) (unreachable)")]
    [InlineData("(unreachable)")]
    [InlineData("(drop (call $pairs (i32.const 0) (i32.const 64) (i32.const 68))) (i32.const 4096)")]
    public async Task Allocation_ThatIsHostile_CostsTheRequest(string allocate)
    {
        var module = TestProxy.CompileText(HostileFilter.With(
            allocate: allocate, callbacks: ("request_headers", "(drop (call $pairs (i32.const 0) (i32.const 64) (i32.const 68))) (i32.const 0)")));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        await proxy.Log.WaitForAsync("filter hostile failed");
    }

    [Fact]
    public async Task Allocation_ThatMovesAndGrowsMemory_GivesTheRightBytes()
    {
        var module = TestProxy.CompileText(HostileFilter.With(
            "(data (i32.const 32) \":path\") (global $next (mut i32) (i32.const 65536))",
            "(drop (memory.grow (i32.const 1))) (global.get $next) (global.set $next (i32.add (global.get $next) (i32.const 65536)))",
            ("request_headers",
                """
                (drop (call $get (i32.const 0) (i32.const 32) (i32.const 5) (i32.const 64) (i32.const 68)))
                (drop (call $add (i32.const 0) (i32.const 0) (i32.const 6) (i32.load (i32.const 64)) (i32.load (i32.const 68))))
                (i32.const 0)
                """)));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick);
        for (var i = 0; i < 3; i++) Assert.Contains($"x-name: /moved{i}\n", await proxy.Client.GetStringAsync($"/moved{i}"));
    }

    [Fact]
    public async Task Headers_WithoutEnd_AreBounded()
    {
        var module = TestProxy.CompileText(HostileFilter.With(callbacks: ("request_headers",
            """
            (local $i i32)
            (loop $more
              (drop (call $add (i32.const 0) (i32.const 0) (i32.const 6) (i32.const 16) (i32.const 5)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $more (i32.lt_u (local.get $i) (i32.const 100000))))
            (i32.const 0)
            """)));
        await using var proxy = await TestProxy.StartAsync(
            context =>
            {
                context.Response.Headers["x-bytes"] = context.Request.Headers["x-name"].Sum(value => 6 + value!.Length).ToString();
                return Task.CompletedTask;
            },
            module, Quick with { CallbackDeadline = TimeSpan.FromSeconds(20) });
        using var response = await proxy.Client.GetAsync("/");
        Assert.InRange(int.Parse(response.Headers.GetValues("x-bytes").Single()), 1000, 256 << 10);
    }

    [Fact]
    public async Task Logs_WithoutEnd_AreDroppedAndCounted()
    {
        var module = TestProxy.CompileText(HostileFilter.With(callbacks: ("request_headers",
            """
            (local $i i32)
            (loop $more
              (drop (call $log (i32.const 2) (i32.const 0) (i32.const 60000)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $more (i32.lt_u (local.get $i) (i32.const 5000))))
            (i32.const 0)
            """)));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick with { CallbackDeadline = TimeSpan.FromSeconds(20), LogsPerSecond = 10 });
        using var first = await proxy.Client.GetAsync("/");
        Assert.InRange(proxy.Log.Count(LogLevel.Information), 10, 40);
        await Task.Delay(1100);
        using var second = await proxy.Client.GetAsync("/");
        Assert.True(proxy.Log.Has("filter hostile logged too much"));
        Assert.All(proxy.Log.Lines, line => Assert.InRange(line.Length, 0, 17_000));
    }

    [Fact]
    public async Task Calls_WithoutEnd_AreBounded()
    {
        var pairs = ":method\0GET\0:path\0/\0:authority\0a\0";
        var header = "\\03\\00\\00\\00\\07\\00\\00\\00\\03\\00\\00\\00\\05\\00\\00\\00\\01\\00\\00\\00\\0a\\00\\00\\00\\01\\00\\00\\00";
        var length = 28 + Encoding.ASCII.GetByteCount(pairs);
        var module = TestProxy.CompileText(HostileFilter.With(
            $"(data (i32.const 256) \"up\") (data (i32.const 512) \"{header}{pairs.Replace("\0", "\\00")}\")",
            callbacks: ("request_headers",
                $"""
                (local $i i32) (local $sent i32)
                (loop $more
                  (if (i32.eqz (call $call (i32.const 256) (i32.const 2) (i32.const 512) (i32.const {length}) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0) (i32.const 60000) (i32.const 64))) (then (local.set $sent (i32.add (local.get $sent) (i32.const 1)))))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $more (i32.lt_u (local.get $i) (i32.const 10000))))
                (if (i32.gt_u (local.get $sent) (i32.const 20)) (then (unreachable)))
                (if (i32.eqz (local.get $sent)) (then (unreachable)))
                (i32.const 0)
                """)));
        var log = new RecordedLog();
        var caller = new StuckCaller();
        await using (var proxy = await TestProxy.StartAsync(
            TestProxy.Echo, new FilterHost { Logger = log, Upstreams = caller }, log, (module, Quick with { MaximumCalls = 20, CallbackDeadline = TimeSpan.FromSeconds(20) })))
        {
            using var response = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.InRange(caller.Highest, 1, 20);
    }

    [Theory]
    [InlineData(":path", "/a b HTTP/1.1", "GET /a%20b%20HTTP/1.1")]
    [InlineData(":path", "no path", "GET /here")]
    [InlineData(":path", "//other.test/x", "GET //other.test/x")]
    [InlineData(":method", "GET /x HTTP/1.1", "GET /here")]
    [InlineData(":method", "PATCH", "PATCH /here")]
    [InlineData(":scheme", "file", "GET /here")]
    public async Task PseudoHeaders_ThatAreNone_MakeNoOtherRequest(string name, string value, string expected)
    {
        await using var proxy = await RealProxy.WithFilterAsync(
            Encoding.UTF8.GetBytes(
                $"""
                (module
                  (import "env" "proxy_replace_header_map_value" (func $replace (param i32 i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1) (data (i32.const 0) "{name}") (data (i32.const 16) "{value}")
                  (func (export "proxy_abi_version_0_2_1"))
                  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                    (drop (call $replace (i32.const 0) (i32.const 0) (i32.const {name.Length}) (i32.const 16) (i32.const {value.Length}))) (i32.const 0)))
                """),
            "", context => context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(
                $"{context.Request.Method} {context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget}")).AsTask());
        Assert.Equal(expected, await proxy.GetAsync("/here"));
    }

    [Fact]
    public async Task Memory_WithoutEnd_IsBounded()
    {
        var module = TestProxy.CompileText(HostileFilter.With(callbacks: ("request_headers",
            "(if (i32.ge_s (memory.grow (i32.const 15)) (i32.const 0)) (then (if (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)) (then (unreachable))))) (i32.const 0)")));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick);
        for (var i = 0; i < 3; i++) Assert.StartsWith("GET /", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Body_PausedWithoutEnd_IsRefused()
    {
        var module = TestProxy.CompileText(HostileFilter.With(callbacks: ("request_body", "(i32.const 1)")));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick);
        using var response = await proxy.Client.PostAsync("/", new ByteArrayContent(new byte[1 << 20]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Body_GrownByTheFilter_IsBounded()
    {
        var module = TestProxy.CompileText(HostileFilter.With(callbacks: ("request_body",
            """
            (local $i i32)
            (loop $more
              (drop (call $set_buffer (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 0) (i32.const 60000)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $more (i32.lt_u (local.get $i) (i32.const 1000))))
            (i32.const 0)
            """)));
        await using var proxy = await TestProxy.StartAsync(
            async context =>
            {
                var count = 0L;
                var buffer = new byte[65536];
                for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;) count += read;
                context.Response.Headers["x-bytes"] = count.ToString();
            },
            module, Quick);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ChunkedContent("a", "b") };
        using var response = await proxy.Client.SendAsync(request);
        Assert.InRange(long.Parse(response.Headers.GetValues("x-bytes").Single()), 1, 4 * (64 << 10));
    }

    [Fact]
    public async Task Queues_OfItself_DoNotGrowWithoutEnd()
    {
        // Every item makes two.
        var module = TestProxy.CompileText(HostileFilter.With(callbacks:
        [
            ("configure", "(drop (call $queue (i32.const 0) (i32.const 6) (i32.const 64))) (drop (call $enqueue (i32.load (i32.const 64)) (i32.const 0) (i32.const 6))) (i32.const 1)"),
            ("queue_ready", "(drop (call $enqueue (local.get 1) (i32.const 0) (i32.const 6))) (drop (call $enqueue (local.get 1) (i32.const 0) (i32.const 6)))"),
        ]));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick);
        await Task.Delay(200);
        for (var i = 0; i < 5; i++) Assert.StartsWith("GET /", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Ticks_WithoutPause_LeaveRoomForRequests()
    {
        var module = TestProxy.CompileText(HostileFilter.With(
            callbacks: [("configure", "(drop (call $tick (i32.const 1))) (i32.const 1)"), ("tick", "(loop (br 0))")]));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick with { Failure = FailurePolicy.FailOpen });
        for (var i = 0; i < 5; i++) Assert.StartsWith("GET /", await proxy.Client.GetStringAsync("/"));
        Assert.True(proxy.Log.Has("it ran longer than it may"));
    }

    [Fact]
    public async Task Done_NeverSaid_HoldsNothingUp()
    {
        var module = TestProxy.CompileText(HostileFilter.With(callbacks: ("done", "(i32.const 0)")));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick);
        await Task.WhenAll(Enumerable.Range(0, 1500).Select(async _ => Assert.StartsWith("GET /", await proxy.Client.GetStringAsync("/"))));
    }

    [Fact]
    public async Task Stream_Closed_EndsTheConnection()
    {
        var module = TestProxy.CompileText(HostileFilter.With(callbacks: ("request_headers", "(drop (call $close (i32.const 0))) (i32.const 0)")));
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, module, Quick);
        await Assert.ThrowsAsync<HttpRequestException>(() => proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Export_OfAnotherType_IsAnErrorOfTheStart()
    {
        const string Module =
            """
            (module (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
              (func (export "proxy_on_request_headers") (param f64) (result i64) (i64.const 0)))
            """;
        var exception = await Assert.ThrowsAsync<FilterException>(() => TestProxy.StartAsync(TestProxy.Echo, TestProxy.CompileText(Module), Quick));
        Assert.Contains("exports proxy_on_request_headers with a type that is not the ABI's: [f64] -> [i64]", exception.Message);
    }

    [Fact]
    public async Task Module_WithoutMemory_CostsItsCallsOnly()
    {
        const string Module =
            """
            (module (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
              (func (export "proxy_abi_version_0_2_1"))
              (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $log (i32.const 2) (i32.const 0) (i32.const 1))))
            """;
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, TestProxy.CompileText(Module), Quick with { Failure = FailurePolicy.FailOpen });
        Assert.StartsWith("GET /", await proxy.Client.GetStringAsync("/"));
        Assert.True(proxy.Log.Has("exports no memory"));
    }

    [Fact]
    public async Task GoodRequests_PassMeanwhile()
    {
        // One path loops, all others pass: with a policy that reloads, none of them is lost.
        var module = TestProxy.CompileText(HostileFilter.With(
            "(data (i32.const 32) \":path\")",
            callbacks: ("request_headers",
                """
                (drop (call $get (i32.const 0) (i32.const 32) (i32.const 5) (i32.const 64) (i32.const 68)))
                (if (i32.eq (i32.load8_u offset=1 (i32.load (i32.const 64))) (i32.const 108)) (then (loop (br 0))))
                (i32.const 0)
                """)));
        await using var proxy = await TestProxy.StartAsync(
            TestProxy.Echo, module, Quick with { Workers = 2, Failure = FailurePolicy.FailOpen, CallbackDeadline = TimeSpan.FromMilliseconds(50) });
        var failed = 0;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var response = await proxy.Client.GetAsync(i % 20 == 0 ? "/loop" : "/good");
            if (response.StatusCode != HttpStatusCode.OK) Interlocked.Increment(ref failed);
        }));
        Assert.Equal(0, failed);
    }

    private static async Task WaitForWorkerAsync(TestProxy proxy)
    {
        var deadline = DateTime.UtcNow.AddSeconds(10);
        while (proxy.Slots[0].Current.RunningWorkers == 0)
        {
            Assert.True(DateTime.UtcNow < deadline);
            await Task.Delay(2);
        }
    }
}
