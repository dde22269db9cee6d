using System.Globalization;

namespace Coffer.Benchmarks.Edge;

/// <summary>What the runtime of a server has done since it started, as its monitoring tells.</summary>
/// <param name="Collections">Collections of generations 0, 1 and 2.</param>
/// <param name="PauseMilliseconds">How long all threads were stopped for them.</param>
/// <param name="Compiled">Methods that the JIT compiler made.</param>
internal sealed record RuntimeReading(int[] Collections, double PauseMilliseconds, long Compiled)
{
    private const string OfGeneration = "gc_heap_generation=\"gen";

    // What monitoring answers is an answer of up to 300 ms before.
    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(500);

    public static async Task<RuntimeReading> TakeAsync(HttpClient client, int monitor)
    {
        await Task.Delay(Freshness);
        var collections = new int[3];
        var (pause, compiled) = (0.0, 0L);
        foreach (var line in (await client.GetStringAsync(new Uri($"http://127.0.0.1:{monitor}/metrics"))).Split('\n'))
        {
            if (!line.StartsWith("dotnet_", StringComparison.Ordinal)) continue;
            var end = line.Contains('}') ? line.LastIndexOf('}') : line.IndexOf(' ', StringComparison.Ordinal);
            var value = double.Parse(line[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
            if (line.StartsWith("dotnet_gc_collections_total", StringComparison.Ordinal)) collections[line[line.IndexOf(OfGeneration, StringComparison.Ordinal) + OfGeneration.Length] - '0'] = (int)value;
            else if (line.StartsWith("dotnet_gc_pause_time_seconds_total", StringComparison.Ordinal)) pause = value * 1000;
            else if (line.StartsWith("dotnet_jit_compiled_methods_total", StringComparison.Ordinal)) compiled = (long)value;
        }

        return new RuntimeReading(collections, pause, compiled);
    }

    public static RuntimeReading operator -(RuntimeReading later, RuntimeReading before) => new(
        [.. later.Collections.Zip(before.Collections, (one, other) => one - other)], later.PauseMilliseconds - before.PauseMilliseconds, later.Compiled - before.Compiled);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"meanwhile {string.Join(" + ", Collections)} collections, stopped for {PauseMilliseconds:F1} ms in all, {Compiled} methods compiled");
}
