using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Coffer.Benchmarks.Edge;

/// <summary>
/// <c>coffer serve</c> beside other ways to answer the same requests with the same text: in turns, by one client, so that the
/// ratios hold whatever else the machine does.
/// </summary>
internal static class EdgeBenchmark
{
    private const int Connections = 16, Seconds = 3, Waiting = 400;

    public static async Task<int> RunAsync(string[] words)
    {
        var rounds = words is ["--rounds", var text, ..] ? int.Parse(text, CultureInfo.InvariantCulture) : 5;
        using var places = EdgePeers.Prepare();
        var servers = new List<(string Name, ServerProcess Server)>();
        try
        {
            foreach (var (name, line, path) in places.Servers) servers.Add((name, await ServerProcess.StartAsync(line, path)));
            foreach (var (what, reason) in places.Missing) Console.WriteLine($"{what}: left out, {reason}");
            foreach (var (name, server) in servers) Console.WriteLine($"{name,-34} idle {server.ResidentBytes >> 20,5:N0} MiB resident");
            await ReportRatesAsync(servers, rounds);
            await ReportWaitingAsync(servers);
            return 0;
        }
        finally
        {
            foreach (var (_, server) in servers) server.Dispose();
        }
    }

    private static async Task ReportRatesAsync(List<(string Name, ServerProcess Server)> servers, int rounds)
    {
        foreach (var (_, server) in servers) await Wrk.RunAsync(server, Connections, Seconds);
        var results = servers.Select(_ => new List<(Wrk Load, TimeSpan Processor, long Bytes)>()).ToList();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < servers.Count; i++)
            {
                var before = servers[i].Server.ProcessorTime;
                var load = Wrk.RunAsync(servers[i].Server, Connections, Seconds);
                var bytes = await servers[i].Server.SampleAsync(load);
                results[i].Add((await load, servers[i].Server.ProcessorTime - before, bytes));
            }
        }

        Console.WriteLine($"\n{Connections} connections, {rounds} rounds of {Seconds} s; medians; ratios of each round to that of Kestrel, and their median");
        for (var i = 0; i < servers.Count; i++)
        {
            var ratios = results[i].Zip(results[0], (one, other) => one.Load.Rate / other.Load.Rate).Order().ToList();
            var tails = results[i].Zip(results[0], (one, other) => one.Load.P99 / other.Load.P99).Order().ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{servers[i].Name,-34} {Median(results[i].Select(one => one.Load.Rate)),9:N0} requests/s, {ratios[ratios.Count / 2],6:F3} ({ratios[0]:F3} to {ratios[^1]:F3}); "
                + $"50 % {Median(results[i].Select(one => one.Load.Median)),7:F2} ms, 99 % {Median(results[i].Select(one => one.Load.P99)),7:F2} ms ({tails[tails.Count / 2]:F2}); "
                + $"processor {results[i].Min(one => one.Processor.TotalMicroseconds / Math.Max(1, one.Load.Requests)),7:F1} µs; failed {results[i].Sum(one => one.Load.Failed)}; "
                + $"{Median(results[i].Select(one => one.Bytes / 1048576.0)):F1} MiB meanwhile, by shares; {servers[i].Server.ResidentBytes >> 20} MiB resident after"));
        }
    }

    // Requests whose body does not come keep their guests waiting.
    private static async Task ReportWaitingAsync(List<(string Name, ServerProcess Server)> servers)
    {
        Console.WriteLine($"\n{Waiting} requests that wait for a body");
        foreach (var (name, server) in servers)
        {
            // Kestrel's handler of the comparison does not look at the body.
            if (name.StartsWith("Kestrel", StringComparison.Ordinal)) continue;
            var before = server.ProportionalBytes;
            var sockets = new List<Socket>();
            var content = System.Text.Encoding.ASCII.GetBytes("POST /x HTTP/1.1\r\nHost: benchmark.test\r\nContent-Length: 100000\r\n\r\na");
            for (var i = 0; i < Waiting; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, server.Port);
                await socket.SendAsync(content);
                sockets.Add(socket);
            }

            await Task.Delay(3000);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-34} {server.ProportionalBytes / 1048576.0,7:F1} MiB in all, {(server.ProportionalBytes - before) / 1024.0 / Waiting,7:F1} KiB each, by shares"));
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;
}
