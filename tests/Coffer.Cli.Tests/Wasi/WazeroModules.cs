namespace Coffer.Cli.Tests.Wasi;

/// <summary>
/// The modules in the test data of wazero that are no programs for WASI, and why each is not run here. Those without a
/// host function of their own are modules for the engine, whose tests have their like.
/// </summary>
internal static class WazeroModules
{
    public static readonly Dictionary<string, string> NotRun = new(StringComparer.Ordinal)
    {
        ["examples/allocation/rust/testdata/greet.wasm"] = "needs the host function env.log",
        ["examples/allocation/tinygo/testdata/greet.wasm"] = "needs the host function env.log",
        ["examples/allocation/zig/testdata/greet.wasm"] = "needs the host function env.log",
        ["examples/concurrent-instantiation/testdata/add.wasm"] = "has no imports",
        ["examples/import-go/testdata/age_calculator.wasm"] = "needs the host functions env.log_i32 and env.current_year",
        ["examples/multiple-results/testdata/multi_value.wasm"] = "has no imports",
        ["examples/multiple-results/testdata/multi_value_imported.wasm"] = "needs the host function multi-value/host.get_age",
        ["examples/multiple-results/testdata/result_offset.wasm"] = "has no imports",
        ["examples/multiple-runtimes/testdata/counter.wasm"] = "needs the host function env.next_i32",
        ["experimental/testdata/fac.wasm"] = "has no imports",
        ["experimental/testdata/inoutdispatcherclient.wasm"] = "needs inoutdispatcher.wasm, which exports no memory",
        ["experimental/testdata/memory.wasm"] = "has neither imports nor functions",
        ["experimental/testdata/snapshot.wasm"] = "needs the host functions example.snapshot and example.restore",
        ["imports/assemblyscript/example/testdata/index.wasm"] = "needs the host functions env.trace and env.abort",
        ["imports/emscripten/testdata/grow.wasm"] = "needs the host function env.emscripten_notify_memory_growth",
        ["imports/emscripten/testdata/invoke.wasm"] = "needs the host functions env.invoke_* of Emscripten",
    };
}
