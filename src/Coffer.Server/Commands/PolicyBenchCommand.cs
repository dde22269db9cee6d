using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Coffer.Opa.Decisions;
using Coffer.Opa.Values;
using Coffer.Server.Policies;

namespace Coffer.Server.Commands;

/// <summary><c>coffer policy bench</c>: what a decision costs, and whether replacing policies costs any.</summary>
internal static class PolicyBenchCommand
{
    private const int Batch = 1_000;

    public static Command Create()
    {
        var source = new PolicySource();
        var path = new Argument<string>("path") { Description = "The rule, such as example/allow" };
        var input = new Option<string?>(
            "--input", "-i") { Description = "The input, a file of JSON; - for standard input", HelpName = "file" };
        var seconds = new Option<double>("--seconds") { Description = "How long to decide", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>(
            "--threads") { Description = "Threads that decide at once", DefaultValueFactory = _ =>
                Environment.ProcessorCount };
        var swaps = new Option<int>(
            "--swaps") { Description = "How often to replace the policies meanwhile", DefaultValueFactory = _ => 0 };
        var command = new Command(
            "bench", "Decide again and again, and print the time of a decision.") { path, input, seconds, threads, swaps };
        source.AddTo(command);
        command.SetAction((result, cancellation) => PolicyRun.GuardAsync(result, async () =>
        {
            var service = new DecisionService(source.Load(result));
            await using var _ = service.ConfigureAwait(false);
            var document = result.GetValue(input) is { } file ? PolicySource.ReadDocument(file) : null;
            var rule = result.GetRequiredValue(path).Trim('/');
            var wanted = service.Decide(rule, document).Value;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var workers = Enumerable.Range(0, Math.Max(1, result.GetValue(threads)))
                .Select(_ => Task.Run(() => Decide(service, rule, document, wanted, stop.Token), CancellationToken.None))
                    .ToArray();
            var replaced = await SwapAsync(service, () => source.Load(result), result.GetValue(swaps), cancellation)
                .ConfigureAwait(false);
            if (replaced == 0) await Task.Delay(TimeSpan.FromSeconds(result.GetValue(seconds)), cancellation)
                .ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            var measured = await Task.WhenAll(workers).ConfigureAwait(false);
            var times = measured.SelectMany(worker => worker.Microseconds).Order().ToList();
            var (decisions, failed) = (measured.Sum(worker => worker.Decisions), measured.Sum(worker => worker.Failed));
            await result.InvocationConfiguration.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{decisions} decisions, {failed} failed or different; µs a decision, by {Batch}: median {times[times.Count / 2]:0.00}, best {times[0]:0.00}, worst {times[^1]:0.00}")).ConfigureAwait(false);
            if (replaced > 0)
            {
                // Code that was compiled goes when nothing refers to it any more, which takes some collections to find out.
                for (var i = 0; i < 5; i++)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }

                await result.InvocationConfiguration.Output.WriteLineAsync(
                    $"{replaced} swaps; {GC.GetTotalMemory(forceFullCollection: true) >> 20} MB of managed memory, {Environment.WorkingSet >> 20} MB resident").ConfigureAwait(false);
            }

            return failed == 0 ? ServerExit.Success : ServerExit.Failed;
        }));
        return command;
    }

    private static async Task<int> SwapAsync(
        DecisionService service, Func<Opa.PolicySet> load, int swaps, CancellationToken cancellation)
    {
        for (var i = 0; i < swaps; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            await service.Swap(load()).ConfigureAwait(false);
        }

        return swaps;
    }

    private static (long Decisions, long Failed, List<double> Microseconds) Decide(
        DecisionService service, string path, RegoValue? input, RegoValue? wanted, CancellationToken stop)
    {
        var (decisions, failed, times) = (0L, 0L, new List<double>());
        while (!stop.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Batch; i++)
            {
                try
                {
                    if (service.Decide(path, input, cancellation: CancellationToken.None).Value != wanted) failed++;
                }
                catch (Opa.PolicyException)
                {
                    failed++;
                }
            }

            decisions += Batch;
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / Batch);
        }

        return (decisions, failed, times);
    }
}
