namespace Coffer;

/// <summary>The settings of an <see cref="Engine"/>. Immutable.</summary>
public sealed record EngineOptions
{
    /// <summary>The settings used when none are given.</summary>
    public static EngineOptions Default { get; } = new();

    /// <summary>The proposals that modules may use.</summary>
    public Features Features { get; init; } = Features.All;

    /// <summary>Bounds on what a module may contain.</summary>
    public ModuleLimits Limits { get; init; } = ModuleLimits.Default;

    /// <summary>How linear memories are made and protected.</summary>
    public MemoryOptions Memory { get; init; } = MemoryOptions.Default;

    /// <summary>
    /// Whether guests consume fuel (see <see cref="Store.Fuel"/>): one unit an instruction, the same on every path and
    /// machine. Costs speed; off by default.
    /// </summary>
    public bool ConsumeFuel { get; init; }

    /// <summary>
    /// Whether a running guest can be stopped by a deadline or a cancellation. On by default; without it loops are a
    /// little faster and an infinite one never ends.
    /// </summary>
    public bool Interruptible { get; init; } = true;

    /// <summary>
    /// On how many threads at most one large module is validated and translated; 0 for as many as there are processors. One by
    /// default, the caller's: servers have other work for their processors, and compile several modules at once by calling for each.
    /// What comes out is the same on any number, and so is what is said of an invalid module.
    /// </summary>
    public int CompilationThreads { get; init; } = 1;

    /// <summary>
    /// Whether modules may run machine code that was made ahead of time. Off by default, because such code and the classes
    /// of its structs stay in the process; with it the classes of all structs do.
    /// </summary>
    public bool AllowNativeCode { get; init; }

    /// <summary>
    /// Whether the runtime's tiers apply to guests, in a process that has them (<c>TieredCompilation</c>): a function is compiled
    /// quickly when it is first called, and optimized when it turns out to be called often or to loop for long. The first result
    /// comes sooner by half, and the same calls take several times the stack until then. Off by default, because such code and
    /// the classes of its structs stay in the process. Native code is not affected, but should be in processes without tiers.
    /// </summary>
    public bool Tiered { get; init; }
}
