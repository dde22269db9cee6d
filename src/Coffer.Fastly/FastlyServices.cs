using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Fastly.Rates;
using Coffer.Stores;

namespace Coffer.Fastly;

/// <summary>What an application uses of its host, beside its configuration. Immutable; what it names is not disposed.</summary>
public sealed record FastlyServices
{
    /// <summary>The name of the application: its stores are opened by it, and it is in the audit trail.</summary>
    public string App { get; init; } = "app";

    /// <summary>
    /// What the guest was granted: WASI (clocks, random numbers, variables), and where the backends that it registers itself
    /// may lead. Backends of the configuration need no grant.
    /// </summary>
    public CapabilitySet Capabilities { get; init; } = CapabilitySet.Default;

    /// <summary>Where decisions about the guest are recorded; null for nowhere.</summary>
    public AuditTrail? Audit { get; init; }

    /// <summary>
    /// Where the key-value stores of the configuration are; null for a database in memory. What the configuration puts into
    /// them is put where the key is not there yet.
    /// </summary>
    public KeyValueDatabase? KeyValues { get; init; }

    /// <summary>The cache; null for one by itself.</summary>
    public ObjectCache? Cache { get; init; }

    /// <summary>Rate counters and penalty boxes; null for some by themselves.</summary>
    public RateLimits? Rates { get; init; }

    /// <summary>Where the guest's log messages go.</summary>
    public FastlyLog Log { get; init; } = FastlyLog.None;

    /// <summary>The clock of waits, ages and rates.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
