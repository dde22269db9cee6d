using Coffer.Benchmarks.Engines;

namespace Coffer.Benchmarks.Suite;

/// <summary>Programs that come without an expected output must print the same on every engine.</summary>
internal static class OutputAgreement
{
    /// <summary>The times, without those of engines that print something else than the baseline.</summary>
    public static ModuleTimes Check(GuestModule module, ModuleTimes times, string baseline)
    {
        if (module.HasExpectation || times.Engines.GetValueOrDefault(baseline) is not { Failure: null } expected) return times;
        var engines = times.Engines.ToDictionary(
            pair => pair.Key,
            pair => pair.Value.Failure is null && pair.Value.Output != expected.Output
                ? pair.Value with { Failure = "its output differs from V8's, and none is expected" }
                : pair.Value);
        return times with { Engines = engines };
    }
}
