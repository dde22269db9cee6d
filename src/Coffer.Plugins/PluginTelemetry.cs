using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace Coffer.Plugins;

/// <summary>
/// What all plugins of the process tell of themselves, under one name: a <see cref="Meter"/> and an
/// <see cref="ActivitySource"/>.
/// </summary>
public static class PluginTelemetry
{
    /// <summary>The name of both.</summary>
    public const string Name = "Coffer.Plugins";

    private static readonly string? Version = typeof(PluginTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    internal static readonly ActivitySource Activities = new(Name, Version);

    private static readonly Meter Meter = new(Name, Version);

    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("coffer.plugin.call.duration", "s", "How long calls of plugins took.");

    private static readonly Counter<long> Failed = Meter.CreateCounter<long>("coffer.plugin.call.failures", "{call}", "Calls of plugins that had no answer.");

    private static readonly Counter<long> Swapped = Meter.CreateCounter<long>("coffer.plugin.swaps", "{swap}", "Versions of plugins that were put in.");

    internal static bool IsTimed => Durations.Enabled;

    internal static void Ended(string plugin, long started, PluginFailure? failure)
    {
        if (failure is { } why) Failed.Add(1, new("coffer.plugin", plugin), new("coffer.failure", why.ToString()));
        if (Durations.Enabled && started != 0) Durations.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("coffer.plugin", plugin));
    }

    internal static void Swap(string plugin, bool succeeded) => Swapped.Add(1, new("coffer.plugin", plugin), new("coffer.succeeded", succeeded));

    internal static Activity? Begin(string plugin, string function)
    {
        if (!Activities.HasListeners()) return null;
        var activity = Activities.StartActivity("coffer.plugin.call");
        activity?.SetTag("coffer.plugin", plugin);
        activity?.SetTag("coffer.function", function);
        return activity;
    }
}
