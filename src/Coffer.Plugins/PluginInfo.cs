using System.Collections.Immutable;
using Coffer.Plugins.Versions;

namespace Coffer.Plugins;

/// <summary>A plugin as it was when it was asked for. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">Its versions, oldest first; their labels are digests.</param>
/// <param name="Counters">What has become of its calls.</param>
public sealed record PluginInfo(string Name, ImmutableArray<VersionInfo> Versions, PluginCounters Counters)
{
    /// <summary>The version that takes calls, or null.</summary>
    public VersionInfo? Active => Versions.FirstOrDefault(version => version.State == VersionState.Active);
}

/// <summary>What has become of the calls of a plugin, of all its versions together. Immutable.</summary>
/// <param name="Calls">Calls that ran or were refused.</param>
/// <param name="Failures">Of them, those that had no answer.</param>
/// <param name="Skipped">Of the failures, those that went on without the plugin, since it fails open.</param>
/// <param name="Rejected">Of the failures, those that were not tried: too many waited, or nothing served.</param>
/// <param name="Running">Calls under way.</param>
/// <param name="FailedLoads">Versions that never took a call, since they did not compile, link, start or answer their probes.</param>
public readonly record struct PluginCounters(long Calls, long Failures, long Skipped, long Rejected, long Running, long FailedLoads);
