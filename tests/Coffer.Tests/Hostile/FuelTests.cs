namespace Coffer.Tests.Hostile;

/// <summary>Fuel is the same on every path, in every memory mode and in every run.</summary>
public sealed class FuelTests
{
    private const string Fib = """
        (module
          (memory (export "memory") 1)
          (func $fib (param i32) (result i32)
            (i32.store (i32.shl (local.get 0) (i32.const 2)) (local.get 0))
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
              (then (local.get 0))
              (else (i32.add
                (call $fib (i32.sub (local.get 0) (i32.const 1)))
                (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
          (func (export "run") (param i32) (result i32) (local i32)
            (loop (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if 0 (i32.lt_u (local.get 1) (i32.const 100))))
            (call $fib (local.get 0)))
          (func (export "forever") (loop (br 0)))
          (func (export "twice") (loop (br_if 0 (i32.const 0)))))
        """;

    private static long Use(MemoryMode mode, int argument)
    {
        var instance = Guest.Load(Fib, engine: Guest.Metered(mode));
        instance.Store.Fuel = 10_000_000;
        instance.GetFunction<int, int>("run")(argument);
        return 10_000_000 - instance.Store.Fuel;
    }

    [Fact]
    public void Fuel_SameWork_SameAmountInEveryModeAndRun()
    {
        var expected = Use(MemoryMode.Guarded, 15);
        Assert.True(expected > 10_000, $"{expected}");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(expected, Use(MemoryMode.Guarded, 15));
            Assert.Equal(expected, Use(MemoryMode.Checked, 15));
        }

        Assert.True(Use(MemoryMode.Checked, 16) > expected);
    }

    [Fact]
    public void Fuel_OneUnitAnInstruction_IsCounted()
    {
        var instance = Guest.Load(
            "(module (func (export \"run\") (drop (i32.add (i32.const 1) (i32.const 2)))))", engine: Guest.Metered(MemoryMode.Checked));
        instance.Store.Fuel = 100;
        instance.GetAction("run")();
        // Two constants, the addition, drop and end.
        Assert.Equal(95, instance.Store.Fuel);
    }

    [Fact]
    public void Fuel_UsedUp_EndsEveryGuest()
    {
        var instance = Guest.Load(Fib, engine: Guest.Metered(MemoryMode.Guarded));
        var forever = instance.GetAction("forever");
        for (var i = 0; i < 3; i++)
        {
            instance.Store.Fuel = 1_000_000;
            Guest.Exhausts(ExhaustionKind.Fuel, forever);
            Assert.True(instance.Store.Fuel is <= 0 and > -1000, $"{instance.Store.Fuel}");
        }

        instance.Store.Fuel = 1_000;
        instance.GetAction("twice")();
    }

    [Fact]
    public void Fuel_EnoughForPart_EndsAtTheSameStateInEveryMode()
    {
        var ends = new List<string>();
        foreach (var mode in new[] { MemoryMode.Guarded, MemoryMode.Checked })
        {
            var instance = Guest.Load(Fib, engine: Guest.Metered(mode), limits: new StoreLimits { Fuel = 5_000 });
            Guest.Exhausts(ExhaustionKind.Fuel, () => instance.GetFunction<int, int>("run")(20));
            ends.Add($"{instance.Store.Fuel} {Convert.ToHexString(instance.GetMemory().ReadBytes(0, 100))}");
        }

        Assert.Equal(ends[0], ends[1]);
    }

    [Fact]
    public void Fuel_BulkInstructions_EndInTime()
    {
        var instance = Guest.Load(
            "(module (memory 1000) (func (export \"run\") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536000)) (br 0))))",
            engine: Guest.Metered(MemoryMode.Guarded), limits: new StoreLimits { Fuel = 1_000 });
        instance.Store.SetDeadline(TimeSpan.FromSeconds(30));
        var thrown = Assert.Throws<ExhaustionException>(instance.GetAction("run"));
        Assert.True(thrown.Kind is ExhaustionKind.Fuel or ExhaustionKind.Deadline, thrown.Message);
    }
}
