using Coffer.Fuzz.Wasi;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>A short run of the fuzzer of WASI; <c>tests/Coffer.Fuzz</c> runs for as long as wanted.</summary>
public sealed class WasiFuzzTests
{
    [Fact]
    public void Run_RandomCalls_DoWhatTheModelDoesInEveryFileSystem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the model has the rules of Linux");
        // By rounds, so that a faster machine makes the same calls; the time only bounds a slower one.
        var report = new WasiFuzzer(seed: 2026, TimeSpan.FromSeconds(15), rounds: 60).Run();

        Assert.Empty(report.Failures);
        Assert.True(report.Sequences > 40, $"only {report.Sequences} sequences");
        Assert.True(report.Succeeded > report.Calls / 10, $"only {report.Succeeded} of {report.Calls} calls succeeded");
    }
}
