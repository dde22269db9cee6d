using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Wasi;

namespace Coffer.Fastly.Running;

/// <summary>WASI for the runs of one application: what was granted, and the variables that programs for Fastly read.</summary>
internal sealed class WasiEnvironment
{
    private const string TraceId = "FASTLY_TRACE_ID";

    // What a program sees where there is no service: the same as when it is tested locally.
    private static readonly KeyValuePair<string, string>[] Variables =
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

    public WasiEnvironment(FastlyServices services)
    {
        this.services = services;
        capabilities = new CapabilitySet(services.Capabilities.Grants.Where(grant => grant is not HttpGrant));
    }

    public WasiHost HostFor(FastlySession session, string requestId) => new(new WasiOptions
    {
        ProgramName = services.App,
        Run = requestId,
        Audit = services.Audit,
        Cancellation = session.Cancellation,
        Capabilities = capabilities,
        // Those that were granted come first.
        Variables = () => VariablesOf(requestId),
        StandardOutput = session.Log.ToStream("stdout"),
        StandardError = session.Log.ToStream("stderr"),
        RealClock = services.Time,
        RootWitness = false,
    });

    private static VariableBlock VariablesOf(string requestId)
    {
        var block = new VariableBlock();
        foreach (var (name, value) in Variables) block.Add(name, value);
        block.Add(TraceId, requestId);
        return block;
    }
}
