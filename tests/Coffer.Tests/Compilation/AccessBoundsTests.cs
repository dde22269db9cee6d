namespace Coffer.Tests.Compilation;

/// <summary>
/// In checked memory an access may rely on the check of another. A guest sees no difference to memory without checks: the same traps,
/// and before them the same writes.
/// </summary>
public sealed class AccessBoundsTests
{
    private const int Page = 65536;

    // Bodies of (param $p i32) (param $n i32) (result i32) (local $q i32).
    private static readonly (string Name, string Body)[] Bodies =
    [
        ("loads of rising extent", "(i32.add (i32.load (local.get $p)) (i32.add (i32.load offset=8 (local.get $p)) (i32.load8_u offset=13 (local.get $p))))"),
        ("loads of falling extent", "(i32.add (i32.load offset=12 (local.get $p)) (i32.load (local.get $p)))"),
        ("a store before a larger load", "(i32.store (local.get $p) (i32.const 7)) (i32.load offset=8 (local.get $p))"),
        ("stores of rising extent", "(i32.store (local.get $p) (i32.const 1)) (i32.store offset=4 (local.get $p) (i32.const 2)) (i64.store offset=8 (local.get $p) (i64.const 3)) (i32.const 0)"),
        ("stores of falling extent", "(i32.store offset=8 (local.get $p) (i32.const 1)) (i32.store (local.get $p) (i32.const 2)) (i32.const 0)"),
        ("a store at the end of loads", "(i32.store offset=8 (local.get $p) (i32.add (i32.load (local.get $p)) (i32.const 1))) (i32.load offset=12 (local.get $p))"),
        ("a global between", "(drop (i32.load (local.get $p))) (global.set $g (i32.const 5)) (i32.load offset=8 (local.get $p))"),
        ("a call between", "(drop (i32.load (local.get $p))) (call $set) (i32.load offset=8 (local.get $p))"),
        ("a division between", "(i32.add (i32.load (local.get $p)) (i32.add (i32.div_u (i32.const 1) (local.get $n)) (i32.load offset=8 (local.get $p))))"),
        ("a remainder between", "(i64.store (i32.const 0) (i64.rem_s (i64.load (local.get $p)) (i64.extend_i32_s (local.get $n)))) (i32.load offset=12 (local.get $p))"),
        ("a conversion between", "(i32.add (i32.load (local.get $p)) (i32.add (i32.trunc_f64_s (f64.div (f64.const 1) (f64.convert_i32_s (local.get $n)))) (i32.load offset=8 (local.get $p))))"),
        ("a constant of floats between", "(i32.add (i32.load (local.get $p)) (i32.add (i32.trunc_sat_f32_s (f32.const 1)) (i32.load offset=8 (local.get $p))))"),
        ("unreachable between", "(drop (i32.load (local.get $p))) (if (i32.eqz (local.get $n)) (then (unreachable))) (i32.load offset=8 (local.get $p))"),
        ("the local written between", "(i32.add (i32.load offset=8 (local.get $p)) (block (result i32) (local.set $p (i32.add (local.get $p) (local.get $n))) (i32.load (local.get $p))))"),
        ("an old value on the stack", "(i32.add (i32.load (local.get $p) (local.set $p (local.get $n))) (i32.load offset=100 (local.get $p)))"),
        ("teed", "(i32.add (i32.load (local.tee $q (i32.add (local.get $p) (local.get $n)))) (i32.load offset=8 (local.get $q)))"),
        ("copied", "(local.set $q (local.get $p)) (i32.add (i32.load offset=8 (local.get $p)) (i32.load offset=4 (local.get $q)))"),
        ("copied and overwritten", "(local.set $q (local.get $p)) (drop (i32.load offset=8 (local.get $p))) (local.set $p (local.get $n)) (i32.add (i32.load offset=4 (local.get $q)) (i32.load (local.get $p)))"),
        ("a constant added", "(i32.add (i32.load offset=16 (local.get $p)) (i32.load (i32.add (local.get $p) (i32.const 8))))"),
        ("a constant added, beyond", "(i32.add (i32.load offset=16 (local.get $p)) (i32.load (i32.add (local.get $p) (i32.const 20))))"),
        ("a constant subtracted", "(i32.add (i32.load offset=16 (local.get $p)) (i32.load (i32.add (local.get $p) (i32.const -4))))"),
        ("constants added twice", "(local.set $q (i32.add (local.get $p) (i32.const -16))) (i32.add (i32.load offset=16 (local.get $p)) (i32.load (i32.add (local.get $q) (i32.const 16))))"),
        ("a sum checked first", "(local.set $q (i32.add (local.get $p) (i32.const 8))) (i32.add (i32.load (local.get $q)) (i32.load (local.get $p)))"),
        ("sums of sums", "(local.set $q (i32.add (local.get $p) (i32.const 4))) (drop (i32.load offset=16 (local.get $p))) (local.set $p (i32.add (local.get $q) (i32.const 4))) (i32.add (i32.load offset=8 (local.get $p)) (i32.load offset=9 (local.get $p)))"),
        ("in one arm", "(if (local.get $n) (then (drop (i32.load offset=8 (local.get $p))))) (i32.store (i32.const 0) (i32.const 9)) (i32.load offset=4 (local.get $p))"),
        ("in the other arm", "(if (local.get $n) (then (drop (i32.load offset=8 (local.get $p)))) (else (i32.store offset=4 (local.get $p) (i32.const 3)))) (i32.load (local.get $p))"),
        ("written in one arm", "(drop (i32.load offset=8 (local.get $p))) (if (local.get $n) (then (local.set $p (i32.mul (local.get $p) (i32.const 2))))) (i32.load (local.get $p))"),
        ("written in one arm that leaves", "(drop (i32.load offset=8 (local.get $p))) (block (if (local.get $n) (then (local.set $p (i32.mul (local.get $p) (i32.const 2))) (br 1))) (drop (i32.load (local.get $p)))) (i32.load (local.get $p))"),
        ("behind a branch", "(block (br_if 0 (local.get $n)) (drop (i32.load offset=8 (local.get $p)))) (i32.store (i32.const 0) (i32.const 9)) (i32.load offset=4 (local.get $p))"),
        ("before a branch", "(block (drop (i32.load offset=8 (local.get $p))) (br_if 0 (local.get $n)) (drop (i32.load offset=12 (local.get $p)))) (i32.store (i32.const 0) (i32.const 9)) (i32.load offset=10 (local.get $p))"),
        ("branches out of two blocks", "(block (block (br_if 0 (local.get $n)) (drop (i32.load offset=8 (local.get $p))) (br_if 1 (i32.eqz (local.get $n)))) (i32.store (i32.const 0) (i32.const 9)) (drop (i32.load (local.get $p)))) (i32.load offset=6 (local.get $p))"),
        ("a table of branches", "(block (block (block (br_table 0 1 2 (local.get $n))) (drop (i32.load offset=8 (local.get $p))) (br 1)) (i32.store (i32.const 0) (i32.const 9)) (drop (i32.load (local.get $p)))) (i32.load offset=6 (local.get $p))"),
        ("written between a branch and its label", "(drop (i32.load offset=8 (local.get $p))) (block (br_if 0 (local.get $n)) (local.set $p (i32.const 65535))) (i32.load (local.get $p))"),
        ("selected", "(drop (i32.load offset=8 (local.get $p))) (local.set $q (select (local.get $p) (local.get $n) (i32.lt_u (local.get $n) (i32.const 2)))) (i32.load offset=8 (local.get $q))"),
        ("a loop that steps", "(loop $l (local.set $q (i32.add (local.get $q) (i32.add (i32.load (local.get $p)) (i32.load8_u offset=6 (local.get $p))))) (i32.store (local.get $p) (local.get $q)) (local.set $p (i32.add (local.get $p) (i32.const 3))) (br_if $l (i32.lt_u (local.get $p) (i32.const 65536)))) (local.get $q)"),
        ("a long loop that steps", "(loop $l (if (i32.and (local.get $p) (i32.const 1)) (then (drop (i32.load offset=3 (local.get $p)))) (else (i32.store8 offset=2 (local.get $p) (i32.const 1)))) (call $nothing) (i32.store (local.get $p) (local.get $q)) (local.set $p (i32.add (local.get $p) (i32.const 3))) (br_if $l (i32.lt_u (local.get $p) (i32.const 65536)))) (local.get $q)"),
        ("known before a loop", "(drop (i32.load offset=8 (local.get $p))) (loop $l (i32.store offset=4 (local.get $p) (local.get $q)) (br_if $l (i32.lt_u (local.tee $q (i32.add (local.get $q) (i32.const 1))) (i32.const 9)))) (i32.load offset=8 (local.get $p))"),
        ("written at the end of a loop", "(drop (i32.load offset=8 (local.get $p))) (loop $l (i32.store offset=4 (local.get $p) (local.get $q)) (local.set $p (local.get $n)) (br_if $l (i32.lt_u (local.tee $q (i32.add (local.get $q) (i32.const 1))) (i32.const 2)))) (i32.load offset=8 (local.get $p))"),
        ("written at the end of an outer loop", "(loop $o (drop (i32.load offset=8 (local.get $p))) (call $nothing) (loop $l (i32.store offset=4 (local.get $p) (local.get $q)) (br_if $l (i32.lt_u (local.tee $q (i32.add (local.get $q) (i32.const 1))) (i32.const 2)))) (drop (i32.load offset=8 (local.get $p))) (local.set $p (local.get $n)) (br_if $o (i32.lt_u (local.tee $q (i32.add (local.get $q) (i32.const 1))) (i32.const 6)))) (i32.load offset=8 (local.get $p))"),
        ("memory grown between", "(drop (i32.load (local.get $p))) (drop (memory.grow (i32.eqz (local.get $n)))) (i32.load offset=8 (local.get $p))"),
        ("a small index", "(i32.load offset=65272 (i32.and (local.get $p) (i32.const 255)))"),
        ("an index that is nearly small enough", "(i32.load offset=65278 (i32.and (local.get $p) (i32.const 255)))"),
        ("an index times four", "(i32.load offset=64512 (i32.shl (i32.and (local.get $p) (i32.const 255)) (i32.const 2)))"),
        ("an index times four, beyond", "(i32.load offset=64513 (i32.shl (i32.and (local.get $p) (i32.const 255)) (i32.const 2)))"),
        ("an index that is shifted out", "(i32.load (i32.shl (i32.and (local.get $p) (i32.const 255)) (i32.const 28)))"),
        ("an index shifted down", "(i32.load offset=65500 (i32.shr_u (local.get $p) (i32.const 27)))"),
        ("an index shifted down with sign", "(i32.load offset=65500 (i32.shr_s (local.get $p) (i32.const 27)))"),
        ("an index of a product", "(i32.load8_u offset=536 (i32.mul (i32.and (local.get $p) (i32.const 255)) (i32.const 255)))"),
        ("an index of a remainder", "(i32.load offset=65523 (i32.rem_u (local.get $p) (i32.const 10)))"),
        ("an index of two parts", "(i32.load offset=65280 (i32.or (i32.and (local.get $p) (i32.const 128)) (i32.and (local.get $n) (i32.const 130))))"),
        ("an index from memory", "(i32.store8 (i32.const 0) (local.get $p)) (i32.load offset=65278 (i32.load8_u (i32.const 0)))"),
        ("an index from memory with sign", "(i32.store8 (i32.const 0) (local.get $p)) (i32.load offset=64000 (i32.load8_s (i32.const 0)))"),
        ("an index in a local", "(local.set $q (i32.and (local.get $p) (i32.const 255))) (if (local.get $n) (then (local.set $q (local.get $p)))) (i32.load offset=65272 (local.get $q))"),
        ("an index from the first of two results", "(i32.load offset=65000 (i32.wrap_i64 (block (result i64) (i64.add128 (i64.const 1) (i64.const 0) (i64.extend_i32_u (local.get $p)) (i64.const 0)) (drop))))"),
        ("constants", "(i32.add (i32.load (i32.const 65532)) (i32.load offset=4 (i32.const 65529)))"),
        ("a constant below zero", "(i32.load (i32.const -4))"),
        ("vectors", "(i32.add (i32x4.extract_lane 0 (v128.load (local.get $p))) (i32.add (i32.load offset=12 (local.get $p)) (i32.load offset=13 (local.get $p))))"),
        ("atomic accesses", "(i32.add (i32.atomic.load offset=4 (local.get $p)) (i32.atomic.rmw.add offset=8 (local.get $p) (i32.const 1)))"),
        ("caught", "(drop (i32.load offset=4 (local.get $p))) (block (try_table (catch_all 0) (if (local.get $n) (then (local.set $p (i32.const 65535)) (throw $e))) (drop (i32.load offset=8 (local.get $p))))) (i32.load offset=6 (local.get $p))"),
    ];

    public static TheoryData<string> Names() => [.. Bodies.Select(body => body.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Access_CheckedByAnother_DoesWhatItDoesInGuardedMemory(string name)
    {
        var text = $"""
            (module
              (memory (export "memory") 1 3)
              (global $g (export "g") (mut i32) (i32.const 0))
              (tag $e)
              (func $set (global.set $g (i32.const 6)))
              (func $nothing)
              (func (export "f") (param $p i32) (param $n i32) (result i32) (local $q i32)
                {Bodies.Single(body => body.Name == name).Body}))
            """;
        int[] addresses = [0, 1, 4, 1000, .. Enumerable.Range(Page - 25, 30), int.MinValue, int.MaxValue, .. Enumerable.Range(-25, 25)];
        foreach (var number in new[] { 0, 1, 2, Page - 4, -8 })
        {
            foreach (var address in addresses)
            {
                var expected = Outcome(MemoryMode.Guarded, text, address, number);
                Assert.Equal((address, number, expected), (address, number, Outcome(MemoryMode.Checked, text, address, number)));
            }
        }
    }

    /// <summary>What is added to an address of 64 bits may wrap round.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(Page - 20, 1)]
    [InlineData(Page - 19, 0)]
    [InlineData(-1, 0)]
    [InlineData(-16, 0)]
    [InlineData(-20, 0)]
    [InlineData(long.MinValue, 0)]
    public void Access_In64Bits_TrapsBeyondTheEnd(long address, int returns)
    {
        string[] bodies =
        [
            "(i64.add (i64.load32_u (local.get 0)) (i64.load32_u offset=16 (local.get 0)))",
            "(i64.add (i64.load32_u offset=16 (local.get 0)) (i64.load32_u (local.get 0)))",
            "(i64.add (i64.load32_u offset=16 (local.get 0)) (i64.load32_u (i64.add (local.get 0) (i64.const 16))))",
            "(i64.add (i64.load32_u offset=4 (local.get 0)) (i64.load32_u offset=12 (i64.add (local.get 0) (i64.const 4))))",
        ];
        var engine = new Engine();
        foreach (var body in bodies)
        {
            using var store = new Store(engine);
            var function = new Linker().Instantiate(store, Module.CompileText(engine, $"""
                (module (memory i64 1) (func (export "f") (param i64) (result i64) {body}))
                """)).GetFunction<long, long>("f");
            if (returns == 1) Assert.Equal(0, function(address));
            else Assert.Equal(TrapKind.MemoryOutOfBounds, Assert.Throws<TrapException>(() => function(address)).Kind);
        }
    }

    [Theory]
    [InlineData("0xfffffffffffffffc")]
    [InlineData("0xfffffffffffffff8")]
    [InlineData("0x100000000")]
    public void Offset_BeyondAllMemory_Traps(string offset)
    {
        var engine = new Engine();
        using var store = new Store(engine);
        var function = new Linker().Instantiate(store, Module.CompileText(engine, $"""
            (module (memory i64 1) (func (export "f") (param i64) (result i32)
              (drop (i32.load (local.get 0)))
              (i32.load offset={offset} (local.get 0))))
            """)).GetFunction<long, int>("f");
        Assert.Equal(TrapKind.MemoryOutOfBounds, Assert.Throws<TrapException>(() => function(0)).Kind);
    }

    /// <summary>Only the first memory is followed.</summary>
    [Fact]
    public void Access_ToAnotherMemory_IsCheckedByItself()
    {
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = MemoryMode.Checked } });
        using var store = new Store(engine);
        var function = new Linker().Instantiate(store, Module.CompileText(engine, """
            (module (memory $a 2) (memory $b 1) (func (export "f") (param i32) (result i32)
              (i32.add (i32.load $a offset=8 (local.get 0)) (i32.load $b (local.get 0)))))
            """)).GetFunction<int, int>("f");
        Assert.Equal(0, function(Page - 4));
        Assert.Equal(TrapKind.MemoryOutOfBounds, Assert.Throws<TrapException>(() => function(Page)).Kind);
    }

    private static string Outcome(MemoryMode mode, string text, int address, int number)
    {
        var (engine, module) = Compiled(mode, text);
        using var store = new Store(engine);
        var instance = new Linker().Instantiate(store, module);
        string outcome;
        try
        {
            outcome = instance.GetFunction<int, int, int>("f")(address, number).ToString();
        }
        catch (TrapException trap)
        {
            outcome = trap.Kind.ToString();
        }

        var memory = instance.GetMemory();
        var hash = new HashCode();
        hash.AddBytes(memory.GetSpan(0, (int)memory.ByteLength));
        return $"{outcome}, g = {instance.GetGlobal("g").Value}, memory {memory.ByteLength} {hash.ToHashCode():x}";
    }

    [ThreadStatic]
    private static Dictionary<(MemoryMode, string), (Engine, Module)>? compiled;

    private static (Engine Engine, Module Module) Compiled(MemoryMode mode, string text)
    {
        compiled ??= [];
        if (compiled.TryGetValue((mode, text), out var found)) return found;
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } });
        return compiled[(mode, text)] = (engine, Module.CompileText(engine, text));
    }
}
