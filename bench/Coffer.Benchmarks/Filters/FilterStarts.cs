using System.Diagnostics;
using System.Globalization;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Serving;

namespace Coffer.Benchmarks.Filters;

/// <summary>
/// How long <c>coffer proxy</c> takes from its start to its first response, with the filter's code by the JIT compiler and made
/// ahead, and what it has in memory then.
/// </summary>
internal static class FilterStarts
{
    private const int Rounds = 5;

    private static readonly (string What, string? File, string More)[] Cases =
    [
        ("no filter", null, ""),
        ("c_filter (C, 30 KB)", "guests/proxy-wasm/c_filter.wasm", ""),
        ("http_headers (Go)", "proxy-wasm/java-host-fixtures/go-examples/http_headers/main.wasm", ", \"configuration\": {\"header\": \"x\", \"value\": \"y\"}"),
        ("envoy_filter_http_wasm_example (C++)", "proxy-wasm/envoy/lib/envoy_filter_http_wasm_example.wasm", ", \"rootId\": \"my_root_id\""),
    ];

    public static async Task RunAsync(Places places)
    {
        await using var upstream = await BenchmarkUpstream.StartAsync(bytes: 2);
        var folder = Directory.CreateTempSubdirectory("coffer-starts-");
        // The user's own cache has no part in this.
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Path.Combine(folder.FullName, "cache"));
        foreach (var (what, file, more) in Cases)
        {
            if (file is not null && !File.Exists(Path.Combine(places.TestData, file))) continue;
            if (file is not null) File.Copy(Path.Combine(places.TestData, file), Path.Combine(folder.FullName, "filter.wasm"), overwrite: true);
            var module = file is null ? null : "filter.wasm";
            var port = new Uri(upstream.Urls.First()).Port;
            // What is made first is not measured.
            if (module is not null) (await ProxyProcess.StartAsync(folder.FullName, port, module, more, "--cache", "wait")).Dispose();
            var jit = new List<(double Milliseconds, long Bytes)>();
            var ahead = new List<(double Milliseconds, long Bytes)>();
            for (var round = 0; round < Rounds; round++)
            {
                jit.Add(await MeasureAsync(() => ProxyProcess.StartAsync(folder.FullName, port, module, more, "--cache", "off")));
                if (module is not null) ahead.Add(await MeasureAsync(() => ProxyProcess.StartAsync(folder.FullName, port, module, more, "--cache", "auto")));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what,-40} first response after {jit.Min(run => run.Milliseconds),6:F0} ms, {jit.Min(run => run.Bytes) >> 20} MiB{(ahead.Count == 0 ? "" : $"; code made ahead {ahead.Min(run => run.Milliseconds),6:F0} ms, {ahead.Min(run => run.Bytes) >> 20} MiB")}"));
        }

        folder.Delete(recursive: true);
    }

    private static async Task<(double Milliseconds, long Bytes)> MeasureAsync(Func<Task<ServerProcess>> start)
    {
        var begin = Stopwatch.GetTimestamp();
        using var server = await start();
        using var connection = await RawConnection.OpenAsync(server.Port);
        var response = await connection.AskAsync(RawConnection.Request("GET", "/"));
        if (!response.Span.StartsWith("HTTP/1.1 200"u8)) throw new InvalidOperationException("The proxy did not answer.");
        return (Stopwatch.GetElapsedTime(begin).TotalMilliseconds, server.ResidentBytes);
    }
}
