using Coffer.Fuzz;

namespace Coffer.Native.Tests;

/// <summary>Generated modules by native code, beside the JIT compiler's and V8; <c>tests/Coffer.Fuzz --native</c> runs for as long as wanted.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Run_GeneratedModulesByNativeCode_Agree()
    {
        Bench.RequireCompiler();
        using var cache = new NativeCache();

        var report = new Fuzzer(new FuzzSettings(2026, TimeSpan.FromMinutes(2)) { Rounds = 25, Native = cache.Options }).Run([]);

        Assert.Empty(report.Failures);
        Assert.True(report.Returned > 3, $"only {report.Returned} of {report.Generated} modules returned");
    }
}
