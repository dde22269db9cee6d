namespace Coffer.Tests.Compilation;

/// <summary>
/// An i32 local that is mostly an address is kept as a wider number. It stays an i32 in everything that a guest can see.
/// </summary>
public sealed class AddressLocalTests
{
    // Each uses $p as an address in a loop first, so that it is such a local, and then in another way.
    private static readonly (string Name, string Use, Func<int, long> Expected)[] Uses =
    [
        ("compared with sign", "(i64.extend_i32_u (i32.lt_s (local.get $p) (i32.const 0)))", p => p < 0 ? 1 : 0),
        ("compared without sign", "(i64.extend_i32_u (i32.lt_u (local.get $p) (i32.const 16)))", p => (uint)p < 16 ? 1 : 0),
        ("extended with sign", "(i64.extend_i32_s (local.get $p))", p => p),
        ("extended without sign", "(i64.extend_i32_u (local.get $p))", p => (uint)p),
        ("shifted with sign", "(i64.extend_i32_s (i32.shr_s (local.get $p) (i32.const 4)))", p => p >> 4),
        ("rotated", "(i64.extend_i32_u (i32.rotl (local.get $p) (i32.const 8)))", p => uint.RotateLeft((uint)p, 8)),
        ("counted", "(i64.extend_i32_u (i32.clz (local.get $p)))", p => int.LeadingZeroCount(p)),
        ("added past the end", "(i64.extend_i32_u (i32.add (local.get $p) (i32.const 0x7fffffff)))", p => (uint)(p + 0x7FFFFFFF)),
        ("tested for zero", "(i64.extend_i32_u (i32.eqz (local.get $p)))", p => p == 0 ? 1 : 0),
        ("converted", "(i64.trunc_sat_f64_s (f64.convert_i32_s (local.get $p)))", p => p),
        ("passed on", "(i64.extend_i32_s (call $same (local.get $p)))", p => p),
        ("stored", "(i32.store (i32.const 16) (local.get $p)) (i64.load32_s (i32.const 16))", p => p),
        ("kept in a global", "(global.set $g (local.get $p)) (i64.extend_i32_s (global.get $g))", p => p),
        ("selected", "(i64.extend_i32_s (select (local.get $p) (i32.const 7) (i32.const 1)))", p => p),
        ("teed", "(i64.extend_i32_s (i32.add (local.tee $p (i32.add (local.get $p) (i32.const -1))) (local.get $p)))", p => 2 * (p - 1)),
        ("from a block", "(i64.extend_i32_s (block (result i32) (local.get $p)))", p => p),
        ("from both arms", "(i64.extend_i32_s (if (result i32) (local.get $p) (then (local.get $p)) (else (local.get $p))))", p => p),
    ];

    public static TheoryData<string, MemoryMode> Cases()
    {
        var cases = new TheoryData<string, MemoryMode>();
        foreach (var use in Uses)
        {
            cases.Add(use.Name, MemoryMode.Guarded);
            cases.Add(use.Name, MemoryMode.Checked);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Local_UsedAsAnAddress_StaysAnI32(string name, MemoryMode mode)
    {
        var (_, use, expected) = Uses.Single(candidate => candidate.Name == name);
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } });
        foreach (var kind in new[] { "parameter", "local" })
        {
            using var store = new Store(engine);
            var function = new Linker().Instantiate(store, Module.CompileText(engine, $"""
                (module
                  (memory 1)
                  (global $g (mut i32) (i32.const 0))
                  (func $same (param i32) (result i32) (local.get 0))
                  (func (export "f") (param {(kind == "parameter" ? "$p" : "$q")} i32) (result i64) (local {(kind == "parameter" ? "$q" : "$p")} i32)
                    {(kind == "parameter" ? "" : "(local.set $p (local.get $q))")}
                    (block $done (loop $l
                      (br_if $done (i32.ge_u (local.get $p) (i32.const 65536)))
                      (br_if $l (i32.load (local.get $p)))
                      (br_if $l (i32.load offset=4 (local.get $p)))))
                    {use}))
                """)).GetFunction<int, long>("f");
            int[] values = [0, 1, 8, -1, -8, int.MinValue, int.MaxValue];
            Assert.Equal(values.Select(expected), values.Select(function));
        }
    }

    /// <summary>Addresses wrap round as i32, and what is added to them does not.</summary>
    [Theory]
    [InlineData(MemoryMode.Guarded)]
    [InlineData(MemoryMode.Checked)]
    public void Access_ThroughALocal_WrapsAsTheGuestComputesIt(MemoryMode mode)
    {
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } });
        using var store = new Store(engine);
        var instance = new Linker().Instantiate(store, Module.CompileText(engine, """
            (module
              (memory 1)
              (data (i32.const 4) "\2a\00\00\00")
              (func (export "wrapped") (param $p i32) (result i32) (local $sum i32)
                (loop $l
                  (local.set $p (i32.add (local.get $p) (i32.const 8)))
                  (br_if $l (i32.gt_u (local.get $p) (i32.const 65528)))
                  (local.set $sum (i32.load (local.get $p))))
                (local.get $sum))
              (func (export "beyond") (param $p i32) (result i32)
                (loop $l (br_if $l (i32.load offset=8 (local.get $p))))
                (i32.load offset=8 (local.get $p)))
              (func (export "teed") (param $p i32) (param $n i32) (result i32) (local $q i32)
                (loop $l
                  (i32.store (local.tee $q (i32.add (local.get $p) (local.get $n))) (local.get $n))
                  (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 4))) (i32.const 0))))
                (i32.load (local.get $q))))
            """));
        Assert.Equal(42, instance.GetFunction<int, int>("wrapped")(-4));
        Assert.Equal(4, instance.GetFunction<int, int, int>("teed")(1000, 40));
        var beyond = instance.GetFunction<int, int>("beyond");
        Assert.Equal(0, beyond(16));
        Assert.Equal(TrapKind.MemoryOutOfBounds, Assert.Throws<TrapException>(() => beyond(-8)).Kind);
        Assert.Equal(TrapKind.MemoryOutOfBounds, Assert.Throws<TrapException>(() => beyond(65536 - 8)).Kind);
    }
}
