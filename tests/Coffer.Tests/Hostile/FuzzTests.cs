using Coffer.Fuzz;

namespace Coffer.Tests.Hostile;

/// <summary>A short run of the fuzzer; <c>tests/Coffer.Fuzz</c> runs for as long as wanted.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Run_GeneratedAndMutatedModules_AgreeAndSurvive()
    {
        // By rounds, so that a faster machine runs the same modules; the time only bounds a slower one.
        var report = new Fuzzer(seed: 2026, TimeSpan.FromSeconds(60), rounds: 400).Run(RealModules());

        Assert.Empty(report.Failures);
        Assert.True(report.Generated > 20, $"only {report.Generated} modules");
        Assert.True(report.Returned > report.Generated / 10, $"only {report.Returned} of {report.Generated} modules returned");
    }

    /// <summary>Small modules of compilers, to be damaged; none where there is no test data.</summary>
    private static List<byte[]> RealModules() => TestData.Root is not { } root ? [] :
        [.. new[] { "bench/endive-corpus", "misc/wazero-regress/fuzzcases" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder), "*.wasm")).Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes).Where(module => module.Length < 4 << 10)];
}
