using Coffer.Text;

namespace Coffer.Tests.Text;

public class ModulePrinterTests
{
    [Fact]
    public void Print_SmallModule_ReadsWell()
    {
        var bytes = TextFormat.Parse(
            """
            (module $m
              (type $pair (struct (field $a i8) (field (mut (ref null $pair)))))
              (import "env" "log" (func $log (param i32)))
              (memory 1)
              (global $g (mut i32) (i32.const 7))
              (func $main (export "main") (param $n i32) (local i64 i64) (local $x f32)
                (block $out
                  (loop $again
                    (br_if $out (i32.eqz (local.get $n)))
                    (call $log (i32.load offset=4 align=1 (local.get $n)))
                    (br $again)))
                (local.set $x (f32.const -0x1p-3)))
              (data (i32.const 8) "a\"\00"))
            """,
            emitNames: true);
        Assert.Equal(
            """
            (module $m
              (type $pair (;0;) (struct (field $a i8) (field (mut (ref null $pair)))))
              (type (;1;) (func (param i32)))
              (import "env" "log" (func $log (;0;) (type 1) (param i32)))
              (memory (;0;) 1)
              (global $g (;0;) (mut i32) i32.const 7)
              (export "main" (func $main))
              (func $main (;1;) (type 1) (param $n i32)
                (local i64 i64)
                (local $x f32)
                block $out
                  loop $again
                    local.get $n
                    i32.eqz
                    br_if $out
                    local.get $n
                    i32.load offset=4 align=1
                    call $log
                    br $again
                  end
                end
                f32.const -0.125
                local.set $x
              )
              (data (;0;) (offset i32.const 8) "a\22\00")
            )

            """,
            TextFormat.Print(bytes));
    }

    [Theory]
    [InlineData(
        "(rec (type $a (sub (struct))) (type $b (sub final $a (struct (field (ref null $b))))) (type (func "
        + "(result (ref $a)))))")]
    [InlineData("(rec (type (func)))")]
    [InlineData("(import \"a\" \"b\" (table i64 1 2 (ref null extern))) (table 0 (ref func) ref.func 0) (func)")]
    [InlineData("(memory i64 1 2 shared) (memory 3 (pagesize 1)) (data (memory 1) (i32.const 0) \"x\") (data \"y\")")]
    [InlineData("(import \"a\" \"b\" (tag)) (tag (param i32)) (export \"t\" (tag 1))")]
    [InlineData(
        "(table 9 funcref) (table 9 externref) (func $f) (elem func 0) (elem declare func 0) (elem "
        + "(i32.const 0) 0) (elem (table 1) (i32.const 0) externref (ref.null extern)) (elem funcref "
        + "(ref.func 0) (item ref.null func)) (elem (i32.const 0) funcref (ref.func 0))")]
    [InlineData("(func $f) (start $f)")]
    [InlineData("(func try nop catch_all try nop delegate 0 end)")]
    [InlineData(
        "(tag $t (param i32)) (func (block $o (result i32 exnref) (try_table (result i32) (catch $t 0) "
        + "(catch_ref $t $o) (catch_all 1) (catch_all_ref 1) unreachable) unreachable) unreachable)")]
    [InlineData(
        "(func (f32.const nan:0x1) (f32.const -nan) (f64.const -inf) (f64.const nan:0x4000000000001) "
        + "(f64.const 0x1p-1074) (f32.const -0) (f64.const 1e300) unreachable)")]
    [InlineData(
        "(func (v128.const f32x4 1 nan:0x1 -0 inf) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 "
        + "(v128.const i64x2 1 2) (v128.const i64x2 3 4)) unreachable)")]
    [InlineData(
        "(memory 1) (memory 1) (func (v128.load8_lane 1 offset=3 align=1 7 (i32.const 0) (v128.const i64x2 "
        + "0 0)) drop (memory.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 0)) (memory.init 1 0 (i32.const "
        + "0) (i32.const 0) (i32.const 0)) (data.drop 0) (drop (memory.size 1))) (data \"\")")]
    [InlineData(
        "(func (ref.test (ref null i31) (ref.null any)) (br_on_cast 0 anyref (ref i31)) (select (result "
        + "externref) (ref.null extern) (ref.null extern) (i32.const 0)) unreachable)")]
    [InlineData("(func (i32.const -2147483648) (i64.const 9223372036854775807) (br_table 0 1 2) if else end)")]
    [InlineData(
        "(func (atomic.fence)) (memory 1 1 shared) (func (i64.atomic.rmw.cmpxchg offset=8 (i32.const 0) "
        + "(i64.const 1) (i64.const 2)) drop)")]
    [InlineData(
        "(@custom \"a\" (before first) \"1\") (@custom \"é\\00\" (after func) \"\\ff\") (@custom \"b\") "
        + "(func)")]
    [InlineData(
        "(func (@metadata.code.branch_hint \"\\01\") (if (i32.const 0) (then)) i32.const 0 "
        + "(@metadata.code.branch_hint \"\\00\") br_if 0)")]
    public void Parse_OfPrinted_GivesSameBytes(string text)
    {
        var bytes = TextFormat.Parse(text);
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(TextFormat.Parse(TextFormat.Print(bytes))));
    }

    [Theory]
    [InlineData("(module $\"a b\" (func $f (param $\"\\\"\" i32)) (func $\"λ\\u{202e}\"))")]
    [InlineData("(func $a (@name \"x\")) (func $b (@name \"x\")) (func $c (@name \"\")) (func $d (@name \"x#1\"))")]
    [InlineData("(func (block $l (block $m (block $l br 0 br 2 br 1))))")]
    [InlineData(
        "(type $s (struct (field $x i32) (field $y (@name \"x\") i32))) (func (param $p i32) (local $q "
        + "(@name \"p\") i32) (local i32))")]
    [InlineData(
        "(type $t (func)) (table $t 1 funcref) (memory $m 1) (global $g i32 (i32.const 0)) (tag $e) (elem "
        + "$el func) (data $d \"\")")]
    public void Parse_OfPrintedNames_GivesSameNames(string text)
    {
        var bytes = TextFormat.Parse(text, emitNames: true);
        var printed = TextFormat.Print(bytes);
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(TextFormat.Parse(printed, emitNames: true)));
        Assert.DoesNotContain('\u202e', printed);
    }

    [Fact]
    public void Print_DeepNesting_IsLinear()
    {
        const int Depth = 100_000;
        var text = "(func " + string.Concat(Enumerable.Repeat("block $l ", Depth)) + "br 99999 br 0 "
            + string.Concat(Enumerable.Repeat("end ", Depth)) + ")";
        var bytes = TextFormat.Parse(text, emitNames: true);
        var printed = TextFormat.Print(bytes);
        Assert.True(printed.Length < Depth * 250, $"{printed.Length} characters");
        Assert.Equal(bytes, TextFormat.Parse(printed, emitNames: true));
    }

    [Theory]
    [InlineData("0061736d 01000000 01040160 0000 03020100 0a070105 01 ffffffff 7f 0b")]
    [InlineData("0061736d 01000000 01040160 0000 03020100 0a050103 00 0b 0b")]
    [InlineData("0061736d 01000000 01040160 0000 03020100 0a050103 00 ff 0b")]
    [InlineData("0061736d 01000000 01040160 0000 03020100 0a050103 00 18 00")]
    public void Print_MalformedBody_Throws(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Throws<MalformedException>(() => TextFormat.Print(bytes));
    }

    [Fact]
    public void Print_EverySpecificationModule_RoundTrips()
    {
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(
            Path.Combine(TestData.Require("spec"), "core"), "*.wast", SearchOption.AllDirectories))
        {
            foreach (var directive in WastScript.Parse(File.ReadAllBytes(path)).Directives)
            {
                if (directive is not ModuleDirective { Module: WastTextModule module }) continue;
                count++;
                var bytes = module.Encode();
                Assert.Equal(bytes, TextFormat.Parse(TextFormat.Print(bytes)));
            }
        }

        Assert.True(count > 1000, $"only {count} modules");
    }

    [Theory]
    [InlineData("bench")]
    [InlineData("opa")]
    [InlineData("proxy-wasm")]
    public void Print_RealModules_RoundTripAsText(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(TestData.Require(folder), "*.wasm", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(path);

            // Components have another version; the largest modules would only take longer.
            if (bytes.Length > 1 << 20 || bytes is not [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, ..]) continue;
            var printed = TextFormat.Print(bytes);
            Assert.Equal(printed, TextFormat.Print(TextFormat.Parse(printed, emitNames: true)));
        }
    }
}
