using System.Text;
using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Compilation;

/// <summary>Translation on several threads, which must not show in what comes out.</summary>
public sealed class FunctionTranslationTests
{
    // Together far more than one fragment, each function of its own shape: calls, globals, tuples, vectors, structs, exceptions,
    // tables, and now and then a frame so large that the function has a stub.
    private const int Functions = 1_500;

    private static byte[] LargeModule(int invalid = -1, int alsoInvalid = -1)
    {
        var text = new StringBuilder("""
            (module
              (type $pair (func (param i32) (result i32 i64)))
              (type $point (struct (field (mut i32)) (field i64)))
              (import "host" "log" (func $log (param i32)))
              (memory 1) (table 4 funcref) (tag $tag (param i32))
              (global $exported (export "g") (mut i32) (i32.const 1)) (global $own (mut f64) (f64.const 2))
              (global $sum i32 (i32.add (i32.const 1) (i32.const 2)))
              (data (i32.const 8) "data")
            """);
        for (var i = 0; i < Functions; i++)
        {
            if (i == invalid || i == alsoInvalid)
            {
                text.Append($"(func $f{i} (param i32) (result i32 i64) (i64.const {i}))");
                continue;
            }

            text.Append($"(func $f{i} (type $pair) (local i64 v128 (ref null $point))");
            if (i % 500 == 7) text.Append("(local ").Insert(text.Length, "i64 ", 3_000).Append(')');
            text.Append($"(global.set $exported (i32.load (i32.add (local.get 0) (i32.const {i}))))");
            text.Append("(local.set 1 (i64.extend_i32_u (call_indirect (param i32) (result i32) (local.get 0) (i32.const 1))))");
            if (i % 13 == 0) text.Append("(f64.store (local.get 0) (f64.const nan:0x8000000000123)) (global.set $own (f64.const nan))");
            if (i % 3 == 0) text.Append("(global.set $own (f64.sqrt (global.get $own))) (call $log (local.get 0))");
            if (i % 5 == 0) text.Append("(local.set 2 (i32x4.add (i32x4.splat (local.get 0)) (v128.load (local.get 0))))");
            if (i % 7 == 0) text.Append("(local.set 3 (struct.new $point (local.get 0) (local.get 1))) (struct.set $point 0 (local.get 3) (i32.const 3))");
            if (i % 11 == 0) text.Append("(block $caught (result i32) (try_table (catch $tag $caught) (throw $tag (i32.const 4))) (i32.const 0)) drop");
            text.Append("(loop $again (local.set 1 (i64.sub (local.get 1) (i64.const 1))) (br_if $again (i64.ne (local.get 1) (i64.const 0))))");
            text.Append(i + 1 < Functions && i + 1 != invalid ? $"(call $f{i + 1} (local.get 0)))" : "(local.get 0) (local.get 1))");
        }

        return Coffer.Text.TextFormat.Parse(Encoding.UTF8.GetBytes(text.Append(')').ToString()), Features.All);
    }

    private static CompiledModule Compile(byte[] bytes, int threads)
    {
        var options = EngineOptions.Default with { CompilationThreads = threads };
        var definition = ModuleDecoder.Decode(bytes, new TypeRegistry(), options.Features, options.Limits);
        return ModuleCompiler.Compile(definition, options, new StructLayoutRegistry(isCollectible: true));
    }

    [Fact]
    public void Compile_OnAnyNumberOfThreads_GivesTheSame()
    {
        var bytes = LargeModule();
        var alone = Compile(bytes, 1);
        Assert.True(alone.Image.Length > 400_000, $"only {alone.Image.Length} bytes: hardly more than one fragment");
        foreach (var threads in new[] { 2, 3, 8, 0 })
        {
            var together = Compile(bytes, threads);
            Assert.True(alone.Image.AsSpan().SequenceEqual(together.Image), $"another image on {threads} threads");
            Assert.True(alone.Offsets.Bytes.SequenceEqual(together.Offsets.Bytes));
            Assert.Equal(alone.Offsets.Entries.ToArray(), together.Offsets.Entries.ToArray());
            Assert.Equal(alone.Calls!.CalleesFirst(), together.Calls!.CalleesFirst());
            Assert.Equal(alone.Constants.Others, together.Constants.Others);
            Assert.Equal(alone.LargeBodies, together.LargeBodies);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(700, 1_400)]
    [InlineData(1_400, 1_499)]
    public void Compile_ManyInvalidFunctions_ReportsTheFirst(int first, int second)
    {
        var bytes = LargeModule(first, second);
        var expected = Assert.Throws<InvalidException>(() => Compile(bytes, 1));
        Assert.Contains($"function {first + 1}", expected.ToString(), StringComparison.Ordinal);
        for (var round = 0; round < 5; round++)
        {
            var actual = Assert.Throws<InvalidException>(() => Compile(bytes, 4));
            Assert.Equal(expected.Message, actual.Message);
            Assert.Equal(expected.Offset, actual.Offset);
        }
    }

    [Fact]
    public void Compile_OnTwoThreads_RunsTheSame()
    {
        var engine = new Engine(EngineOptions.Default with { CompilationThreads = 2 });
        var text = new StringBuilder("(module");
        for (var i = 0; i < 5_000; i++)
        {
            text.Append($"(func $f{i} (param i32) (result i32) (local i32) (local.set 1 (i32.mul (local.get 0) (i32.const 3)))");
            text.Append($"(i32.xor (i32.add (local.get 1) (i32.const {i})) (i32.shr_u (local.get 0) (i32.const 7))))");
        }

        text.Append("(func (export \"f\") (param i32) (result i32) (call $f0 (local.get 0)) (i32.sub (call $f4999 (local.get 0)))))");
        var module = Module.CompileText(engine, text.ToString());
        using var store = new Store(engine);
        Assert.Equal(-4_999, new Linker().Instantiate(store, module).GetFunction<int, int>("f")(5));
    }
}
