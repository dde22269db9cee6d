using Coffer.Fuzz;

namespace Coffer.Tests.Hostile;

/// <summary>A short run of the fuzzer; <c>tests/Coffer.Fuzz</c> runs for as long as wanted.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Run_GeneratedAndMutatedModules_AgreeAndSurvive()
    {
        // By rounds, so that a faster machine runs the same modules; the time only bounds a slower one.
        var report = new Fuzzer(seed: 2026, TimeSpan.FromSeconds(30), rounds: 400).Run([]);

        Assert.Empty(report.Failures);
        Assert.True(report.Generated > 20, $"only {report.Generated} modules");
        Assert.True(report.Returned > report.Generated / 5, $"only {report.Returned} of {report.Generated} modules returned");
    }
}
