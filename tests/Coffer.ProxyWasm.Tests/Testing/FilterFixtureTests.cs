using System.Text;
using Coffer.Plugins.Versions;
using Coffer.ProxyWasm.Testing;
using Coffer.ProxyWasm.Tests.Filters;
using Coffer.ProxyWasm.Tests.Hostile;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.Tests.Testing;

/// <summary>The test kit for filters: filters of the test data, and small ones that do one thing each.</summary>
public sealed class FilterFixtureTests
{
    private static readonly FilterOptions Verbose = new() { LogLevel = LogLevel.Trace };

    private static byte[] CFilter() => File.ReadAllBytes(TestData.Require("guests/proxy-wasm/c_filter.wasm"));

    private static Task<FilterFixture> StartAsync(TestHost host, params (string Callback, string Body)[] callbacks) =>
        FilterFixture.StartAsync(Encoding.UTF8.GetBytes(HostileFilter.With(callbacks: callbacks)), Verbose, host);

    [Fact]
    public async Task Stream_StepByStep_ShowsWhatIsHeldAndWhatGoesOn()
    {
        await using var filter = await FilterFixture.StartAsync(CFilter(), Verbose with { Configuration = "set"u8.ToArray() });
        await using var stream = filter.OpenStream();
        Assert.Equal(FilterAction.Continue, await stream.RequestHeadersAsync(TestMessage.Request("POST", "/", ("x-secret", "1"))));
        Assert.Equal("set", stream.Request["x-c-filter"]);
        Assert.Null(stream.Request["x-secret"]);
        Assert.Equal(FilterAction.Pause, await stream.RequestBodyAsync("one "));
        Assert.True(stream.IsRequestPaused);
        Assert.Equal("one ", stream.HeldRequestBody);
        Assert.Equal("", stream.Request.Text);
        Assert.Equal(FilterAction.Continue, await stream.RequestBodyAsync("two", endOfStream: true));
        Assert.Equal("ONE TWO", stream.Request.Text);
        Assert.Equal(FilterAction.Continue, await stream.ResponseHeadersAsync(TestMessage.Response(200, ("server", "upstream"))));
        Assert.Equal("c-filter", stream.Response["server"]);
        Assert.Equal(FilterAction.Continue, await stream.ResponseBodyAsync("body", endOfStream: true));
        Assert.Equal("body", stream.Response.Text);
        await stream.CloseAsync();
        filter.Host.RequireLogged("on_log");
        filter.Host.RequireMetric("c_filter.requests", 1);
        filter.Host.RequireNoFailure();
    }

    [Fact]
    public async Task Calls_WaitUntilTheTestAnswersThem()
    {
        using var host = new TestHost();
        host.Upstreams.Add("auth");
        await using var filter = await FilterFixture.StartAsync(CFilter(), host: host);
        await using var stream = filter.OpenStream();
        Assert.Equal(FilterAction.Pause, await stream.RequestHeadersAsync(TestMessage.Get("/call"), endOfStream: true));
        var call = Assert.Single(host.RequireCalls("auth"));
        Assert.Equal("/auth", call.Request.Header(":path"));
        Assert.True(call.IsWaiting);
        await call.AnswerAsync(TestMessage.Response(200));
        Assert.False(stream.IsRequestPaused);
        await Assert.ThrowsAsync<FilterAssertionException>(() => call.AnswerAsync(TestMessage.Response(200)));
        Assert.Throws<FilterAssertionException>(() => host.RequireCalls("auth", times: 2));
    }

    [Fact]
    public async Task Calls_TimeOutWithTheClock()
    {
        using var host = new TestHost();
        host.Upstreams.Add("auth");
        await using var filter = await FilterFixture.StartAsync(CFilter(), host: host);
        await using var stream = filter.OpenStream();
        await stream.RequestHeadersAsync(TestMessage.Get("/call"), endOfStream: true);
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(999));
        Assert.True(stream.IsRequestPaused);
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.False(stream.IsRequestPaused);
        Assert.False(host.Upstreams.Calls[0].IsWaiting);
    }

    [Fact]
    public async Task Ticks_ComeWithTheClock_AndWriteSharedData()
    {
        using var host = new TestHost();
        await using var filter = await FilterFixture.StartAsync(CFilter(), host: host);
        Assert.Null(host.FindData("", "ticks"));
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal("1\0", host.FindData("", "ticks"));
        host.SetData("", "ticks", "41\0");
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal("42\0", host.FindData("", "ticks"));
    }

    [Fact]
    public async Task Send_TakesAWholeExchange_AndAnswersPassBack()
    {
        using var host = new TestHost();
        host.Upstreams.Add("auth", TestMessage.Response(200));
        await using var filter = await FilterFixture.StartAsync(CFilter(), host: host);
        var posted = await filter.SendAsync(TestMessage.Request("POST", "/").WithBody("a", "b"), TestMessage.Response(201).WithBody("c"), TestContext.Current.CancellationToken);
        Assert.Equal("AB", posted.Upstream!.Text);
        Assert.Equal(("201", "c"), (posted.Response![":status"], posted.Response.Text));
        var called = await filter.SendAsync(TestMessage.Get("/call"), TestMessage.Response(200), TestContext.Current.CancellationToken);
        Assert.NotNull(called.Upstream);
        var refused = await filter.SendAsync(TestMessage.Get("/forbid"), TestMessage.Response(200), TestContext.Current.CancellationToken);
        Assert.Null(refused.Upstream);
        Assert.Equal(("403", "forbidden by c_filter\n", "c-filter"), (refused.Response![":status"], refused.Response.Text, refused.Response["server"]));
    }

    [Fact]
    public async Task Send_WhatTicksContinue_GoesOnWithTheClock()
    {
        await using var filter = await FilterFixture.StartAsync(GoExamples.Read("postpone_requests"), Verbose);
        var exchange = await filter.SendAsync(TestMessage.Get("/"), TestMessage.Response(200), TestContext.Current.CancellationToken);
        Assert.NotNull(exchange.Upstream);
        filter.Host.RequireLogged("postpone request with contextID=");
        filter.Host.RequireLogged("resume request with contextID=");
    }

    [Fact]
    public async Task Send_WhatIsNeverContinued_IsRefusedAtTheLimit()
    {
        using var host = new TestHost();
        await using var filter = await StartAsync(host, ("request_headers", "(i32.const 1)"));
        var before = host.Time.GetUtcNow();
        var exchange = await filter.SendAsync(TestMessage.Get("/"), TestMessage.Response(200), TestContext.Current.CancellationToken);
        Assert.Null(exchange.Upstream);
        Assert.Equal("504", exchange.Response![":status"]);
        Assert.Equal(Verbose.PauseLimit, host.Time.GetUtcNow() - before);
    }

    [Fact]
    public async Task Trap_IsAFailureWithItsBacktrace_AndTheStreamIsRefused()
    {
        using var host = new TestHost();
        await using var filter = await StartAsync(host, ("request_body", "(unreachable)"));
        var stream = filter.OpenStream();
        Assert.Equal(FilterAction.Continue, await stream.RequestHeadersAsync(TestMessage.Request("POST", "/")));
        Assert.Equal(FilterAction.Answer, await stream.RequestBodyAsync("x"));
        Assert.Equal(("503", "filter_failed"), (stream.Answer![":status"], stream.AnswerDetails));
        var trap = Assert.IsType<TrapException>(Assert.Single(host.Failures));
        Assert.Contains("filter+0x", trap.ToString());
        Assert.Contains("unreachable", Assert.Throws<FilterAssertionException>(host.RequireNoFailure).Message);
        await Assert.ThrowsAsync<FilterAssertionException>(() => stream.RequestBodyAsync("y"));
        await filter.RestartAsync();
        await using var next = filter.OpenStream();
        Assert.Equal(FilterAction.Continue, await next.RequestHeadersAsync(TestMessage.Get("/"), endOfStream: true));
    }

    [Fact]
    public async Task FailOpen_LetsTheStreamGoOn()
    {
        using var host = new TestHost();
        await using var filter = await FilterFixture.StartAsync(
            Encoding.UTF8.GetBytes(HostileFilter.With(callbacks: ("request_headers", "(unreachable)"))), Verbose with { Failure = FailurePolicy.FailOpen }, host);
        await using var stream = filter.OpenStream();
        Assert.Equal(FilterAction.Continue, await stream.RequestHeadersAsync(TestMessage.Get("/"), endOfStream: true));
        Assert.Single(host.Failures);
    }

    [Fact]
    public async Task Loop_EndsWithTheDeadline_OrWithItsFuel()
    {
        const string Loop = "(loop $again (br $again)) (i32.const 0)";
        using var host = new TestHost();
        var module = Encoding.UTF8.GetBytes(HostileFilter.With(callbacks: ("request_headers", Loop)));
        await using (var filter = await FilterFixture.StartAsync(module, Verbose with { CallbackDeadline = TimeSpan.FromMilliseconds(50) }, host))
        {
            Assert.Equal(FilterAction.Answer, await filter.OpenStream().RequestHeadersAsync(TestMessage.Get("/"), endOfStream: true));
        }

        await using (var filter = await FilterFixture.StartAsync(module, Verbose with { CallbackDeadline = TimeSpan.FromMinutes(1) }, host))
        {
            filter.Fuel = 10_000;
            Assert.Equal(FilterAction.Answer, await filter.OpenStream().RequestHeadersAsync(TestMessage.Get("/"), endOfStream: true));
        }

        Assert.Equal([ExhaustionKind.Deadline, ExhaustionKind.Fuel], host.Failures.Select(failure => Assert.IsType<ExhaustionException>(failure).Kind));
    }

    [Fact]
    public async Task Fuel_IsTheSameEachTime()
    {
        await using var filter = await FilterFixture.StartAsync(CFilter());
        var used = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            var before = filter.Fuel;
            await using var stream = filter.OpenStream();
            await stream.RequestHeadersAsync(TestMessage.Get("/"), endOfStream: true);
            used.Add(before - filter.Fuel);
        }

        // The first writes more, as the allocator is fresh.
        Assert.Equal(used[2], used[3]);
        Assert.InRange(used[3], 100, 100_000);
    }

    [Fact]
    public async Task Queue_TellsItsReceiver()
    {
        using var host = new TestHost();
        await using var filter = await StartAsync(
            host, ("vm_start", "(drop (call $queue (i32.const 0) (i32.const 6) (i32.const 64))) (i32.const 1)"),
            ("queue_ready", "(drop (call $log (i32.const 2) (i32.const 16) (i32.const 5)))"));
        await host.EnqueueAsync("", "x-name", "item");
        host.RequireLogged("value");
        Assert.Equal("item", host.Dequeue("", "x-name"));
        Assert.Null(host.Dequeue("", "x-name"));
        await Assert.ThrowsAsync<FilterAssertionException>(() => host.EnqueueAsync("", "other", "item"));
    }

    [Fact]
    public async Task Properties_AreThoseOfTheTest_AndThoseThatTheFilterSets()
    {
        using var host = new TestHost();
        await using var filter = await StartAsync(
            host, ("request_headers", "(drop (call $property (i32.const 0) (i32.const 6) (i32.const 16) (i32.const 5))) (i32.const 0)"));
        await using var stream = filter.SetProperty("source.address", "192.0.2.9:1").OpenStream();
        await stream.RequestHeadersAsync(TestMessage.Get("/path?query"), endOfStream: true);
        Assert.Equal("value", stream.FindProperty("x-name"));
        Assert.Equal("192.0.2.9:1", stream.FindProperty("source.address"));
        Assert.Equal("/path", stream.FindProperty("request.url_path"));
    }

    [Fact]
    public async Task Steps_ThatNoHostWouldTake_AreRefused()
    {
        using var host = new TestHost();
        await using var filter = await StartAsync(host, ("request_headers", "(i32.const 1)"));
        await using var stream = filter.OpenStream();
        await Assert.ThrowsAsync<FilterAssertionException>(() => stream.RequestBodyAsync("first"));
        Assert.Equal(FilterAction.Pause, await stream.RequestHeadersAsync(TestMessage.Request("POST", "/")));
        await Assert.ThrowsAsync<FilterAssertionException>(() => stream.RequestHeadersAsync(TestMessage.Get("/")));
        Assert.Contains("ContinuesBodyWhenHeadersPause", (await Assert.ThrowsAsync<FilterAssertionException>(() => stream.RequestBodyAsync("held"))).Message);
        await stream.CloseAsync();
        await Assert.ThrowsAsync<FilterAssertionException>(() => stream.ResponseHeadersAsync(TestMessage.Response(200)));
    }

    [Fact]
    public async Task Overflow_OfWhatIsHeld_IsAnswered()
    {
        using var host = new TestHost();
        await using var filter = await FilterFixture.StartAsync(
            Encoding.UTF8.GetBytes(HostileFilter.With(callbacks: ("request_body", "(i32.const 1)"))), Verbose with { BufferLimit = 8 }, host);
        await using var stream = filter.OpenStream();
        await stream.RequestHeadersAsync(TestMessage.Request("POST", "/"));
        Assert.Equal(FilterAction.Pause, await stream.RequestBodyAsync("12345678"));
        Assert.Equal(FilterAction.Answer, await stream.RequestBodyAsync("9"));
        Assert.Equal("413", stream.Answer![":status"]);
    }

    [Fact]
    public async Task Trailers_AreShownAndChanged_InBothDirections()
    {
        const string Module = """
            (module
              (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "x-trailervalue")
              (func (export "proxy_abi_version_0_2_1"))
              (func (export "proxy_on_request_trailers") (param i32 i32) (result i32)
                (drop (call $add (i32.const 1) (i32.const 0) (i32.const 9) (i32.const 9) (i32.const 5))) (i32.const 0))
              (func (export "proxy_on_response_trailers") (param i32 i32) (result i32)
                (drop (call $add (i32.const 3) (i32.const 0) (i32.const 9) (i32.const 9) (i32.const 5))) (i32.const 0)))
            """;
        await using var filter = await FilterFixture.StartAsync(Encoding.UTF8.GetBytes(Module));
        await using var stream = filter.OpenStream();
        await stream.RequestHeadersAsync(TestMessage.Request("POST", "/"));
        await stream.RequestBodyAsync("body");
        Assert.Equal(FilterAction.Continue, await stream.RequestTrailersAsync(("checksum", "1")));
        Assert.Equal(["checksum: 1", "x-trailer: value"], stream.Request.Trailers.Select(pair => $"{pair.Key}: {pair.Value}"));
        await Assert.ThrowsAsync<FilterAssertionException>(() => stream.RequestBodyAsync("more"));
        var whole = await filter.SendAsync(
            TestMessage.Request("POST", "/").WithBody("x").WithTrailers(("a", "b")), TestMessage.Response(200).WithTrailers(("grpc-status", "0")), TestContext.Current.CancellationToken);
        Assert.Equal(2, whole.Upstream!.Trailers.Count);
        Assert.Equal(["grpc-status", "x-trailer"], whole.Response!.Trailers.Select(pair => pair.Key));
    }

    [Fact]
    public async Task ConfigurationThatIsRefused_DoesNotStart()
    {
        using var host = new TestHost();
        var refused = await Assert.ThrowsAsync<FilterException>(() => StartAsync(host, ("configure", "(i32.const 0)")));
        Assert.Contains("proxy_on_configure", refused.Message);
    }
}
