using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Sources;
using Coffer.Opa.Builtins;

namespace Coffer.Opa;

/// <summary>What a policy may use, and what it is offered. Immutable.</summary>
public sealed record PolicyOptions
{
    /// <summary>The options used when none are given.</summary>
    public static PolicyOptions Default { get; } = new();

    /// <summary>The time that one evaluation may take; <see cref="Timeout.InfiniteTimeSpan"/> for any.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The time that starting an instance, or giving the policy its data, may take.</summary>
    public TimeSpan LoadDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of memory of each instance of the policy, its copy of the data among them.</summary>
    public ulong MemoryBytes { get; init; } = 256 << 20;

    /// <summary>The most instances that are kept while they are not in use.</summary>
    public int IdleInstances { get; init; } = Math.Max(4, Environment.ProcessorCount * 2);

    /// <summary>
    /// Bytes that an instance may have taken beyond the policy and its data, and still be used again; what has grown
    /// further is given back.
    /// </summary>
    public ulong KeptBytes { get; init; } = 16 << 20;

    /// <summary>
    /// What makes modules: <see cref="Module.Compile(Engine, ReadOnlyMemory{byte}, string)"/>, or <c>ModuleLoader.Factory</c> of Coffer.Native for code that was made ahead of
    /// time, with an engine that has <see cref="EngineOptions.AllowNativeCode"/>. Such code stays in the process when a policy is
    /// replaced.
    /// </summary>
    public ModuleFactory Compile { get; init; } = Module.Compile;

    /// <summary>The builtins that the policy may call, besides those that are compiled into it.</summary>
    public BuiltinTable Builtins { get; init; } = BuiltinTable.Standard;

    /// <summary>
    /// Whether the failure of a builtin ends the evaluation. Otherwise the call is undefined, and the failure is among
    /// the <see cref="PolicyResult.BuiltinErrors"/>.
    /// </summary>
    public bool StrictBuiltinErrors { get; init; }

    /// <summary>
    /// What builtins may touch: clocks, random numbers, names, HTTP. Nothing by default: then <c>time.now_ns</c> and the
    /// like fail, which is better than a clock that is not the real one.
    /// </summary>
    public CapabilitySet Capabilities { get; init; } = CapabilitySet.Empty;

    /// <summary>Where decisions about what builtins touch are recorded.</summary>
    public AuditTrail? Audit { get; init; }

    /// <summary>Takes what policies print and trace.</summary>
    public Action<string>? Print { get; init; }

    /// <summary>What <c>opa.runtime</c> gives: configuration and version of the host.</summary>
    public Values.RegoObject Runtime { get; init; } = Values.RegoObject.Empty;

    /// <summary>What a clock of the system is; null for the system's. For tests.</summary>
    public TimeProvider? SystemClock { get; init; }

    /// <summary>What unpredictable numbers are; null for the system's. For tests.</summary>
    public RandomSource? SystemRandom { get; init; }
}
