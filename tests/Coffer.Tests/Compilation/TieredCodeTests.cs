using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Compilation;

/// <summary>What is different about CIL for a runtime with tiers, and that it means the same.</summary>
public sealed class TieredCodeTests
{
    private static readonly EngineOptions Tiered = EngineOptions.Default with { Tiered = true };

    private static byte[] Translate(string text, bool tiered)
    {
        var options = tiered ? Tiered : EngineOptions.Default;
        var bytes = Coffer.Text.TextFormat.Parse(Encoding.UTF8.GetBytes(text), Features.All, emitNames: true);
        var definition = ModuleDecoder.Decode(bytes, new TypeRegistry(), options.Features, options.Limits);
        return ModuleCompiler.Compile(definition, options, new StructLayoutRegistry(isCollectible: true)).Image;
    }

    private static byte[] Body(string function, bool tiered)
    {
        using var image = new PEReader(new MemoryStream(Translate($"(module (memory 1) (global $g (mut i32) (i32.const 1)) {function})", tiered)));
        var metadata = image.GetMetadataReader();
        var method = metadata.MethodDefinitions.Select(metadata.GetMethodDefinition).Single(method => metadata.GetString(method.Name) == "f");
        return image.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
    }

    private static Dictionary<string, MethodImplAttributes> Implementations(string text, bool tiered)
    {
        using var image = new PEReader(new MemoryStream(Translate(text, tiered)));
        var metadata = image.GetMetadataReader();
        return metadata.MethodDefinitions.Select(metadata.GetMethodDefinition)
            .Where(method => metadata.GetString(method.Name) is not (".ctor" or "Link"))
            .GroupBy(method => metadata.GetString(method.Name))
            .ToDictionary(methods => methods.Key, methods => methods.Select(method => method.ImplAttributes).Aggregate((a, b) => a | b));
    }

    [Theory]
    [InlineData("i64.extend_i32_u", 8)]
    [InlineData("i64.extend_i32_s", 0x1_0000_0008)]
    public void NarrowedSum_IsAddedNarrow(string extend, long constant)
    {
        var function = $"(func $f (param i32) (result i32) (i32.wrap_i64 (i64.add ({extend} (local.get 0)) (i64.const {constant}))))";
        Assert.Equal([(byte)ILOpCode.Ldarg_0, (byte)ILOpCode.Ldc_i4_8, (byte)ILOpCode.Add, (byte)ILOpCode.Ret], Body(function, tiered: true));
        Assert.Contains((byte)ILOpCode.Conv_i4, Body(function, tiered: false));
    }

    [Theory]
    [InlineData("(i64.add (i64.extend_i32_u (local.get 0)) (i64.const 8))", "i64")]
    [InlineData("(i32.wrap_i64 (i64.sub (i64.extend_i32_u (local.get 0)) (i64.const 8)))", "i32")]
    [InlineData("(i32.wrap_i64 (i64.add (i64.const 8) (i64.extend_i32_u (local.get 0))))", "i32")]
    [InlineData("(i32.eqz (local.get 0))", "i32")]
    public void OtherForms_AreWhatTheyAreWithoutTiers(string expression, string type)
    {
        var function = $"(func $f (param i32) (result {type}) {expression})";
        Assert.Equal(Body(function, tiered: false), Body(function, tiered: true));
    }

    [Fact]
    public void LocalThatIsKept_IsStoredOnce()
    {
        const string function = "(func $f (local i32) (global.set $g (local.tee 0 (i32.add (global.get $g) (i32.const 5)))))";
        var body = Body(function, tiered: true);
        Assert.DoesNotContain((byte)ILOpCode.Dup, body);
        Assert.Single(body, code => code == (byte)ILOpCode.Stloc_0);
        Assert.DoesNotContain((byte)ILOpCode.Stloc_1, body);
        Assert.Contains((byte)ILOpCode.Dup, Body(function, tiered: false));
    }

    [Fact]
    public void BranchOnZero_ComparesNothing()
    {
        const string function = "(func $f (param i64) (result i32) (block (br_if 0 (i64.eqz (local.get 0))) (return (i32.const 7))) (i32.const 8))";
        ReadOnlySpan<byte> compare = [(int)ILOpCode.Ceq >> 8, (int)ILOpCode.Ceq & 0xFF];
        Assert.Equal(-1, Body(function, tiered: true).AsSpan().IndexOf(compare));
        Assert.NotEqual(-1, Body(function, tiered: false).AsSpan().IndexOf(compare));
    }

    [Fact]
    public void ShortLoopsAndLargeBodiesWithLoops_PassOverTiers()
    {
        const string loop = "(loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))";
        var work = new StringBuilder().Insert(0, "(i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 77)))", 200).ToString();
        var huge = new StringBuilder().Insert(0, work, 20).ToString();
        var text = $"""
            (module (memory 1)
              (func $short (param i32) {loop})
              (func $none (param i32) (drop (local.get 0)))
              (func $calling (param i32) (loop $l (call $none (local.get 0)) (br_if $l (local.get 0))))
              (func $long (param i32) {work} {loop})
              (func $huge (param i32) {huge})
              (func $hugeWithLoop (param i32) {huge} {loop}))
            """;
        string[] expected = ["short", "hugeWithLoop"];
        Assert.Equal(expected, Optimized(tiered: true));
        Assert.Empty(Optimized(tiered: false));

        IEnumerable<string> Optimized(bool tiered) => Implementations(text, tiered)
            .Where(method => method.Value.HasFlag(MethodImplAttributes.AggressiveOptimization)).Select(method => method.Key);
    }

    [Fact]
    public void Sums_AreTheSameWithTiersAndWithout()
    {
        long[] constants = [0, 1, -1, 8, 127, 128, -129, int.MaxValue, int.MinValue, uint.MaxValue, 0x8000_0000, 0x1_0000_0000, long.MaxValue, long.MinValue];
        var text = new StringBuilder("(module (memory 1)");
        for (var i = 0; i < constants.Length; i++)
        {
            foreach (var sign in "us")
            {
                text.Append($"""
                    (func (export "{sign}{i}") (param i32) (result i32) (local i32)
                      (local.set 1 (i32.const 40))
                      (i32.store (local.get 1) (i32.wrap_i64 (i64.add (i64.extend_i32_{sign} (local.get 0)) (i64.const {constants[i]}))))
                      (i32.xor (i32.load (local.get 1)) (i32.wrap_i64 (i64.add (i64.extend_i32_{sign} (i32.rotl (local.get 0) (i32.const 7))) (i64.const {constants[i]})))))
                    """);
            }
        }

        AreTheSame(text.Append(')').ToString(), constants.Length * 2);
    }

    [Fact]
    public void Branches_AreTheSameWithTiersAndWithout()
    {
        string[] conditions =
        [
            "(i32.eqz (local.get 0))", "(i64.eqz (i64.extend_i32_s (local.get 0)))", "(i32.eqz (i32.eqz (local.get 0)))",
            "(i32.eqz (i32.lt_s (local.get 0) (i32.const 5)))", "(i32.eqz (f32.lt (f32.reinterpret_i32 (local.get 0)) (f32.const 1)))",
            "(i64.eqz (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)))", "(i32.eqz (i32.rotl (local.get 0) (i32.const 18)))",
            "(i32.eqz (local.tee 1 (local.get 0)))",
        ];
        var text = new StringBuilder("(module");
        for (var i = 0; i < conditions.Length; i++)
        {
            text.Append($"""
                (func (export "u{i}") (param i32) (result i32) (local i32)
                  (local.set 1 (i32.const 3))
                  (block $out (result i32)
                    (i32.add (i32.const 100)
                      (if (result i32) {conditions[i]} (then (i32.const 20)) (else (local.get 1))))
                    (drop (br_if $out (i32.const 1) {conditions[i]}))
                    (block $in (br_if $in {conditions[i]}) (br $out (i32.const 3)))
                    (if {conditions[i]} (then (local.set 1 (i32.const 9))))
                    (i32.add (local.get 1))))
                (func (export "s{i}") (param i32) (result i32) (local i32 i32)
                  (loop $again
                    (local.set 2 (i32.add (local.get 2) (i32.const 1)))
                    (local.set 0 (i32.shr_u (local.get 0) (i32.const 1)))
                    (if (i32.lt_u (local.get 2) (i32.const 40)) (then (br_if $again {conditions[i]}))))
                  (local.get 2))
                """);
        }

        AreTheSame(text.Append(')').ToString(), conditions.Length * 2);
    }

    private static void AreTheSame(string text, int functions)
    {
        int[] arguments = [0, 1, -1, 4, 5, 6, 1 << 14, 0x3F80_0000, 0x7FC0_0000, int.MinValue, int.MaxValue];
        var expected = Results(EngineOptions.Default);
        Assert.Equal(functions * arguments.Length, expected.Count);
        Assert.Equal(expected, Results(Tiered));
        Assert.Equal(expected, Results(Tiered with { Memory = MemoryOptions.Default with { Mode = MemoryMode.Checked }, ConsumeFuel = true }));

        List<string> Results(EngineOptions options)
        {
            var engine = new Engine(options);
            var module = Module.CompileText(engine, text);
            using var store = new Store(engine, new StoreLimits { Fuel = 1_000_000 });
            var instance = new Linker().Instantiate(store, module);
            return [.. module.Exports.SelectMany(export => arguments.Select(
                argument => $"{export.Name}({argument}) = {instance.GetFunction<int, int>(export.Name)(argument)}"))];
        }
    }
}
