using Coffer.Fuzz;

namespace Coffer.Tests.Hostile;

/// <summary>A short run of the fuzzer; <c>tests/Coffer.Fuzz</c> runs for as long as wanted.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Run_GeneratedAndMutatedModules_AgreeAndSurvive()
    {
        // By rounds, so that a faster machine runs the same modules; the time only bounds a slower one.
        var report = new Fuzzer(new FuzzSettings(2026, TimeSpan.FromSeconds(60)) { Rounds = 250 }).Run(RealModules());

        Assert.Empty(report.Failures);
        Assert.True(report.Generated > 20, $"only {report.Generated} modules");
        Assert.True(report.Returned > report.Generated / 10, $"only {report.Returned} of {report.Generated} modules returned");
    }

    /// <summary>
    /// Rounds that differed from V8 once: a comparison of a rotation (4187), NaNs that a local kept as the engine made them
    /// (3018, 3343, 4359), an export of the wrong function (2370).
    /// </summary>
    [Theory]
    [InlineData(2370)]
    [InlineData(3018)]
    [InlineData(3343)]
    [InlineData(4187)]
    [InlineData(4359)]
    public void Run_RoundThatDiffered_Agrees(int round)
    {
        var settings = new FuzzSettings(77, TimeSpan.FromSeconds(60)) { Rounds = 1, FirstRound = round, Shape = GuestShape.Plain };

        Assert.Empty(new Fuzzer(settings).Run([]).Failures);
    }

    /// <summary>Small modules of compilers, to be damaged; none where there is no test data.</summary>
    private static List<byte[]> RealModules() => TestData.Root is not { } root ? [] :
        [.. new[] { "bench/endive-corpus", "misc/wazero-regress/fuzzcases" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder), "*.wasm")).Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes).Where(module => module.Length < 4 << 10)];
}
