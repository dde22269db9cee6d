using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Coffer.Opa.Decisions;

/// <summary>What decisions tell meters, all under the name <c>Coffer.Opa</c>.</summary>
internal static class DecisionTelemetry
{
    private static readonly Meter Meter = new("Coffer.Opa");
    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>(
        "coffer.opa.decision.duration", "s", "Time of a decision");
    private static readonly Counter<long> BuiltinErrors = Meter.CreateCounter<long>(
        "coffer.opa.builtin.errors", "{error}", "Failures of builtins that made their calls undefined");
    private static readonly Counter<long> Swaps = Meter.CreateCounter<long>(
        "coffer.opa.swaps", "{swap}", "Policies that were replaced");

    public static void Decided(string path, string outcome, TimeSpan duration, int builtinErrors)
    {
        if (Durations.Enabled) Durations.Record(
            duration.TotalSeconds, new TagList { { "path", path }, { "outcome", outcome } });
        if (builtinErrors > 0) BuiltinErrors.Add(builtinErrors, new TagList { { "path", path } });
    }

    public static void Swapped() => Swaps.Add(1);
}
