using System.Diagnostics;
using System.Globalization;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Serving;

namespace Coffer.Benchmarks.Filters;

/// <summary>
/// What a filter costs <c>coffer proxy</c>: requests in a second with and without one, in turns, and the processor time that
/// the proxy takes for each.
/// </summary>
internal static class FilterCosts
{
    private const int Connections = 32, Rounds = 7;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(Places places)
    {
        await using var upstream = await BenchmarkUpstream.StartAsync(bytes: 1024);
        var folder = Directory.CreateTempSubdirectory("coffer-filters-");
        var cases = new List<(string What, string? Module, string More)> { ("no filter", null, "") };
        File.WriteAllText(Path.Combine(folder.FullName, "headers.wat"), HeaderFilter);
        cases.Add(("headers alone, no other callback", "headers.wat", ""));
        foreach (var (what, file, more) in TestData)
        {
            if (!File.Exists(Path.Combine(places.TestData, file))) continue;
            File.Copy(Path.Combine(places.TestData, file), Path.Combine(folder.FullName, Path.GetFileName(file)), overwrite: true);
            cases.Add((what, Path.GetFileName(file), more));
        }

        var proxies = new List<ServerProcess>();
        try
        {
            foreach (var (_, module, more) in cases) proxies.Add(await ProxyProcess.StartAsync(folder.FullName, new Uri(upstream.Urls.First()).Port, module, more));
            foreach (var proxy in proxies) await HttpLoad.RunAsync(proxy.Port, Connections, Time);
            var rates = proxies.Select(_ => new List<double>()).ToList();
            var times = proxies.Select(_ => new List<double>()).ToList();
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < proxies.Count; i++)
                {
                    var before = proxies[i].ProcessorTime;
                    var start = Stopwatch.GetTimestamp();
                    var (answered, failed) = await HttpLoad.RunAsync(proxies[i].Port, Connections, Time);
                    if (failed > 0) throw new InvalidOperationException($"{cases[i].What}: {failed} requests failed");
                    rates[i].Add(answered / Stopwatch.GetElapsedTime(start).TotalSeconds);
                    times[i].Add((proxies[i].ProcessorTime - before).TotalMicroseconds / answered);
                }
            }

            for (var i = 0; i < proxies.Count; i++) Report(cases[i].What, rates[i], rates[0], times[i], times[0]);
        }
        finally
        {
            foreach (var proxy in proxies) proxy.Dispose();
            folder.Delete(recursive: true);
        }
    }

    private static readonly (string What, string File, string More)[] TestData =
    [
        ("c_filter (C, body callbacks)", "guests/proxy-wasm/c_filter.wasm", ""),
        ("as_add_header (AssemblyScript, all callbacks)", "guests/proxy-wasm/as_add_header.wasm", ", \"rootId\": \"add_header\""),
        ("add-req-header-v2 (TinyGo, all callbacks)", "proxy-wasm/mosn/internal/e2e/testdata/add-req-header-v2/main.wasm", ""),
    ];

    // Reads a header, adds one to the request and one to the response.
    private const string HeaderFilter =
        """
        (module
          (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
          (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
          (import "env" "proxy_replace_header_map_value" (func $replace (param i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) ":path") (data (i32.const 16) "x-filter") (data (i32.const 32) "on") (data (i32.const 48) "server")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
          (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $get (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 64) (i32.const 68)))
            (drop (call $add (i32.const 0) (i32.const 16) (i32.const 8) (i32.const 32) (i32.const 2)))
            (i32.const 0))
          (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (drop (call $replace (i32.const 2) (i32.const 48) (i32.const 6) (i32.const 32) (i32.const 2)))
            (i32.const 0)))
        """;

    private static void Report(string what, List<double> rates, List<double> baseRates, List<double> times, List<double> baseTimes)
    {
        var ratios = rates.Zip(baseRates, (rate, other) => rate / other).Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-48} {Median(rates),9:N0} requests/s, {100 * (ratios[ratios.Count / 2] - 1),6:F1} % ({100 * (ratios[0] - 1):F1} to {100 * (ratios[^1] - 1):F1}); "
            + $"at least {times.Min(),5:F1} µs of the processor, {times.Min() - baseTimes.Min(),4:F1} more"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
