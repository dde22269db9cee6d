using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Sources;

namespace Coffer.Wasi;

/// <summary>
/// What a guest gets, and where its streams lead. What is not granted it does not have; when nothing is said it has
/// <see cref="CapabilitySet.Default"/>, streams that lead nowhere and no directories. Immutable.
/// </summary>
/// <example>
/// <code>
/// var options = new WasiOptions
/// {
///     Capabilities = CapabilitySet.Default.With(
///         new ArgumentGrant("--verbose"),
///         new DirectoryGrant("./data", "/data") { Access = DirectoryAccess.Read }),
///     StandardOutput = output,
/// };
/// </code>
/// </example>
public sealed record WasiOptions
{
    /// <summary>What the guest was granted.</summary>
    public CapabilitySet Capabilities { get; init; } = CapabilitySet.Default;

    /// <summary>
    /// The name of the program: its first argument, and the name of the module in the audit trail.
    /// </summary>
    public string ProgramName { get; init; } = "program";

    /// <summary>The run or the request, for the audit trail.</summary>
    public string Run { get; init; } = "1";

    /// <summary>Where decisions are recorded; null for nowhere. Not disposed.</summary>
    public AuditTrail? Audit { get; init; }

    /// <summary>
    /// Variables of this run beside those granted, after them: what the guest is told of a request that it serves, say. They are
    /// asked for when the guest first looks at its environment; null for none.
    /// </summary>
    public Func<VariableBlock>? Variables { get; init; }

    /// <summary>Ends the guest's waits for the audit trail; the store has its own cancellation.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Where descriptor 0 reads from. Not disposed.</summary>
    public Stream StandardInput { get; init; } = Stream.Null;

    /// <summary>Where descriptor 1 writes to. Flushed when the guest ends; not disposed.</summary>
    public Stream StandardOutput { get; init; } = Stream.Null;

    /// <summary>Where descriptor 2 writes to. Flushed after every write; not disposed.</summary>
    public Stream StandardError { get; init; } = Stream.Null;

    /// <summary>Which of the standard streams the guest sees as terminals.</summary>
    public TerminalStreams Terminals { get; init; }

    /// <summary>What the real clock is for this guest; null for the system's.</summary>
    public TimeProvider? RealClock { get; init; }

    /// <summary>Where unpredictable random numbers come from; null for the system.</summary>
    public RandomSource? RealRandom { get; init; }

    /// <summary>
    /// The folder of the host from which relative paths in grants start; null for where the process is.
    /// </summary>
    public string? HostFolder { get; init; }

    /// <summary>
    /// Whether a guest without a granted directory <c>/</c> is shown one, last of all, that holds the granted files and
    /// says where the granted directories are. Without it the libraries of guests refuse other absolute paths
    /// themselves, and neither a decision nor a record is made of them.
    /// </summary>
    public bool RootWitness { get; init; } = true;

    /// <summary>How much of the host the guest may use up.</summary>
    public Quotas Quotas { get; init; } = Quotas.Default;
}

/// <summary>Standard streams.</summary>
[Flags]
public enum TerminalStreams
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Descriptor 0.</summary>
    Input = 1,
    /// <summary>Descriptor 1.</summary>
    Output = 2,
    /// <summary>Descriptor 2.</summary>
    Error = 4,
}
