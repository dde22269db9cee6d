using System.Globalization;
using Coffer.Edge.Ambient;
using Coffer.Edge.Filters;
using Coffer.Server.Proxy;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Benchmarks.Filters;

/// <summary>
/// Exchanges a filter two hundred times while requests pass: how many of them failed, how many were answered by a version
/// that had been replaced before they were sent, and what stays of memory.
/// </summary>
internal static class FilterSwaps
{
    private const int Swaps = 200, Connections = 32;

    public static async Task RunAsync()
    {
        await using var upstream = await BenchmarkUpstream.StartAsync(bytes: 2);
        var folder = Directory.CreateTempSubdirectory("coffer-swaps-");
        var config = Path.Combine(folder.FullName, "proxy.json");
        File.WriteAllText(Path.Combine(folder.FullName, "filter.wat"), Version(0));
        File.WriteAllText(config,
            $$"""
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["swapped"] } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["{{upstream.Urls.First()}}"] } },
              "filters": { "swapped": { "module": "filter.wat" } },
            }
            """);
        await using var proxy = new ProxyServer(new ServerFiles(config), new FilterModules(), NullLoggerProvider.Instance, Stream.Null);
        await proxy.StartAsync(CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(proxy.Addresses[0]) };
        using var stop = new CancellationTokenSource();
        var current = 0;
        long answered = 0, failed = 0, old = 0;
        var load = Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var least = Volatile.Read(ref current);
                using var response = await client.GetAsync("/");
                Interlocked.Increment(ref answered);
                if (!response.IsSuccessStatusCode || !response.Headers.TryGetValues("x-version", out var values)) Interlocked.Increment(ref failed);
                else if (int.Parse(values.Single(), CultureInfo.InvariantCulture) < least) Interlocked.Increment(ref old);
            }
        })).ToArray();
        var memory = new List<long>();
        var assemblies = AppDomain.CurrentDomain.GetAssemblies().Length;
        for (var version = 1; version <= Swaps; version++)
        {
            File.WriteAllText(Path.Combine(folder.FullName, "filter.wat"), Version(version));
            await proxy.ReloadAsync();
            Volatile.Write(ref current, version);
            if (version % (Swaps / 4) == 0)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                GC.Collect();
                memory.Add(Environment.WorkingSet >> 20);
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        for (var i = 0; i < 10; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Swaps} swaps under {Connections} clients: {answered:N0} requests, {failed} failed, {old} answered by an older version; resident after each quarter: {string.Join(", ", memory)} MiB; "
            + $"{AppDomain.CurrentDomain.GetAssemblies().Length - assemblies} assemblies more than before, {GC.GetTotalMemory(false) >> 10} KiB of objects"));
        folder.Delete(recursive: true);
    }

    private static string Version(int version) =>
        $$"""
        (module
          (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "x-version") (data (i32.const 16) "{{version:d4}}")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (drop (call $add (i32.const 2) (i32.const 0) (i32.const 9) (i32.const 16) (i32.const 4))) (i32.const 0)))
        """;
}
