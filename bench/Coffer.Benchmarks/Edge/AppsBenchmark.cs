using System.Diagnostics;
using System.Globalization;
using System.Text;
using Coffer.Native;

namespace Coffer.Benchmarks.Edge;

/// <summary>
/// Many apps of one server that nobody asks for: what they take, and how long the first request to one takes. Each has a module of its own, so
/// that none has its code from another. With a folder as second word, modules and native code stay there for the next run.
/// </summary>
internal static class AppsBenchmark
{
    // The bars that idle apps are measured by.
    private const double IdleBytes = 1_000_000, ColdMilliseconds = 30, WarmMilliseconds = 1;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3), StartPatience = TimeSpan.FromMinutes(3);

    public static async Task<int> RunAsync(string[] words)
    {
        var count = words is [var text, ..] ? int.Parse(text, CultureInfo.InvariantCulture) : 1000;
        var kept = words.Length > 1 ? words[1] : null;
        var folder = kept is null ? Directory.CreateTempSubdirectory("coffer-apps-") : Directory.CreateDirectory(kept);
        try
        {
            var modules = await WriteModulesAsync(folder.FullName, count);
            var cache = Path.Combine(folder.FullName, "cache");
            var start = Stopwatch.GetTimestamp();
            Fill(modules, cache);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} modules compiled ahead into a cache within {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s; every app has its own"));
            var alone = await MeasureAsync(folder.FullName, cache, 0, warm: 0, 0);
            Console.WriteLine($"\nwithout these apps {alone >> 20} MiB resident");
            await MeasureAsync(folder.FullName, cache, count, warm: 0, alone);
            await MeasureAsync(folder.FullName, cache, count, warm: 1, alone);
            return 0;
        }
        finally
        {
            if (kept is null) folder.Delete(recursive: true);
        }
    }

    private static async Task<long> MeasureAsync(string folder, string cache, int count, int warm, long alone)
    {
        var start = Stopwatch.GetTimestamp();
        var monitor = ServerProcess.FreePort();
        using var server = await ServerProcess.StartAsync(port => [.. EdgePeers.Serving(Configure(folder, count, warm, port, monitor)), "--cache", cache], "/ready", StartPatience);
        var started = Stopwatch.GetElapsedTime(start);
        await Task.Delay(Rest);
        var (idle, idleAnonymous) = (server.ResidentBytes, server.AnonymousBytes);
        if (count == 0) return idle;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{count} apps with \"warm\": {warm}, started within {started.TotalSeconds:F1} s"));
        Report(warm == 0 ? "resident, not loaded" : "resident, loaded", idle, idleAnonymous);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}"), Timeout = TimeSpan.FromSeconds(60) };
        // The connection is there, and the client's own code is compiled.
        for (var i = 0; i < 200; i++) await client.GetByteArrayAsync(new Uri("/ready", UriKind.Relative));
        var readings = new List<RuntimeReading> { await RuntimeReading.TakeAsync(client, monitor) };
        var first = await AskAsync(client, count);
        readings.Add(await RuntimeReading.TakeAsync(client, monitor));
        var second = await AskAsync(client, count);
        readings.Add(await RuntimeReading.TakeAsync(client, monitor));
        await Task.Delay(Rest);
        Report("resident, each was asked", server.ResidentBytes, server.AnonymousBytes);
        Show(warm == 0 ? "first request, cold" : "first request, warm", first, warm == 0 ? ColdMilliseconds : WarmMilliseconds, readings[1] - readings[0]);
        Show("second request", second, WarmMilliseconds, readings[2] - readings[1]);
        return idle;

        void Report(string what, long bytes, long anonymous)
        {
            var each = (bytes - alone) / (double)count;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-28} {bytes >> 20,6} MiB, {anonymous >> 20,6} MiB of it of no file; {each,9:N0} bytes each (bar {IdleBytes:N0}: {(each <= IdleBytes ? "met" : "missed")})"));
        }
    }

    private static async Task<List<double>> AskAsync(HttpClient client, int count)
    {
        var times = new List<double>(count);
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.GetByteArrayAsync(new Uri($"/{i}", UriKind.Relative));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return times;
    }

    private static void Show(string what, List<double> times, double bar, RuntimeReading meanwhile) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"  {what,-28} median {At(times, 0.5),6:F2} ms, 99 % {At(times, 0.99),6:F2} ms, 99.9 % {At(times, 0.999),6:F2} ms, slowest {times[^1],6:F2} ms (bar {bar}: 99 % {Met(At(times, 0.99), bar)}, slowest {Met(times[^1], bar)}); {meanwhile}"));

    private static string Met(double time, double bar) => time <= bar ? "met" : "missed";

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];

    // The sample, with a section that says which one it is.
    private static async Task<List<byte[]>> WriteModulesAsync(string folder, int count)
    {
        var sample = await File.ReadAllBytesAsync(Path.Combine(EdgePeers.Samples, "hello.wasm"));
        var modules = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            var number = Encoding.ASCII.GetBytes(i.ToString("D6", CultureInfo.InvariantCulture));
            byte[] module = [.. sample, 0, (byte)(number.Length + 1), (byte)number.Length, .. number];
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{i}.wasm"), module);
            modules.Add(module);
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, "ready.wasm"), sample);
        return modules;
    }

    private static void Fill(List<byte[]> modules, string cache)
    {
        var loader = new ModuleLoader(new Engine(new EngineOptions { AllowNativeCode = true }), new NativeOptions { Policy = NativePolicy.Always, CacheFolder = cache, Threads = 1 });
        Parallel.ForEach(modules, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, module => loader.Load(module));
    }

    private static string Configure(string folder, int count, int warm, int port, int monitor)
    {
        var apps = Enumerable.Range(0, count).Select(i => $"\"app-{i}\": {{ \"module\": \"{i}.wasm\", \"routes\": [\"/{i}\"], \"warm\": {warm} }}");
        var path = Path.Combine(folder, "coffer.json");
        File.WriteAllText(path, $$"""
            { "listeners": [{ "address": "127.0.0.1:{{port}}" }], "monitor": { "address": "127.0.0.1:{{monitor}}" }, "idleTime": "1h",
              "apps": { {{string.Join(",\n", apps.Append("\"ready\": { \"module\": \"ready.wasm\", \"routes\": [\"/ready\"] }"))}} } }
            """);
        return path;
    }
}
