using Coffer.Capabilities;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>Threads of a guest: what they share, and what ends them.</summary>
public sealed class ThreadTests
{
    // Adds its argument to the number at 0, and wakes whoever waits for it.
    private const string Adding = """
        (func (export "wasi_thread_start") (param i32 i32)
          (drop (i32.atomic.rmw.add (i32.const 0) (local.get 1)))
          (drop (memory.atomic.notify (i32.const 0) (i32.const 10))))
        """;

    private const string Spinning = """(func (export "wasi_thread_start") (param i32 i32) (loop (br 0)))""";

    [Fact]
    public void Spawn_ManyThreads_ShareTheMemory()
    {
        using var guest = new ThreadedGuest(Adding + """
            (func (export "_start") (local $i i32) (local $seen i32)
              (loop $next
                (if (i32.le_s (call $spawn (i32.const 2)) (i32.const 0)) (then unreachable))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
              (loop $wait
                (local.set $seen (i32.atomic.load (i32.const 0)))
                (drop (memory.atomic.wait32 (i32.const 0) (local.get $seen) (i64.const 1000000)))
                (br_if $wait (i32.ne (i32.atomic.load (i32.const 0)) (i32.const 40))))
              (call $exit (i32.const 7)))
            """);

        Assert.Equal(7U, guest.Run());
    }

    [Fact]
    public void Spawn_MoreThanTheQuota_IsRefused()
    {
        using var guest = new ThreadedGuest(
            Spinning + """
            (func (export "_start")
              (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))
              (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))
              (if (i32.ge_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable)))
            """,
            quotas: Quotas.Default with { Threads = 2 });

        Assert.Equal(0U, guest.Run());
    }

    [Fact]
    public void Spawn_NoStartFunction_IsRefused()
    {
        using var guest = new ThreadedGuest("""
            (func (export "_start") (if (i32.ge_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable)))
            """);

        Assert.Equal(0U, guest.Run());
    }

    [Fact]
    public void Trap_InAThread_IsThatOfTheProgram()
    {
        using var guest = new ThreadedGuest("""
            (func $divide (export "wasi_thread_start") (param i32 i32) (drop (i32.div_u (local.get 0) (i32.const 0))))
            (func (export "_start") (drop (call $spawn (i32.const 0))) (loop (br 0)))
            """);

        var trap = Assert.Throws<TrapException>(() => guest.Run());

        Assert.Equal(TrapKind.IntegerDivideByZero, trap.Kind);
    }

    [Fact]
    public void Deadline_Passes_EndsAllThreads()
    {
        using var guest = new ThreadedGuest(Spinning + """
            (func (export "_start") (drop (call $spawn (i32.const 0))) (loop (br 0)))
            """);
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(50));

        Assert.Equal(ExhaustionKind.Deadline, Assert.Throws<ExhaustionException>(() => guest.Run()).Kind);
    }

    [Fact]
    public void Fuel_UsedUpByAThread_EndsTheProgram()
    {
        using var guest = new ThreadedGuest(
            Spinning + """
            (func (export "_start")
              (drop (call $spawn (i32.const 0)))
              (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
            """,
            new StoreLimits { Fuel = 1_000_000 });

        Assert.Equal(ExhaustionKind.Fuel, Assert.Throws<ExhaustionException>(() => guest.Run()).Kind);
        Assert.InRange(guest.Store.Fuel, 0, 100_000);
    }

    [Fact]
    public void Tables_OfThreads_CountTogetherAndAreGivenBack()
    {
        using var guest = new ThreadedGuest(
            Adding + """
            (table 100 funcref)
            (func (export "_start") (local $i i32)
              (loop $next
                (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 2000000)))
                (br_if $next (i32.le_s (call $spawn (i32.const 1)) (i32.const 0)))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10)))))
            """,
            new StoreLimits { TableElements = 250 });

        Assert.Equal(0U, guest.Run());
    }
}
