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

    // Rounds of the inner loop fall from round to round of the outer one, which goes on from the inner.
    private const string NestedLoops = """
        loop local.get 0 i32.const 1 i32.sub local.tee 0 local.set 1
          loop local.get 1 i32.eqz if local.get 0 br_if 2 return end local.get 1 i32.const 1 i32.sub local.set 1 br 0 end
        end
        """;

    private const int Long = 40;
    private static readonly string Nops = string.Concat(Enumerable.Repeat("nop ", Long));

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

    /// <summary>One unit for each instruction that runs, whichever way control takes; counted by hand.</summary>
    [Theory]
    // get, if, and with the condition nop, nop and the end of the if; then the end of the function.
    [InlineData("local.get 0 if nop nop end", 0, 3)]
    [InlineData("local.get 0 if nop nop end", 1, 6)]
    // The first arm ends with else, the second with end.
    [InlineData("local.get 0 if nop nop nop else nop end", 1, 7)]
    [InlineData("local.get 0 if nop nop nop else nop end", 0, 5)]
    [InlineData("local.get 0 if (result i32) i32.const 1 else nop i32.const 2 end drop", 1, 6)]
    [InlineData("local.get 0 if (result i32) i32.const 1 else nop i32.const 2 end drop", 0, 7)]
    // Branches skip what follows, and the end of the block.
    [InlineData("block local.get 0 br_if 0 nop nop end nop", 1, 5)]
    [InlineData("block local.get 0 br_if 0 nop nop end nop", 0, 8)]
    [InlineData("block local.get 0 br_if 0 nop local.get 1 br_if 0 nop nop end nop", 0, 11)]
    [InlineData("block block local.get 0 br_if 1 br 0 end nop end", 1, 5)]
    [InlineData("block block local.get 0 br_if 1 br 0 end nop end", 0, 8)]
    [InlineData("local.get 0 if return end nop", 1, 3)]
    [InlineData("block block block local.get 0 br_table 0 1 2 end nop return end nop nop return end nop", 0, 7)]
    [InlineData("block block block local.get 0 br_table 0 1 2 end nop return end nop nop return end nop", 1, 8)]
    [InlineData("block block block local.get 0 br_table 0 1 2 end nop return end nop nop return end nop", 2, 7)]
    // A round: get, const, sub, tee, br_if. Once: loop, end, end.
    [InlineData("loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 1, 8)]
    [InlineData("loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 2, 13)]
    [InlineData("loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 7, 38)]
    [InlineData("loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 100_000, 500_003)]
    // The same with a way out in the middle of a round, with further work behind the loop.
    [InlineData("block loop local.get 0 i32.eqz br_if 1 local.get 0 i32.const 1 i32.sub local.set 0 br 0 end end nop nop", 0, 8)]
    [InlineData("block loop local.get 0 i32.eqz br_if 1 local.get 0 i32.const 1 i32.sub local.set 0 br 0 end end nop nop", 3, 32)]
    [InlineData("block nop block loop local.get 0 i32.const 5 i32.eq br_if 1 local.get 0 i32.eqz br_if 2 local.get 0 i32.const 1 i32.sub local.set 0 br 0 end end nop nop end", 9, 60)]
    [InlineData("block nop block loop local.get 0 i32.const 5 i32.eq br_if 1 local.get 0 i32.eqz br_if 2 local.get 0 i32.const 1 i32.sub local.set 0 br 0 end end nop nop end", 2, 36)]
    // Several ways back to the beginning of a loop: two of one loop, one from a loop inside, one of a table.
    [InlineData("loop local.get 0 i32.const 1 i32.sub local.tee 0 i32.const 1 i32.and br_if 0 local.get 0 br_if 0 end", 4, 35)]
    [InlineData(NestedLoops, 3, 59)]
    [InlineData(NestedLoops, 300, 362_102)]
    [InlineData("loop local.get 0 i32.const 1 i32.sub local.tee 0 i32.eqz br_table 0 1 end", 3, 19)]
    // Calls: the instructions of the function called, its end too.
    [InlineData("call 1", 0, 6)]
    [InlineData("loop call 1 local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 3, 33)]
    [InlineData("i32.const 0 call_indirect nop", 0, 8)]
    [InlineData("return_call 1", 0, 5)]
    // A small function that only direct calls can reach is counted by its callers.
    [InlineData("call 3", 0, 6)]
    [InlineData("call 3 call 1 call 3", 0, 16)]
    [InlineData("loop call 3 local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 3, 33)]
    [InlineData("local.get 0 if call 3 else nop end", 1, 9)]
    [InlineData("local.get 0 if call 3 else nop end", 0, 5)]
    [InlineData("return_call 3", 0, 5)]
    [InlineData("block try_table (catch_all 0) call 3 throw 0 end end nop", 0, 10)]
    [InlineData("block try_table (catch_all 0) call 3 call 2 end end nop", 0, 12)]
    // Exceptions: what runs before and after, at any depth.
    [InlineData("block try_table (catch_all 0) nop throw 0 end end nop", 0, 6)]
    [InlineData("block try_table (catch_all 0) nop call 2 nop end end nop", 0, 8)]
    [InlineData("block try_table (catch_all 0) nop local.get 0 br_if 1 end end nop", 1, 7)]
    [InlineData("loop block try_table (catch_all 0) nop call 2 end end local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 4, 47)]
    public void Fuel_OfEachWay_IsTheInstructionsThatRan(string body, int argument, long expected)
    {
        var text = $$"""
            (module
              (table funcref (elem 1)) (tag)
              (func (export "run") (param i32 i32) {{body}})
              (func nop nop nop)
              (func nop throw 0 nop)
              (func (local i64 v128) (drop (local.get 0)) nop))
            """;
        foreach (var mode in new[] { MemoryMode.Guarded, MemoryMode.Checked })
        {
            var instance = Guest.Load(text, engine: Guest.Metered(mode));
            instance.Store.Fuel = 1_000_000;
            instance.GetAction<int, int>("run")(argument, 0);
            Assert.Equal(expected, 1_000_000 - instance.Store.Fuel);
        }
    }

    /// <summary>The same of ways that differ by much, with calls of the host and without; counted by hand.</summary>
    [Theory]
    [InlineData("local.get 0 if LONG end", 0, 3)]
    [InlineData("local.get 0 if LONG end", 1, 4 + Long)]
    [InlineData("local.get 0 if LONG else nop end", 1, 4 + Long)]
    [InlineData("local.get 0 if LONG else nop end", 0, 5)]
    [InlineData("local.get 0 if nop else LONG end", 1, 5)]
    [InlineData("local.get 0 if nop else LONG end", 0, 4 + Long)]
    [InlineData("local.get 0 if return end LONG", 1, 3)]
    [InlineData("local.get 0 if return end LONG", 0, 3 + Long)]
    [InlineData("block local.get 0 br_if 0 LONG local.get 1 br_if 0 LONG end", 1, 4)]
    [InlineData("block local.get 0 br_if 0 LONG local.get 1 br_if 0 LONG end", 0, 7 + (2 * Long))]
    [InlineData("block block block local.get 0 br_table 0 1 2 end LONG return end LONG LONG return end", 0, 6 + Long)]
    [InlineData("block block block local.get 0 br_table 0 1 2 end LONG return end LONG LONG return end", 1, 6 + (2 * Long))]
    [InlineData("block block block local.get 0 br_table 0 1 2 end LONG return end LONG LONG return end", 2, 6)]
    [InlineData("block local.get 0 br_if 0 call 0 LONG end", 1, 4)]
    [InlineData("block local.get 0 br_if 0 call 0 LONG end", 0, 6 + Long)]
    [InlineData("loop local.get 0 i32.const 1 i32.and if LONG end local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 4, 39 + (2 * (Long + 1)))]
    [InlineData("loop local.get 0 i32.const 1 i32.and if LONG end call 0 local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 4, 43 + (2 * (Long + 1)))]
    public void Fuel_OfWaysThatDifferMuch_IsTheInstructionsThatRan(string body, int argument, long expected)
    {
        var linker = new Linker();
        linker.DefineFunction("", "host", () => { });
        var instance = Guest.Load(
            $"(module (import \"\" \"host\" (func)) (func (export \"run\") (param i32 i32) {body.Replace("LONG", Nops)}))",
            linker, Guest.Metered(MemoryMode.Guarded));
        instance.Store.Fuel = 1_000_000;
        instance.GetAction<int, int>("run")(argument, 0);
        Assert.Equal(expected, 1_000_000 - instance.Store.Fuel);
    }

    private const string Callee = """
        (module (func (export "leaf") nop nop)
          (func (export "work") (param i32) (loop LONG local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0))
          (func (export "forever") (loop br 0)))
        """;

    private const string Caller = """
        (module (import "callee" "leaf" (func)) (import "callee" "forever" (func)) (import "" "host" (func))
          (func (export "run") (param i32) (loop call 0 local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0))
          (func (export "hosts") (param i32) (loop call 2 call 0 local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0))
          (func (export "leaves") (loop call 0 br 0))
          (func (export "forever") call 1))
        """;

    private static (Instance Callee, Instance Caller) LoadTwo(Action<Caller> host)
    {
        var engine = Guest.Metered(MemoryMode.Guarded);
        var store = new Store(engine);
        var linker = new Linker();
        linker.DefineFunction("", "host", host);
        var callee = linker.Instantiate(store, Module.CompileText(engine, Callee.Replace("LONG", Nops)));
        linker.DefineInstance("callee", callee);
        return (callee, linker.Instantiate(store, Module.CompileText(engine, Caller)));
    }

    [Fact]
    public void Fuel_OfTwoInstances_IsThatOfTheStore()
    {
        var (callee, caller) = LoadTwo(_ => { });
        var store = caller.Store;
        store.Fuel = 100_000;
        caller.GetAction<int>("run")(10);

        // Once: loop, end, end. A round: six, and three of the leaf.
        Assert.Equal(100_000 - 93, store.Fuel);
        callee.GetAction<int>("work")(10);
        Assert.Equal(100_000 - 93 - 453, store.Fuel);
        caller.GetAction<int>("run")(8_000);
        Assert.Equal(100_000 - 93 - 453 - 72_003, store.Fuel);
        Guest.Exhausts(ExhaustionKind.Fuel, () => callee.GetAction<int>("work")(8_000));
        Assert.Equal(0, store.Fuel);
    }

    [Theory]
    [InlineData("leaves")]
    [InlineData("forever")]
    public void Fuel_UsedInAnotherInstance_EndsTheGuest(string function)
    {
        var (callee, caller) = LoadTwo(_ => { });
        caller.Store.SetDeadline(TimeSpan.FromSeconds(60));
        foreach (var fuel in new[] { 0, 1_000, 1_000_000 })
        {
            caller.Store.Fuel = fuel;
            Guest.Exhausts(ExhaustionKind.Fuel, caller.GetAction(function));
            Assert.Equal(0, caller.Store.Fuel);
        }

        caller.Store.Fuel = 100;
        callee.GetAction("leaf")();
        Assert.Equal(97, caller.Store.Fuel);
    }

    [Fact]
    public void Fuel_ThatTheHostReadsSetsAndConsumes_IsExact()
    {
        var seen = new List<long>();
        var (_, caller) = LoadTwo(caller =>
        {
            seen.Add(caller.Store.Fuel);
            if (seen.Count == 2) caller.Store.Fuel = 1_000;
            if (seen.Count == 3) caller.Store.ConsumeFuel(500);
        });
        caller.Store.Fuel = 100;
        caller.GetAction<int>("hosts")(4);

        // The loop and the call; a round of seven, and three of the leaf.
        Assert.Equal([98, 88, 990, 480], seen);
        Assert.Equal(469, caller.Store.Fuel);
        caller.Store.Fuel = 10;
        Guest.Exhausts(ExhaustionKind.Fuel, () => caller.Store.ConsumeFuel(11));
    }

    /// <summary>However a guest goes round, it ends: in loops, by calls, by calls at the end, by exceptions.</summary>
    [Theory]
    [InlineData("loop br 0 end")]
    [InlineData("loop call 1 br 0 end")]
    [InlineData("loop call $host br 0 end")]
    [InlineData("loop i32.const 0 call_indirect br 0 end")]
    [InlineData("return_call 0")]
    [InlineData("i32.const 1 return_call_indirect")]
    [InlineData("loop block try_table (catch_all 0) throw 0 end end br 0 end")]
    [InlineData("loop block try_table (catch_all 0) call 2 end end br 0 end")]
    [InlineData("loop block try_table (catch_all 0) i32.const 2 call_indirect end end br 0 end")]
    [InlineData("loop block i32.const 0 br_table 1 0 end end")]
    [InlineData("call 3")]
    // Ends in loops, in front of the calls.
    [InlineData("i32.const 60 call 4")]
    public void Fuel_ThatEnds_EndsEveryWayToGoRound(string body)
    {
        var text = $$"""
            (module
              (import "" "host" (func $host))
              (table funcref (elem $one $run $two)) (tag)
              (func $run (export "run") {{body}})
              (func $one nop)
              (func $two throw 0)
              (func $tree (call $tree1) (call $tree1)) {{string.Concat(Enumerable.Range(1, 40).Select(i => $"(func $tree{i} (call $tree{i + 1}) (call $tree{i + 1}))"))}}
              (func $tree41)
              (func $deep (param i32) (local i32)
                (loop
                  (if (i32.eqz (local.get 0)) (then return))
                  (if (i32.eq (local.get 1) (i32.const 2)) (then return))
                  (call $deep (i32.sub (local.get 0) (i32.const 1)))
                  (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                  (br 0))))
            """;
        text = text.Replace("call 1", "call $one").Replace("call 2", "call $two").Replace("call 3", "call $tree").Replace("call 4", "call $deep")
            .Replace("return_call 0", "return_call $run");
        var linker = new Linker();
        linker.DefineFunction("", "host", () => { });
        var instance = Guest.Load(text, linker, Guest.Metered(MemoryMode.Guarded));
        instance.Store.SetDeadline(TimeSpan.FromSeconds(60));
        instance.Store.Fuel = 40_000;
        Guest.Exhausts(ExhaustionKind.Fuel, instance.GetAction("run"));
        Assert.Equal(0, instance.Store.Fuel);
    }

    [Fact]
    public void HostFunction_SeesWhatItsCallerHasUsed()
    {
        var seen = 0L;
        var linker = new Linker();
        linker.DefineFunction("", "host", (Caller caller) => { seen = caller.Store.Fuel; });
        var instance = Guest.Load(
            "(module (import \"\" \"host\" (func)) (func (export \"run\") nop nop nop call 0 nop))", linker, Guest.Metered(MemoryMode.Guarded));
        instance.Store.Fuel = 100;
        instance.GetAction("run")();
        Assert.Equal(96, seen);
        Assert.Equal(94, instance.Store.Fuel);
    }

    [Fact]
    public void HostFunction_InALoop_SeesWhatEachRoundHasUsed()
    {
        var seen = new List<long>();
        var linker = new Linker();
        linker.DefineFunction("", "host", (Caller caller) => seen.Add(caller.Store.Fuel));
        var instance = Guest.Load("""
            (module (import "" "host" (func))
              (func (export "run") (param i32)
                (loop call 0 (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
            """, linker, Guest.Metered(MemoryMode.Guarded));
        instance.Store.Fuel = 100;
        instance.GetAction<int>("run")(3);

        // The loop and the call; then a round of six.
        Assert.Equal([98, 92, 86], seen);
        Assert.Equal(79, instance.Store.Fuel);
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
            Assert.Equal(0, instance.Store.Fuel);
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

    /// <summary>Large functions ask differently whether they may go on, by the deadline as well.</summary>
    [Theory]
    [InlineData(ExhaustionKind.Fuel)]
    [InlineData(ExhaustionKind.Deadline)]
    public void Loop_InALargeFunction_EndsByFuelAndDeadline(ExhaustionKind kind)
    {
        var filling = string.Concat(Enumerable.Repeat("nop ", 5_000));
        var instance = Guest.Load($"(module (func (export \"run\") {filling} loop br 0 end))", engine: Guest.Metered(MemoryMode.Guarded));
        instance.Store.Fuel = kind == ExhaustionKind.Fuel ? 1_000_000 : long.MaxValue;
        instance.Store.SetDeadline(kind == ExhaustionKind.Fuel ? TimeSpan.FromSeconds(60) : TimeSpan.FromMilliseconds(20));
        Guest.Exhausts(kind, instance.GetAction("run"));
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
