using System.Collections.Immutable;
using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Plugins.Versions;

namespace Coffer.Plugins;

/// <summary>How a plugin is run. Immutable.</summary>
public sealed record PluginOptions
{
    /// <summary>The options used when none are given.</summary>
    public static PluginOptions Default { get; } = new();

    /// <summary>What it may use up.</summary>
    public PluginLimits Limits { get; init; } = PluginLimits.Default;

    /// <summary>What it may touch.</summary>
    public CapabilitySet Grants { get; init; } = CapabilitySet.Default;

    /// <summary>Where decisions about its grants are recorded; null for nowhere. Not disposed.</summary>
    public AuditTrail? Audit { get; init; }

    /// <summary>How long its sandboxes live.</summary>
    public InstancePolicy Instances { get; init; }

    /// <summary>
    /// Whether sandboxes begin where the first one was after its start: what initializes a language is done once, when the
    /// version is loaded, and each fresh sandbox has the result. For plugins of one module whose start asks the host for
    /// nothing that differs from one to the next.
    /// </summary>
    public bool StartsInitialized { get; init; }

    /// <summary>After how many calls a kept sandbox is replaced by a new one; 0 for never.</summary>
    public int CallsPerInstance { get; init; }

    /// <summary>What happens to a call when it fails.</summary>
    public FailurePolicy FailurePolicy { get; init; } = FailurePolicy.FailReload;

    /// <summary>
    /// How often sandboxes are started again after failures: with pooled sandboxes and fresh ones, after more than five without an
    /// answer in between. Calls that find none meanwhile are refused (<see cref="PluginFailure.Unavailable"/>).
    /// </summary>
    public RestartBackoffOptions Restarts { get; init; } = RestartBackoffOptions.Default;

    /// <summary>When calls are refused because too many fail; null for never.</summary>
    public PluginBreaker? Breaker { get; init; } = PluginBreaker.Default;

    /// <summary>The functions that the host offers to it, beside those of the Extism kernel and WASI.</summary>
    public ImmutableArray<PluginFunction> Functions { get; init; } = [];

    /// <summary>Its settings, which it reads by name.</summary>
    public ImmutableDictionary<string, string> Config { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The calls that a new version must answer before it takes traffic; also what warms it up.</summary>
    public ImmutableArray<PluginProbe> Probes { get; init; } = [];

    /// <summary>Whether all functions are made machine code before a version takes traffic, instead of when first called.</summary>
    public bool PrepareCode { get; init; } = true;

    /// <summary>How long calls under way on a replaced version may go on before they are ended.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many replaced versions are kept loaded, so that they can be rolled back to at once.</summary>
    public int KeptVersions { get; init; } = 1;
}

/// <summary>When the circuit breaker of a plugin opens, so that calls are refused without being tried. Immutable.</summary>
public sealed record PluginBreaker
{
    /// <summary>The breaker used when none is given.</summary>
    public static PluginBreaker Default { get; } = new();

    /// <summary>The part of the calls of a period that must fail, from 0 to 1.</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>How many calls there must be in the period.</summary>
    public int MinimumCalls { get; init; } = 20;

    /// <summary>The period.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long calls are refused; then one call is a trial.</summary>
    public TimeSpan BreakTime { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>A call that a version must answer before it takes traffic. Immutable.</summary>
/// <param name="Function">The function.</param>
/// <param name="Input">Its input.</param>
public sealed record PluginProbe(string Function, ReadOnlyMemory<byte> Input)
{
    /// <summary>Whether an answer is right; null when any will do.</summary>
    public Func<ReadOnlyMemory<byte>, bool>? Accepts { get; init; }
}

/// <summary>
/// A function that the host offers to a plugin. Immutable. Its delegate may take a <see cref="Caller"/> first, and
/// <see cref="PluginSandbox.Of(Caller)"/> is then the sandbox that calls; what else it needs it captures.
/// </summary>
/// <param name="Module">The first name by which plugins import it, such as <c>extism:host/user</c>.</param>
/// <param name="Name">The second name.</param>
/// <param name="Function">What is called. Plugins on several threads may call it at once.</param>
public sealed record PluginFunction(string Module, string Name, Delegate Function);
