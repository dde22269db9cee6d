using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Edge.Limits;

namespace Coffer.Edge.Apps;

/// <summary>How the requests of an app are served. Immutable.</summary>
public sealed record AppOptions
{
    /// <summary>
    /// What an app has when nothing is said of a kind of grant: the streams, which are the request and the answer, the real
    /// clocks and unpredictable random numbers.
    /// </summary>
    public static CapabilitySet StandardCapabilities { get; } = new(
        new StreamGrant(StandardStream.Input),
        new StreamGrant(StandardStream.Output),
        new StreamGrant(StandardStream.Error),
        new ClockGrant(GuestClock.Wall),
        new ClockGrant(GuestClock.Monotonic),
        new RandomGrant());

    /// <summary>What its guests are granted.</summary>
    public CapabilitySet Capabilities { get; init; } = StandardCapabilities;

    /// <summary>How much of the host a request may use up.</summary>
    public Quotas Quotas { get; init; } = Quotas.Default;

    /// <summary>How much a request may use.</summary>
    public RequestLimits Limits { get; init; } = RequestLimits.Default;

    /// <summary>The folder of the host from which relative paths in grants start; null for where the process is.</summary>
    public string? HostFolder { get; init; }

    /// <summary>
    /// The <c>fastly.toml</c> of a program for Fastly Compute, with its backends and stores; null for none. Relative paths start
    /// from <see cref="HostFolder"/>.
    /// </summary>
    public string? FastlyManifest { get; init; }

    /// <summary>
    /// How many requests one instance serves; 1 for a fresh sandbox for each. With more, what a request leaves in the memory is
    /// there for the next one.
    /// </summary>
    public int RequestsPerInstance { get; init; } = 1;

    /// <summary>
    /// 0 for an app that is compiled when the first request comes and forgotten when none has come for a while; else it is
    /// ready before it serves.
    /// </summary>
    public int Warm { get; init; } = 1;

    /// <summary>The grants, with the standard of each kind of which nothing is said.</summary>
    public static CapabilitySet WithStandard(IReadOnlyList<Grant> granted)
    {
        ArgumentNullException.ThrowIfNull(granted);
        return new CapabilitySet([.. StandardCapabilities.Grants.Where(grant => granted.All(other => other.Kind != grant.Kind)), .. granted]);
    }
}
