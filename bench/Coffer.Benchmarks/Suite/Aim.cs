namespace Coffer.Benchmarks.Suite;

/// <summary>What a figure should be.</summary>
/// <param name="Text">The aim in words.</param>
/// <param name="Figure">The figure it is about.</param>
/// <param name="Bound">What the figure should be at most, or at least.</param>
/// <param name="Unit">The unit of both.</param>
/// <param name="IsAtLeast">Whether more is better.</param>
internal sealed record Aim(string Text, string Figure, double Bound, string Unit = "", bool IsAtLeast = false)
{
    public static IReadOnlyList<Aim> All { get; } =
    [
        new("Execution ahead of time, geometric mean of all programs, relative to V8 TurboFan", "execution.aot", 0.85),
        new("The slowest program without a recorded reason, relative to V8 TurboFan", "execution.aot.worst", 1.3),
        new("Execution ahead of time, programs longer than 200 ms, relative to Wasmtime", "execution.aot.wasmtime", 0.75),
        new("CoreMark, time relative to V8 TurboFan", "coremark.v8", 1),
        new("CoreMark, time relative to Wasmtime", "coremark.wasmtime", 1),
        new("Execution by the JIT compiler, geometric mean, relative to V8 TurboFan", "execution.jit", 1),
        new("Checked memory relative to guarded memory", "execution.checked", 1.15),
        new("First result by native code from the cache, programs above 500 KB, relative to node: the worst", "first.cached.large", 0.5),
        new("First result by native code from the cache, the smallest program, more than node", "first.cached.smallest.ms", 20, "ms"),
        new("First result without a cache, relative to node: the worst", "first.jit", 1.5),
        new("Compiling sqlite3 ahead of time", "compile.sqlite3.ms", 1300, "ms"),
        new("Compiling pulldown-cmark ahead of time", "compile.pulldown-cmark.ms", 200, "ms"),
        new("An instance with 1 MiB of memory: made, called, dropped", "instances.memory.us", 10, "µs"),
        new("An instance without memory: made, called, dropped", "instances.bare.us", 1, "µs"),
        new("Instances by two threads relative to one", "instances.scaling", 1.7, IsAtLeast: true),
        new("Resident memory of each of 10,000 live instances", "instances.live.kib", 40, "KiB"),
        new("Resident memory of each of 1,000 modules beyond their code", "instances.modules.kib", 300, "KiB"),
        new("`coffer run` of a small program that the cache has an executable of, more than a bare .NET program", "start.hot-bare.ms", 15, "ms"),
        new("`coffer run` of a program of 3 MB that the cache has an executable of, relative to node", "start.hot.large", 0.5),
        new("`coffer run` by native code from the cache, more than a bare .NET program", "start.cached-bare.ms", 15, "ms"),
        new("A trap that the host catches", "calls.trap.us", 15, "µs"),
        new("A deadline, relative to code without polls", "limits.deadline", 1.05),
        new("Fuel, relative to code without polls", "limits.fuel", 1.05),
    ];

    /// <summary>Whether it holds; null when it was not measured.</summary>
    public bool? Holds(IReadOnlyDictionary<string, double> figures) =>
        figures.TryGetValue(Figure, out var value) && double.IsFinite(value)
            ? IsAtLeast ? value >= Bound : value <= Bound
            : null;
}
