using Coffer.Server.Proxy.Configuration;

namespace Coffer.Server.Proxy;

/// <summary>Where clusters are, for what is sent to them outside of YARP: each destination in turn. Thread-safe.</summary>
internal sealed class Destinations(IReadOnlyDictionary<string, ClusterConfiguration> clusters)
{
    private readonly Dictionary<string, int> next = [];

    /// <summary>A destination of a cluster; null when there is no such cluster.</summary>
    public Uri? Of(string cluster)
    {
        if (!clusters.TryGetValue(cluster, out var found)) return null;
        if (found.Destinations.Count == 1) return found.Destinations[0];
        lock (next)
        {
            var index = next.GetValueOrDefault(cluster);
            next[cluster] = (index + 1) % found.Destinations.Count;
            return found.Destinations[index];
        }
    }
}
