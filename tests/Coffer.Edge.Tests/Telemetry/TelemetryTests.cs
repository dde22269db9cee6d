using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Coffer.Edge.Tests.Telemetry;

public sealed class TelemetryTests
{
    private static Task<TestEdge> StartAsync(string program) => TestEdge.StartAsync(
        """
        { "listeners": [{ "address": "127.0.0.1:0" }], "monitor": { "address": "127.0.0.1:0" }, "accessLog": "-",
          "apps": { "app": { "module": "app.wat", "routes": ["/"] } } }
        """, ("app.wat", program));

    [Fact]
    public async Task Monitor_TellsOfTheServer()
    {
        await using var edge = await StartAsync(Programs.Printing("Content-Type: text/plain\n\nhi"));
        using var monitor = new HttpClient { BaseAddress = new Uri(edge.Server.Addresses[^1]) };
        Assert.Equal("live\n", await monitor.GetStringAsync("/live"));
        Assert.Equal("ready\n", await monitor.GetStringAsync("/ready"));
        for (var i = 0; i < 3; i++) await edge.Client.GetStringAsync("/");
        const string counted = "coffer_edge_requests_total\\{[^}]*app=\"app\"[^}]*status=\"2xx\"[^}]*\\} 3";
        Assert.Matches(counted, await MetricsAsync(monitor, counted));
        using var other = await edge.Client.GetAsync("/live");
        Assert.Equal("hi", await other.Content.ReadAsStringAsync());
    }

    // A request is counted behind its response, which the client may have before.
    private static async Task<string> MetricsAsync(HttpClient monitor, string awaited)
    {
        var patience = Stopwatch.StartNew();
        string metrics;
        do metrics = await monitor.GetStringAsync("/metrics");
        while (!Regex.IsMatch(metrics, awaited) && patience.Elapsed < TimeSpan.FromSeconds(10));
        return metrics;
    }

    [Fact]
    public async Task AccessLog_ALineForEachRequest()
    {
        var edge = await StartAsync(Programs.Running("unreachable"));
        using (await edge.Client.GetAsync("/a?b"))
        {
        }

        await edge.DisposeAsync();
        var line = JsonDocument.Parse(Encoding.UTF8.GetString(edge.Output.ToArray()).Trim()).RootElement;
        Assert.Equal("/a?b", line.GetProperty("path").GetString());
        Assert.Equal(500, line.GetProperty("status").GetInt32());
        Assert.Equal("app", line.GetProperty("app").GetString());
        Assert.Equal("trap", line.GetProperty("fault").GetString());
        Assert.True(line.GetProperty("guestMs").GetDouble() >= 0);
    }

    [Fact]
    public async Task Denial_IsCountedAndLoggedWithItsRemedy()
    {
        const string open = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 64) "Content-Type: text/plain\n\n") (data (i32.const 128) "new")
              (func (export "_start")
                (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 128) (i32.const 3) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
                (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 26))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
            """;
        await using var edge = await TestEdge.OfAppAsync(open, "\"grants\": { \"directories\": [\".::/data:ro\"] }");
        await edge.Client.GetStringAsync("/");
        await edge.Log.WaitForAsync("denied path_open");
        Assert.Equal(1, edge.Server.Apps.All.Single().Statistics.Denials);
    }
}
