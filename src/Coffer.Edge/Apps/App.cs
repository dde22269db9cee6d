using Coffer.Edge.Limits;
using Coffer.Edge.Telemetry;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Apps;

/// <summary>An app under its name: what stays when its versions change. Thread-safe.</summary>
internal sealed class App(string name, ILogger logger)
{
    private volatile AppVersion? current;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Where its messages and those of its guests go.</summary>
    public ILogger Logger => logger;

    /// <summary>The version that new requests are served by; null before there is one.</summary>
    public AppVersion? Current => current;

    /// <summary>Its requests that run and wait.</summary>
    public AdmissionQueue Queue { get; } = new();

    /// <summary>What is counted.</summary>
    public AppStatistics Statistics { get; } = new();

    /// <summary>Lets new requests be served by another version. Those that have begun stay with theirs.</summary>
    /// <returns>The version before; dispose it.</returns>
    public AppVersion? Switch(AppVersion? version) => Interlocked.Exchange(ref current!, version);
}
