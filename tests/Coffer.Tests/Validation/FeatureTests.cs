using System.Numerics;
using Coffer.Tests.Binary;
using Coffer.Text;

namespace Coffer.Tests.Validation;

/// <summary>A module that needs a proposal which is switched off is refused with the proposal's name.</summary>
public sealed class FeatureTests
{
    public static TheoryData<Features, string> Texts() => new()
    {
        { Features.MutableGlobals, "(global (export \"g\") (mut i32) (i32.const 0))" },
        { Features.MutableGlobals, "(import \"a\" \"g\" (global (mut i32)))" },
        { Features.SignExtension, "(func (result i32) (i32.extend8_s (i32.const 1)))" },
        { Features.SignExtension, "(func (result i64) (i64.extend32_s (i64.const 1)))" },
        { Features.SaturatingConversions, "(func (result i32) (i32.trunc_sat_f32_s (f32.const 1)))" },
        { Features.SaturatingConversions, "(func (result i64) (i64.trunc_sat_f64_u (f64.const 1)))" },
        { Features.MultiValue, "(func (result i32 i32) (i32.const 1) (i32.const 2))" },
        { Features.MultiValue, "(func (i32.const 1) (block (param i32) (drop)))" },
        { Features.MultiValue, "(func (block (result i32 i32) (unreachable)) (drop) (drop))" },
        { Features.BulkMemory, "(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))" },
        { Features.BulkMemory, "(memory 1) (func (memory.copy (i32.const 0) (i32.const 0) (i32.const 0)))" },
        { Features.BulkMemory, "(memory 1) (data \"passive\")" },
        { Features.ReferenceTypes, "(func (param externref))" },
        { Features.ReferenceTypes, "(func (local funcref))" },
        { Features.ReferenceTypes, "(table 1 funcref) (table 1 funcref)" },
        { Features.ReferenceTypes, "(table 1 funcref) (func (drop (table.size 0)))" },
        { Features.ReferenceTypes, "(global funcref (ref.null func))" },
        { Features.Simd, "(func (param v128))" },
        { Features.Simd, "(func (drop (v128.const i64x2 1 2)))" },
        { Features.Simd, "(memory 1) (func (drop (v128.load (i32.const 0))))" },
        { Features.RelaxedSimd, "(func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))" },
        { Features.MultiMemory, "(memory 1) (memory 1)" },
        { Features.MultiMemory, "(import \"a\" \"m\" (memory 1)) (memory 1)" },
        { Features.Memory64, "(memory i64 1)" },
        { Features.Memory64, "(table i64 1 funcref)" },
        { Features.TailCalls, "(func $f (return_call $f))" },
        { Features.TailCalls, "(table 1 funcref) (func (return_call_indirect (i32.const 0)))" },
        { Features.Exceptions, "(func (block (try_table (catch_all 0))))" },
        { Features.Exceptions, "(func (param exnref))" },
        { Features.LegacyExceptions, "(func (try (do) (catch_all)))" },
        { Features.FunctionReferences, "(func $f (param (ref func)))" },
        { Features.FunctionReferences, "(type $t (func)) (func (param (ref null $t)))" },
        { Features.FunctionReferences, "(type $t (func)) (func (call_ref $t (unreachable)))" },
        { Features.FunctionReferences, "(func (param funcref) (drop (ref.as_non_null (local.get 0))))" },
        { Features.Gc, "(type (struct))" },
        { Features.Gc, "(type (array i8))" },
        { Features.Gc, "(rec (type (func)))" },
        { Features.Gc, "(type (sub (func)))" },
        { Features.Gc, "(func (param anyref))" },
        { Features.Gc, "(func (drop (ref.i31 (i32.const 1))))" },
        { Features.Gc, "(global $a i32 (i32.const 1)) (global i32 (global.get $a))" },
        { Features.ExtendedConstants, "(global i32 (i32.add (i32.const 1) (i32.const 2)))" },
        { Features.ExtendedConstants, "(memory 1) (data (i32.mul (i32.const 1) (i32.const 2)) \"\")" },
        { Features.Threads, "(memory 1 1 shared)" },
        { Features.Threads, "(memory 1) (func (drop (i32.atomic.load (i32.const 0))))" },
        { Features.Threads, "(func (atomic.fence))" },
        { Features.WideArithmetic, "(func (i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)) (drop) (drop))" },
        { Features.CustomPageSizes, "(memory 1 (pagesize 1))" },
    };

    public static TheoryData<Features, string> Binaries() => new()
    {
        { Features.CompactImports, "02 01 01 61 00 7f 01 01 62 03 7f 00" },
        { Features.CompactImports, "02 01 01 61 00 7e 03 7f 00 01 01 62" },
    };

    [Theory, MemberData(nameof(Texts))]
    public void Compile_ProposalOff_NamesIt(Features feature, string fields)
    {
        var text = $"(module {fields})";
        Refuses(feature, TextFormat.Parse(text));
        var error = Assert.ThrowsAny<CofferException>(() => Module.CompileText(Without(feature), text));
        Assert.Contains($"the feature {feature},", error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Binaries))]
    public void Compile_ProposalOfTheEncodingOff_NamesIt(Features feature, string section) =>
        Refuses(feature, Wasm.Module(section));

    [Fact]
    public void Cases_EveryFeature_HasOne()
    {
        var flags = Enum.GetValues<Features>().Where(flag => BitOperations.PopCount((ulong)flag) == 1);
        var tested = Texts().Concat(Binaries()).Select(row => row.Data.Item1);
        Assert.Empty(flags.Except(tested));
    }

    private static Engine Without(Features feature) => new(new EngineOptions { Features = Features.All & ~feature });

    private static void Refuses(Features feature, byte[] module)
    {
        GC.KeepAlive(Module.Compile(new Engine(), module));
        var error = Assert.ThrowsAny<CofferException>(() => Module.Compile(Without(feature), module));
        Assert.True(error is InvalidException or MalformedException, error.GetType().Name);
        Assert.Contains($"the feature {feature},", error.Message, StringComparison.Ordinal);
    }
}
