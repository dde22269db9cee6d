using System.Text;
using Coffer.Binary;
using Coffer.Text;

namespace Coffer.Tests.Hostile;

/// <summary>Code that is deep, wide or long: it compiles and runs, or is refused by a limit, and nothing recurses.</summary>
public static class DepthCases
{
    /// <summary>Compiles and runs, or reaches a limit of the module. Either way within a bound, and on a small stack.</summary>
    private static void RunsOrIsRefused(Func<byte[]> encode, int expected = 7)
    {
        Guest.OnSmallStack(1 << 20, () => Guest.Within(TimeSpan.FromSeconds(60), () =>
        {
            try
            {
                var engine = Guest.Default;
                using var store = new Store(engine);
                var instance = new Linker().Instantiate(store, Module.Compile(engine, encode()));
                Assert.Equal(expected, instance.GetFunction<int>("run")());
            }
            catch (ExhaustionException e)
            {
                Assert.True(e.Kind is ExhaustionKind.ModuleLimit or ExhaustionKind.CallStack, e.Message);
            }
        }));
    }

    private static void RunsOrIsRefused(string text) => RunsOrIsRefused(() => TextFormat.Parse(text));

    /// <summary>A module with one exported function <c>run</c> that returns an i32.</summary>
    private static byte[] Function(Action<WasmWriter> locals, Action<WasmWriter> body)
    {
        var code = new WasmWriter();
        locals(code);
        body(code);
        code.WriteByte(0x0B);
        var module = new WasmWriter();
        module.WriteBytes("\0asm\x01\0\0\0"u8);
        module.WriteBytes([1, 5, 1, 0x60, 0, 1, 0x7F]);
        module.WriteBytes([3, 2, 1, 0]);
        module.WriteBytes([7, 7, 1, 3, (byte)'r', (byte)'u', (byte)'n', 0, 0]);
        var section = new WasmWriter();
        section.WriteUnsigned(1);
        section.WriteUnsigned((ulong)code.Length);
        section.WriteBytes(code.Written);
        module.WriteByte(10);
        module.WriteUnsigned((ulong)section.Length);
        module.WriteBytes(section.Written);
        return module.ToArray();
    }

    private static void NoLocals(WasmWriter code) => code.WriteByte(0);

    private static void Times(WasmWriter code, int count, params ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < count; i++) code.WriteBytes(bytes);
    }

    private static void Nested(int depth, byte opcode, byte[] before) => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        for (var i = 0; i < depth; i++)
        {
            code.WriteBytes(before);
            code.WriteBytes([opcode, 0x40]);
        }

        Times(code, depth, 0x0B);
        code.WriteBytes([0x41, 7]);
    }));

    public static void Blocks10000() => Nested(10_000, 0x02, []);

    public static void Blocks50000() => Nested(50_000, 0x02, []);

    public static void Loops10000() => Nested(10_000, 0x03, []);

    public static void Loops49000() => Nested(49_000, 0x03, []);

    public static void Ifs10000() => Nested(10_000, 0x04, [0x41, 1]);

    public static void Ifs49000() => Nested(49_000, 0x04, [0x41, 1]);

    public static void LegacyTries10000() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        Times(code, 10_000, 0x06, 0x40);
        for (var i = 0; i < 10_000; i++) code.WriteBytes([0x19, 0x0B]);
        code.WriteBytes([0x41, 7]);
    }));

    public static void TryTables200() => TryTables(200);

    public static void TryTables1000() => TryTables(1_000);

    public static void TryTables4900OneAfterAnother() => TryTablesInARow(4_900);

    public static void TryTables100000OneAfterAnother() => TryTablesInARow(100_000);

    private static void TryTablesInARow(int count) => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        Times(code, count, 0x02, 0x40, 0x1F, 0x40, 1, 0x02, 0, 0x0B, 0x0B);
        code.WriteBytes([0x41, 7]);
    }));

    public static void TryTables10000() => TryTables(10_000);

    private static void TryTables(int depth) => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        code.WriteBytes([0x02, 0x40]);
        for (var i = 0; i < depth; i++)
        {
            code.WriteBytes([0x1F, 0x40, 1, 0x02]);
            code.WriteUnsigned((ulong)i);
        }

        Times(code, depth + 1, 0x0B);
        code.WriteBytes([0x41, 7]);
    }));

    public static void BlocksInText10000() => RunsOrIsRefused(
        $"(module (func (export \"run\") (result i32) {Guest.Repeat("(block ", 10_000)}{Guest.Repeat(")", 10_000)} (i32.const 7)))");

    public static void BlocksInText50000() => RunsOrIsRefused(
        $"(module (func (export \"run\") (result i32) {Guest.Repeat("(block ", 50_000)}{Guest.Repeat(")", 50_000)} (i32.const 7)))");

    public static void BlocksInText1000000() => Assert.ThrowsAny<CofferException>(() => Module.CompileText(
        Guest.Default, $"(module (func {Guest.Repeat("(block ", 1_000_000)}{Guest.Repeat(")", 1_000_000)}))"));

    public static void FoldedExpressionInText() => RunsOrIsRefused(
        "(module (func (export \"run\") (result i32) " +
        $"{Guest.Repeat("(i32.add (i32.const 0) ", 50_000)}(i32.const 7){Guest.Repeat(")", 50_000)}))");

    public static void ParenthesesInText()
    {
        foreach (var open in new[] { "(", "(module ", "(func ", "(;", "(@x ", "(module (func (block " })
        {
            Assert.ThrowsAny<CofferException>(() => Module.CompileText(Guest.Default, Guest.Repeat(open, 1_000_000)));
        }
    }

    /// <summary>100,000 operands first, then as many additions: a stack deeper than the limit.</summary>
    public static void DeepOperandStack() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        Times(code, 100_000, 0x41, 0);
        code.WriteBytes([0x41, 7]);
        Times(code, 100_000, 0x6A);
    }));

    public static void OperandStackWithinTheLimit() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        Times(code, 50_000, 0x41, 0);
        code.WriteBytes([0x41, 7]);
        Times(code, 50_000, 0x6A);
    }));

    /// <summary>The same with loads, whose order and faults the JIT compiler must keep.</summary>
    public static void OperandStackOfCalls() => RunsOrIsRefused(
        "(module (func $f (result i32) (i32.const 0)) (func (export \"run\") (result i32) " +
        $"{Guest.Repeat("(call $f)", 20_000)}(i32.const 7){Guest.Repeat("(i32.add)", 20_000)}))");

    public static void LongChainOfAdditions() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        code.WriteBytes([0x41, 7]);
        Times(code, 100_000, 0x41, 0, 0x6A);
    }));

    public static void LongChainOfUnaryOperators() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        code.WriteBytes([0x41, 7]);
        Times(code, 200_000, 0x45);
        code.WriteBytes([0x1A, 0x41, 7]);
    }));

    public static void LongChainOfDivisions() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        code.WriteBytes([0x41, 7]);
        Times(code, 100_000, 0x41, 1, 0x6D);
    }));

    public static void LongChainOfSelects() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        code.WriteBytes([0x41, 7]);
        Times(code, 50_000, 0x41, 1, 0x41, 1, 0x1B);
        code.WriteBytes([0x1A, 0x41, 7]);
    }));

    public static void LongChainOfVectorOperators() => RunsOrIsRefused(
        "(module (func (export \"run\") (result i32) (v128.const i64x2 1 2)" +
        $"{Guest.Repeat("(v128.const i64x2 1 2)(i8x16.add)", 30_000)}(drop)(i32.const 7)))");

    public static void LongChainOfFloatOperators() => RunsOrIsRefused(
        "(module (func (export \"run\") (result i32) (f64.const 1)" +
        $"{Guest.Repeat("(f64.const 0.5)(f64.min)(f64.nearest)", 30_000)}(drop)(i32.const 7)))");

    public static void LongChainOfComparisonsAndConversions() => RunsOrIsRefused(
        "(module (func (export \"run\") (result i32) (i32.const 1)" +
        $"{Guest.Repeat("(i64.extend_i32_u)(i64.eqz)(f64.convert_i32_s)(i32.trunc_sat_f64_u)", 30_000)}(drop)(i32.const 7)))");

    /// <summary>Locals carry the chain: the JIT compiler must not forward-substitute it into one deep tree.</summary>
    public static void LongChainThroughALocal() => RunsOrIsRefused(() => Function(
        code => code.WriteBytes([1, 1, 0x7F]),
        code =>
        {
            Times(code, 100_000, 0x20, 0, 0x41, 1, 0x6A, 0x21, 0);
            code.WriteBytes([0x41, 7]);
        }));

    public static void BranchTableOfAMillionEntries() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        code.WriteBytes([0x02, 0x40, 0x02, 0x40, 0x41, 5, 0x0E]);
        code.WriteUnsigned(1_000_000);
        for (var i = 0; i < 1_000_000; i++) code.WriteByte((byte)(i % 2));
        code.WriteByte(0);
        code.WriteBytes([0x0B, 0x0B, 0x41, 7]);
    }));

    public static void BranchTablesThatReturnValues() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        // Targets that carry values go through trampolines.
        Times(code, 1_000, 0x02, 0x7F);
        code.WriteBytes([0x41, 7, 0x41, 3, 0x0E]);
        code.WriteUnsigned(100_000);
        for (var i = 0; i < 100_000; i++) code.WriteUnsigned((ulong)(i % 1_000));
        code.WriteByte(0);
        Times(code, 1_000, 0x0B);
    }));

    public static void Locals50000() => RunsOrIsRefused(() => Function(
        code =>
        {
            code.WriteByte(1);
            code.WriteUnsigned(50_000);
            code.WriteByte(0x7F);
        },
        code => code.WriteBytes([0x41, 7])));

    public static void Locals50000AllUsed() => RunsOrIsRefused(() => Function(
        code =>
        {
            code.WriteByte(1);
            code.WriteUnsigned(50_000);
            code.WriteByte(0x7E);
        },
        code =>
        {
            for (var i = 1; i < 50_000; i++)
            {
                code.WriteByte(0x20);
                code.WriteUnsigned((ulong)(i - 1));
                code.WriteByte(0x21);
                code.WriteUnsigned((ulong)i);
            }

            code.WriteBytes([0x41, 7]);
        }));

    public static void LocalGroups() => Assert.ThrowsAny<CofferException>(() => Module.Compile(Guest.Default, Function(
        code =>
        {
            code.WriteUnsigned(uint.MaxValue);
            Times(code, 1_000, 0, 0x7F);
        },
        code => code.WriteBytes([0x41, 7]))));

    public static void BodyOfTenMegabytes() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        Times(code, 3_400_000, 0x41, 1, 0x1A);
        code.WriteBytes([0x41, 7]);
    }));

    public static void BodyOfTenMegabytesOfBranches() => RunsOrIsRefused(() => Function(NoLocals, code =>
    {
        Times(code, 1_200_000, 0x02, 0x40, 0x41, 0, 0x0D, 0, 0x0B, 0x01);
        code.WriteBytes([0x41, 7]);
    }));

    public static void BodyOfTenMegabytesOfCalls() => RunsOrIsRefused(() => Function(
        code => code.WriteBytes([1, 1, 0x7F]),
        code =>
        {
            code.WriteBytes([0x20, 0, 0x04, 0x40]);
            Times(code, 3_000_000, 0x10, 0, 0x1A);
            code.WriteBytes([0x0B, 0x41, 7]);
        }));

    public static void ManyParametersAndResults()
    {
        var many = Guest.Repeat("i32 ", 1_000);
        RunsOrIsRefused($$"""
            (module
              (func $f (param {{many}}) (result {{many}}) {{string.Concat(Enumerable.Range(0, 1_000).Select(i => $"(local.get {i})"))}})
              (func (export "run") (result i32)
                {{Guest.Repeat("(i32.const 7)", 1_000)}} (call $f) {{Guest.Repeat("(drop)", 999)}}))
            """);
    }

    public static void TooManyParameters() => Guest.Exhausts(ExhaustionKind.ModuleLimit, () => Module.CompileText(
        Guest.Default, $"(module (func (param {Guest.Repeat("i32 ", 1_001)})))"));

    public static void ManyBlockResults()
    {
        var many = Guest.Repeat("i32 ", 1_000);
        RunsOrIsRefused($$"""
            (module
              (func (export "run") (result i32)
                {{Guest.Repeat($"(block (result {many}) ", 20)}}
                {{Guest.Repeat("(i32.const 7)", 1_000)}}
                {{Guest.Repeat(")", 20)}}
                {{Guest.Repeat("(drop)", 999)}}))
            """);
    }

    public static void ManyFunctions() => RunsOrIsRefused(
        $"(module (func (export \"run\") (result i32) (i32.const 7)) {Guest.Repeat("(func)", 200_000)})");

    public static void ManyGlobalsExportsAndTypes()
    {
        var text = new StringBuilder("(module (func (export \"run\") (result i32) (i32.const 7))");
        for (var i = 0; i < 50_000; i++) text.Append($"(global (export \"g{i}\") i32 (i32.const {i}))");
        for (var i = 0; i < 20_000; i++) text.Append($"(type (struct (field i32) (field (ref null struct))))");
        RunsOrIsRefused(text.Append(')').ToString());
    }

    public static void DeepRecursiveTypes()
    {
        var text = new StringBuilder("(module (func (export \"run\") (result i32) (i32.const 7)) (rec ");
        for (var i = 1; i <= 20_000; i++) text.Append($"(type $t{i} (struct (field (ref null $t{i % 20_000 + 1}))))");
        RunsOrIsRefused(text.Append("))").ToString());
    }

    public static void LongChainOfSupertypes()
    {
        var text = new StringBuilder("(module (type $t0 (sub (struct)))");
        for (var i = 1; i <= 1_000; i++) text.Append($"(type $t{i} (sub $t{i - 1} (struct)))");
        Assert.ThrowsAny<CofferException>(() => Module.CompileText(Guest.Default, text.Append(')').ToString()));
    }

    /// <summary>Arithmetic in a constant expression: one deep tree that runs when the module is instantiated.</summary>
    public static void DeepConstantExpression() => RunsOrIsRefused(
        $"(module (global $g i32 (i32.const 7){Guest.Repeat("(i32.const 0)", 20_000)}{Guest.Repeat("(i32.add)", 20_000)})" +
        "(func (export \"run\") (result i32) (global.get $g)))");

    public static void LongConstantExpression() => RunsOrIsRefused(
        $"(module (global $g i32 (i32.const 7){Guest.Repeat("(i32.const 0)(i32.add)", 100_000)})" +
        "(func (export \"run\") (result i32) (global.get $g)))");
}
