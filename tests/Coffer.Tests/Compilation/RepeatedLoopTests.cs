namespace Coffer.Tests.Compilation;

/// <summary>
/// Short loops are written several times in a row, and do what the loop says all the same, with and without counting fuel.
/// </summary>
public sealed class RepeatedLoopTests
{
    // Bodies of (param $n i32) (result i32) (local $i i32) (local $sum i32); each returns the sum of 0 to $n - 1, modulo
    // what its name says.
    private static readonly (string Name, string Body, Func<int, int> Expected)[] Bodies =
    [
        ("test at the end", """
            (loop $l
              (local.set $sum (i32.add (local.get $sum) (local.get $i)))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $sum)
            """, n => Sum(Math.Max(n, 1))),
        ("test at the start", """
            (block $out (loop $l
              (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
              (local.set $sum (i32.add (local.get $sum) (local.get $i)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $l)))
            (local.get $sum)
            """, Sum),
        ("falls out of one arm", """
            (loop $l
              (if (i32.lt_u (local.get $i) (local.get $n))
                (then
                  (local.set $sum (i32.add (local.get $sum) (local.get $i)))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br $l))))
            (local.get $sum)
            """, Sum),
        ("two ways back", """
            (loop $l
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $l (i32.eq (local.get $i) (i32.const 3)))
              (local.set $sum (i32.add (local.get $sum) (local.get $i)))
              (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
            (local.get $sum)
            """, n =>
            {
                var (i, sum) = (0, 0);
                do
                {
                    if (++i == 3) continue;
                    sum += i;
                }
                while (i < n || i == 3);
                return sum;
            }),
        ("table", """
            (block $out (loop $l
              (local.set $sum (i32.add (local.get $sum) (local.get $i)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_table $out $l $l (select (i32.const 0) (local.get $i) (i32.ge_u (local.get $i) (local.get $n))))))
            (local.get $sum)
            """, n => Sum(Math.Max(n, 1))),
        ("returns from within", """
            (loop $l
              (if (i32.ge_u (local.get $i) (local.get $n)) (then (return (local.get $sum))))
              (local.set $sum (i32.add (local.get $sum) (local.get $i)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $l))
            (unreachable)
            """, Sum),
        ("operands below", """
            (i32.const 1000)
            (loop $l
              (local.set $sum (i32.add (local.get $sum) (local.get $i)))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (i32.add (local.get $sum))
            """, n => 1000 + Sum(Math.Max(n, 1))),
        ("blocks with results", """
            (loop $l
              (local.set $sum (i32.add (local.get $sum)
                (block $b (result i32) (drop (br_if $b (local.get $i) (i32.const 1))) (i32.const 77))))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $sum)
            """, n => Sum(Math.Max(n, 1))),
        ("never goes back", """
            (loop $l (local.set $sum (i32.add (local.get $n) (i32.const 1))))
            (local.get $sum)
            """, n => n + 1),
        ("one after the other, and nested", """
            (loop $a (br_if $a (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
            (local.set $i (i32.const 0))
            (loop $outer
              (loop $inner
                (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
                (br_if $inner (i32.and (local.get $sum) (i32.const 3))))
              (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $sum)
            """, n => 4 * Math.Max(n, 1)),
        ("dead", """
            (block $out (br $out)
              (loop $l (br_if $l (i32.const 1)) (local.set $sum (i32.const 9))))
            (i32.add (local.get $sum) (local.get $n))
            """, n => n),
        ("dead end", """
            (block $out (loop $l
              (local.set $sum (i32.add (local.get $sum) (local.get $i)))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))
              (br $out)))
            (local.get $sum)
            """, n => Sum(Math.Max(n, 1))),
        ("references", """
            (local $r (ref func))
            (loop $l
              (local.set $r (ref.func $f))
              (local.set $sum (i32.add (local.get $sum) (ref.is_null (local.get $r))))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (i32.add (local.get $i) (local.get $sum))
            """, n => Math.Max(n, 1)),
    ];

    private static int Sum(int n) => n * (n - 1) / 2;

    public static TheoryData<string> Names() => [.. Bodies.Select(body => body.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Loop_RunForAnyNumberOfRounds_DoesWhatItSays(string name)
    {
        var (_, body, expected) = Bodies.Single(candidate => candidate.Name == name);
        var (declarations, rest) = body.StartsWith("(local ", StringComparison.Ordinal)
            ? (body[..body.IndexOf('\n')], body[body.IndexOf('\n')..])
            : ("", body);
        var text = $"""
            (module
              (elem declare func $f)
              (func $f (export "f") (param $n i32) (result i32) (local $i i32) (local $sum i32) {declarations}
                {rest}))
            """;
        var rounds = Enumerable.Range(0, 11).ToArray();
        foreach (var consumeFuel in new[] { false, true })
        {
            var engine = new Engine(new EngineOptions { ConsumeFuel = consumeFuel });
            using var store = new Store(engine);
            if (consumeFuel) store.Fuel = 10_000;
            var function = new Linker().Instantiate(store, Module.CompileText(engine, text)).GetFunction<int, int>("f");
            Assert.Equal(rounds.Select(expected), rounds.Select(function));
        }
    }

    [Fact]
    public void Loop_WithoutEnd_EndsWithTheDeadline()
    {
        using var store = new Store(new Engine());
        var spin = new Linker().Instantiate(store, Module.CompileText(store.Engine, """(module (func (export "f") (loop $l (br $l))))"""))
            .GetAction("f");
        store.SetDeadline(TimeSpan.FromMilliseconds(50));
        Assert.Equal(ExhaustionKind.Deadline, Assert.Throws<ExhaustionException>(() => spin()).Kind);
    }

    /// <summary>The copies are the same instructions: a trap in any round is reported where the module has it.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Loop_TrapInALaterRound_IsReportedAtItsOffset(int round)
    {
        using var store = new Store(new Engine());
        var function = new Linker().Instantiate(store, Module.CompileText(store.Engine, """
            (module (func (export "f") (param $n i32) (local $i i32)
              (loop $l
                (if (i32.eq (local.get $i) (local.get $n)) (then (unreachable)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $l))))
            """)).GetAction<int>("f");
        var first = Assert.Throws<TrapException>(() => function(0));
        var later = Assert.Throws<TrapException>(() => function(round));
        Assert.Equal(first.WasmTrace[0], later.WasmTrace[0]);
    }
}
