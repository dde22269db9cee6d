using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Wasi;

namespace Coffer.Fastly.Running;

/// <summary>WASI for the runs of one application: what was granted, and the variables that programs for Fastly read.</summary>
internal sealed class WasiEnvironment
{
    private const string TraceId = "FASTLY_TRACE_ID";

    // What a program sees where there is no service: the same as when it is tested locally.
    private static readonly EnvironmentGrant[] Variables =
    [
        new("FASTLY_CACHE_GENERATION", "0"),
        new("FASTLY_CUSTOMER_ID", "0000000000000000000000"),
        new("FASTLY_POP", "XXX"),
        new("FASTLY_REGION", "Somewhere"),
        new("FASTLY_SERVICE_ID", "0000000000000000000000"),
        new("FASTLY_SERVICE_VERSION", "0"),
        new("FASTLY_HOSTNAME", "localhost"),
        new("FASTLY_IS_STAGING", "0"),
    ];

    private readonly FastlyServices services;
    private readonly CapabilitySet capabilities;
    private readonly bool hasTraceId;

    public WasiEnvironment(FastlyServices services)
    {
        this.services = services;
        capabilities = new CapabilitySet([.. Variables]).Override(services.Capabilities.Grants.Where(grant => grant is not HttpGrant));
        hasTraceId = capabilities.Grants.Any(grant => grant is EnvironmentGrant { Name: TraceId });
    }

    public WasiHost HostFor(FastlySession session, string requestId) => new(new WasiOptions
    {
        ProgramName = services.App,
        Run = requestId,
        Audit = services.Audit,
        Cancellation = session.Cancellation,
        Capabilities = hasTraceId ? capabilities : capabilities.With(new EnvironmentGrant(TraceId, requestId)),
        StandardOutput = session.Log.ToStream("stdout"),
        StandardError = session.Log.ToStream("stderr"),
        RealClock = services.Time,
        RootWitness = false,
    });
}
