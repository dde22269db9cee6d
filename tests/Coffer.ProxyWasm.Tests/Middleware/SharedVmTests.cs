using System.Net;
using System.Text;
using Coffer.ProxyWasm.Testing;

namespace Coffer.ProxyWasm.Tests.Middleware;

/// <summary>Filters of one VM id, which are in one VM.</summary>
public sealed class SharedVmTests
{
    // Counts the requests that its VM has seen, in a header; logs what it is told of roots; traps when it is shown a body; refuses
    // a configuration of one byte and traps at one of two.
    private const string Module = """
        (module
          (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
          (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
          (import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "x-count" "started" "deleted" "tick")
          (global $count (mut i32) (i32.const 0))
          (func $say (param i32 i32) (drop (call $log (i32.const 2) (local.get 0) (local.get 1))))
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
          (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (call $say (i32.const 7) (i32.const 7)) (i32.const 1))
          (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (if (i32.eq (local.get 1) (i32.const 2)) (then (unreachable)))
            (if (i32.eq (local.get 1) (i32.const 3)) (then (drop (call $tick (i32.const 100)))))
            (i32.ne (local.get 1) (i32.const 1)))
          (func (export "proxy_on_tick") (param i32) (call $say (i32.const 21) (i32.const 4)))
          (func (export "proxy_on_delete") (param $context i32) (if (i32.le_u (local.get $context) (i32.const 2)) (then (call $say (i32.const 14) (i32.const 7)))))
          (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (global.set $count (i32.add (global.get $count) (i32.const 1)))
            (i32.store8 (i32.const 64) (i32.add (i32.const 0x30) (global.get $count)))
            (drop (call $add (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 64) (i32.const 1)))
            (i32.const 0))
          (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (unreachable)))
        """;

    private static string Configuration(string first, string second) =>
        $$"""
        {
          "listeners": [ { "address": "127.0.0.1:0", "filters": ["a", "b"] } ],
          "routes": [ { "prefix": "/", "cluster": "main" } ],
          "clusters": { "main": { "destinations": ["$0"] } },
          "filters": {
            "a": { "module": "filter.wat", "workers": 1, "backoff": "1ms", "failure": "reload"{{first}} },
            "b": { "module": "filter.wat", "workers": 1, "backoff": "1ms", "failure": "reload"{{second}} },
          },
        }
        """;

    private static async Task<RealProxy> StartAsync(string first, string second)
    {
        var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        proxy.Write("filter.wat", Encoding.UTF8.GetBytes(Module));
        await proxy.StartAsync(Configuration(first, second));
        return proxy;
    }

    // Values of one name are joined on their way by a comma, with a space or without.
    private static async Task<string> CountsAsync(RealProxy proxy) => (await proxy.GetAsync("/")).Replace(", ", ",");

    [Theory]
    [InlineData(", \"vmId\": \"one\", \"rootId\": \"a\"", ", \"vmId\": \"one\", \"rootId\": \"b\"", "1,2")]
    [InlineData(", \"vmId\": \"one\"", ", \"vmId\": \"two\"", "1,1")]
    [InlineData("", "", "1,1")]
    [InlineData(", \"vmId\": \"one\"", ", \"vmId\": \"one\", \"vmConfiguration\": \"other\"", "1,1")]
    [InlineData(", \"vmId\": \"one\"", ", \"vmId\": \"one\", \"environment\": { \"A\": \"b\" }", "1,1")]
    [InlineData(", \"vmId\": \"one\"", ", \"vmId\": \"one\", \"memory\": \"1MiB\"", "1,1")]
    public async Task Filters_OfOneVmId_AreInOneVm_WhenThatIsTheSame(string first, string second, string counts)
    {
        await using var proxy = await StartAsync(first, second);
        Assert.Contains($"x-count: {counts}\n", await CountsAsync(proxy));
        Assert.True(proxy.Log.Has("a: started") && proxy.Log.Has("b: started"));
    }

    [Fact]
    public async Task Failure_OfTheVm_IsThatOfAllItsFilters_AndEachIsReplaced()
    {
        await using var proxy = await StartAsync(", \"vmId\": \"one\"", ", \"vmId\": \"one\"");
        Assert.Contains("x-count: 1,2\n", await CountsAsync(proxy));
        using var failed = await proxy.Client.PostAsync("/", new StringContent("body"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        Assert.True(proxy.Log.Has("filter a failed: trap") || proxy.Log.Has("filter b failed: trap"));
        Assert.True(proxy.Log.Has("failed with filter"));
        string text;
        do text = await CountsAsync(proxy);
        while (!text.StartsWith("GET", StringComparison.Ordinal));
        // Both are in the same new one.
        Assert.Matches("x-count: [1-9],[1-9]\n", text);
        var counts = text[(text.IndexOf("x-count: ", StringComparison.Ordinal) + 9)..][..3];
        Assert.Equal(counts[0] + 1, counts[2]);
        Assert.Equal((1, 1), (proxy.FilterOf("a").RunningWorkers, proxy.FilterOf("b").RunningWorkers));
    }

    [Fact]
    public async Task Swap_OfOneFilter_KeepsTheVm()
    {
        await using var proxy = await StartAsync(", \"vmId\": \"one\"", ", \"vmId\": \"one\"");
        Assert.Contains("x-count: 1,2\n", await CountsAsync(proxy));
        await proxy.ReloadAsync(Configuration(", \"vmId\": \"one\"", ", \"vmId\": \"one\", \"configuration\": \"other\""));
        Assert.Contains("x-count: 3,4\n", await CountsAsync(proxy));
        await proxy.Log.WaitForAsync("b: deleted");
        await proxy.ReloadAsync(Configuration(", \"vmId\": \"one\"", ", \"vmId\": \"two\""));
        Assert.Contains("x-count: 5,1\n", await CountsAsync(proxy));
    }

    [Fact]
    public async Task Workers_EachHaveAVmForAll()
    {
        await using var proxy = await StartAsync(", \"vmId\": \"one\"", ", \"vmId\": \"one\"");
        await proxy.ReloadAsync(Configuration(", \"vmId\": \"one\"", ", \"vmId\": \"one\"").Replace("\"workers\": 1", "\"workers\": 3"));
        Assert.Equal((3, 3), (proxy.FilterOf("a").RunningWorkers, proxy.FilterOf("b").RunningWorkers));
        var texts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => proxy.GetAsync("/")));
        Assert.All(texts, text => Assert.StartsWith("GET /", text));
    }

    [Fact]
    public async Task Start_ThatIsRefused_LeavesTheOthers_AndOneThatTraps_TakesThemAlong()
    {
        using var host = new TestHost();
        var module = TestProxy.CompileText(Module);
        var options = new FilterOptions { VmId = "one" };
        await using var filter = await FilterFixture.StartAsync(module, options with { Name = "good" }, host);
        await Assert.ThrowsAsync<FilterException>(() => FilterFixture.StartAsync(module, options with { Configuration = new byte[1] }, host));
        Assert.True(filter.IsRunning);
        host.RequireNoFailure();
        await Assert.ThrowsAsync<FilterException>(() => FilterFixture.StartAsync(module, options with { Configuration = new byte[2] }, host));
        Assert.Single(host.Failures);
        host.RequireLogged("filter good failed with filter filter");
        await filter.RestartAsync();
        Assert.NotNull((await filter.SendAsync(TestMessage.Get("/"), TestMessage.Response(200), TestContext.Current.CancellationToken)).Upstream);
    }

    [Fact]
    public async Task Ticks_AreThoseOfTheFilterThatAskedForThem()
    {
        using var host = new TestHost();
        var module = TestProxy.CompileText(Module);
        var options = new FilterOptions { VmId = "one" };
        await using var quiet = await FilterFixture.StartAsync(module, options with { Name = "quiet" }, host);
        var ticking = await FilterFixture.StartAsync(module, options with { Name = "ticking", Configuration = new byte[3] }, host);
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, host.Logs.Count(log => log.Text == "tick"));
        await ticking.DisposeAsync();
        host.RequireLogged("deleted");
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, host.Logs.Count(log => log.Text == "tick"));
        Assert.NotNull((await quiet.SendAsync(TestMessage.Get("/"), TestMessage.Response(200), TestContext.Current.CancellationToken)).Upstream);
    }

    [Fact]
    public async Task Starts_AtTheSameTime_AreInOneVm()
    {
        using var host = new TestHost();
        var module = TestProxy.CompileText(Module);
        var filters = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => FilterFixture.StartAsync(module, new FilterOptions { Name = $"f{i}", VmId = "one" }, host)));
        var counts = new List<string?>();
        foreach (var filter in filters) counts.Add((await filter.SendAsync(TestMessage.Get("/"), TestMessage.Response(200), TestContext.Current.CancellationToken)).Upstream!["x-count"]);
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7", "8"], counts);
        await Task.WhenAll(filters.Select(filter => filter.DisposeAsync().AsTask()));
        await using var next = await FilterFixture.StartAsync(module, new FilterOptions { VmId = "one" }, host);
        Assert.Equal("1", (await next.SendAsync(TestMessage.Get("/"), TestMessage.Response(200), TestContext.Current.CancellationToken)).Upstream!["x-count"]);
    }
}
