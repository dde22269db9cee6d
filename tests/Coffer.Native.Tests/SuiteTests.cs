using Coffer.Cli.Wast;
using Coffer.Tests;

namespace Coffer.Native.Tests;

/// <summary>Scripts of the specification's suite whose modules all run native code, in both memory modes.</summary>
public sealed class SuiteTests
{
    public static TheoryData<string> Scripts =>
    [
        "spec/core/i32.wast", "spec/core/i64.wast", "spec/core/f32.wast", "spec/core/f64_cmp.wast", "spec/core/conversions.wast",
        "spec/core/call.wast", "spec/core/call_indirect.wast", "spec/core/br_table.wast", "spec/core/loop.wast",
        "spec/core/memory_trap.wast", "spec/core/memory_redundancy.wast", "spec/core/traps.wast", "spec/core/unwind.wast",
        "spec/core/skip-stack-guard-page.wast", "spec/core/stack.wast", "spec/core/func.wast", "spec/core/select.wast",
        "spec/core/return_call.wast", "spec/core/return_call_indirect.wast", "spec/core/return_call_ref.wast",
        "spec/core/call_ref.wast", "spec/core/exceptions/try_table.wast", "spec/core/exceptions/throw_ref.wast",
        "spec/core/gc/struct.wast", "spec/core/gc/array.wast", "spec/core/gc/ref_cast.wast", "spec/core/gc/br_on_cast.wast",
        "spec/core/gc/extern.wast", "spec/core/simd/simd_i32x4_arith.wast", "spec/core/simd/simd_f64x2_cmp.wast",
        "spec/core/simd/simd_load_splat.wast", "spec/core/simd/simd_select.wast", "spec/core/simd/simd_bitwise.wast",
        "spec/core/memory64/load64.wast", "spec/core/multi-memory/load1.wast", "spec/core/bulk-memory/memory_copy.wast",
        "spec/core/bulk-memory/table_init.wast", "spec/core/table_grow.wast", "spec/core/global.wast", "spec/core/ref_func.wast",
    ];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Run_ScriptInGuardedMemory_HasNoFailures(string script) => Run(script, MemoryMode.Guarded);

    [Theory]
    [InlineData("spec/core/memory_trap.wast")]
    [InlineData("spec/core/i64.wast")]
    [InlineData("spec/core/simd/simd_load_splat.wast")]
    [InlineData("spec/core/bulk-memory/memory_copy.wast")]
    public void Run_ScriptInCheckedMemory_HasNoFailures(string script) => Run(script, MemoryMode.Checked);

    private static void Run(string script, MemoryMode mode)
    {
        Bench.RequireCompiler();
        var file = TestData.Require(script);
        var source = File.ReadAllBytes(file);
        using var bench = new Bench(new EngineOptions
        {
            Features = ScriptRules.FeaturesFor(file, source),
            Memory = new MemoryOptions { Mode = mode },
        });
        var natives = 0;
        var result = ScriptRunner.Run(
            bench.Engine, script, source, ScriptRules.DialectOf(file, source), bytes =>
            {
                var module = bench.Compile(bytes, script);
                natives++;
                return module;
            },
            TestContext.Current.CancellationToken);
        if (result.Failures.Count > 0) Assert.Fail(string.Join(Environment.NewLine, result.Failures));
        Assert.True(natives > 0, "the script has no module");
    }
}
