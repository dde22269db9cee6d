using Coffer.Edge.Limits;
using Coffer.Edge.Telemetry;
using Coffer.Plugins.Versions;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Apps;

/// <summary>An app under its name: what stays when its versions change. Thread-safe.</summary>
internal sealed class App(string name, ILogger logger, VersionSlotOptions? replacing = null) : IAsyncDisposable
{
    private readonly VersionSlot<TrafficSplit> serving = new(replacing ?? VersionSlotOptions.Default);
    private long turn;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Where its messages and those of its guests go.</summary>
    public ILogger Logger => logger;

    /// <summary>The version that new requests are served by, but for the share of a candidate; null before there is one.</summary>
    public AppVersion? Current => Peek()?.Stable;

    /// <summary>The version that serves a share of new requests; null when there is none.</summary>
    public AppVersion? Candidate => Peek()?.Candidate;

    /// <summary>Its requests that run and wait.</summary>
    public AdmissionQueue Queue { get; } = new();

    /// <summary>How long its guests compute.</summary>
    public AppPace Pace { get; } = new();

    /// <summary>What is counted.</summary>
    public AppStatistics Statistics { get; } = new();

    /// <summary>The versions, for one request; false when there are none. Dispose the lease when the request is over.</summary>
    public bool TryAcquire(out VersionSlot<TrafficSplit>.Lease lease) => serving.TryAcquire(out lease);

    /// <summary>The version that serves the next request.</summary>
    public AppVersion Pick(TrafficSplit split) => split.Candidate is null ? split.Stable : split.Pick(Interlocked.Increment(ref turn));

    /// <summary>
    /// Lets new requests be served by other versions. When it returns, none begins with the ones before; those that have begun
    /// stay with theirs.
    /// </summary>
    /// <returns>Ends when they are over.</returns>
    public Task Switch(TrafficSplit next) => serving.Swap(next);

    /// <summary>Serves no more requests. Those that have begun go on.</summary>
    public ValueTask DisposeAsync() => serving.DisposeAsync();

    private TrafficSplit? Peek()
    {
        if (!serving.TryAcquire(out var lease)) return null;
        using (lease) return lease.Value;
    }
}
