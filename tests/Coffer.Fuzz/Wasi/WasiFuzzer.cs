using System.Diagnostics;

namespace Coffer.Fuzz.Wasi;

/// <summary>What a run of the fuzzer did.</summary>
internal sealed record WasiFuzzReport(int Sequences, long Calls, long Succeeded, IReadOnlyList<string> Failures);

/// <summary>
/// Runs random sequences of calls against folders of the host, in memory and of an overlay, which must all do what the
/// model does, and so the same. Whatever they do: no exception passes, nothing is written outside of what a
/// function was given to write to, no path of the host reaches the guest, nothing outside of the folders changes, no
/// descriptor stays open, and every line of the record is one.
/// </summary>
internal sealed class WasiFuzzer(int seed, TimeSpan time, int rounds = int.MaxValue, int firstRound = 0)
{
    private const int MostFailures = 8, CallsOfASequence = 60, MostReductions = 600;

    private readonly List<string> failures = [];

    public WasiFuzzReport Run()
    {
        using var folders = new HostFolders();
        var watch = Stopwatch.StartNew();
        var (sequences, calls, succeeded) = (0, 0L, 0L);
        for (var round = firstRound; round - firstRound < rounds && watch.Elapsed < time && failures.Count < MostFailures; round++)
        {
            var generator = new CallGenerator(
                new Random(unchecked((seed * 1_000_003) + round)),
                WasiRun.Model(Backing.Host, SeedTree.Model(), SeedTree.Model()));
            var sequence = Enumerable.Range(0, CallsOfASequence).Select(_ => generator.Next()).ToList();
            foreach (var backing in Enum.GetValues<Backing>())
            {
                var run = new WasiRun(folders, backing);
                if (run.Run(sequence) is not null) Fail(folders, backing, sequence, round);
                sequences++;
                calls += sequence.Count;
                succeeded += run.Succeeded;
            }
        }

        return new WasiFuzzReport(sequences, calls, succeeded, failures);
    }

    private void Fail(HostFolders folders, Backing backing, List<WasiCall> sequence, int round)
    {
        var reduced = Reduce(folders, backing, sequence);
        var wrong = new WasiRun(folders, backing).Run(reduced);
        failures.Add($"""
            seed {seed}, round {round}, {backing}: {wrong ?? "it fails only once"}
              {string.Join(Environment.NewLine + "  ", reduced)}
            """);
    }

    // Leaves calls out, many at first, for as long as the rest still fails.
    private static List<WasiCall> Reduce(HostFolders folders, Backing backing, List<WasiCall> sequence)
    {
        var left = MostReductions;
        for (var size = sequence.Count / 2; size > 0; size /= 2)
        {
            for (var start = 0; start < sequence.Count && left > 0;)
            {
                List<WasiCall> shorter = [.. sequence[..start], .. sequence.Skip(start + size)];
                left--;
                if (new WasiRun(folders, backing).Run(shorter) is not null) sequence = shorter;
                else start += size;
            }
        }

        return sequence;
    }
}
