using System.Diagnostics;
using System.Globalization;
using Coffer.Plugins;

namespace Coffer.Benchmarks.Plugins;

/// <summary>
/// Swaps a plugin again and again while all processors call it: no call may fail, none may be answered by a version that was
/// replaced before it began, and nothing of the versions may stay in memory.
/// </summary>
internal static class PluginSwaps
{
    private const int Swaps = 200, Rounds = 4;

    public static async Task<int> RunAsync()
    {
        await using var host = new PluginHost();
        var options = new PluginOptions { KeptVersions = 0, Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromSeconds(10) } };
        var plugin = await host.LoadAsync("echo", PluginSource.FromText(EchoPlugin.Text(1)), options);

        // What a process has once it has done everything a few times.
        for (var i = 2; i <= 20; i++) await await plugin.SwapAndDrainAsync(PluginSource.FromText(EchoPlugin.Text(i)));
        var failures = 0L;
        for (var round = 1; round <= Rounds; round++) failures += await RoundAsync(plugin);
        return failures == 0 ? 0 : 1;
    }

    /// <summary>All swaps once; how many calls had no answer, or one of an old version.</summary>
    private static async Task<long> RoundAsync(Plugin plugin)
    {
        var before = Footprint();
        var (floor, isOver, calls, failed, old) = (plugin.ActiveVersion, false, 0L, 0L, 0L);
        var callers = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    var lowest = Volatile.Read(ref floor);
                    try
                    {
                        var answer = plugin.Call("version");
                        if (BitConverter.ToInt64(answer.Output.Span) < lowest) Interlocked.Increment(ref old);
                    }
                    catch (PluginException)
                    {
                        Interlocked.Increment(ref failed);
                    }

                    Interlocked.Increment(ref calls);
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();

        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Swaps; i++)
        {
            var next = plugin.ActiveVersion + 1;
            await plugin.SwapAsync(PluginSource.FromText(EchoPlugin.Text((int)next)));
            Volatile.Write(ref floor, next);
        }

        var took = Stopwatch.GetElapsedTime(start);
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(callers);
        var after = Footprint();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Swaps} swaps in {took.TotalSeconds:F1} s under {calls / took.TotalSeconds:N0} calls a second: {failed} failed, {old} answered by an old version"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"managed heap {before.Heap / 1048576.0:F1} MiB before, {after.Heap / 1048576.0:F1} after; resident {before.Resident / 1048576.0:F1} before, {after.Resident / 1048576.0:F1} after; {before.Images} images of modules before, {after.Images} after"));
        return failed + old;
    }

    /// <summary>What is left after collections that unload what nobody uses any more.</summary>
    private static (long Heap, long Resident, int Images) Footprint()
    {
        for (var i = 0; i < 10; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(50);
        }

        using var process = Process.GetCurrentProcess();
        var images = AppDomain.CurrentDomain.GetAssemblies().Count(assembly => assembly.IsCollectible);
        return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64, images);
    }
}
