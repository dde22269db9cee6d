using Coffer.Text;

namespace Coffer.Tests.Hostile;

/// <summary>Backtraces name the function, the module and the byte of the instruction.</summary>
public sealed class BacktraceTests
{
    private const string Text = """
        (module $demo
          (memory 1)
          (table funcref (elem $middle))
          (type $t (func (param i32)))
          (func $leaf (param i32)
            (nop)
            (i32.store offset=17 (local.get 0) (i32.const 99)))
          (func $middle (param i32)
            (local i64 i64)
            (if (local.get 0) (then (nop) (nop)))
            (call $leaf (local.get 0))
            (nop))
          (func (export "run") (param i32)
            (drop (i32.const 12345))
            (call_indirect (type $t) (local.get 0) (i32.const 0))
            (nop))
          (func (export "divide") (param i32)
            (drop (i32.const 777))
            (drop (i32.div_s (i32.const 5) (local.get 0))))
          (func (export "unreachable") (param i32)
            (if (local.get 0) (then (drop (i32.const 4242)) (unreachable))))
          (func $deep (export "deep") (param i32) (call $deep (local.get 0))))
        """;

    private readonly byte[] binary = TextFormat.Parse(Text, emitNames: true);

    /// <summary>Where some bytes are in the module; they occur once.</summary>
    private long Find(params ReadOnlySpan<byte> bytes)
    {
        var first = binary.AsSpan().IndexOf(bytes);
        Assert.True(first >= 0);
        Assert.Equal(first, binary.AsSpan().LastIndexOf(bytes));
        return first;
    }

    private TException Trace<TException>(string export, int argument, Engine engine) where TException : Exception
    {
        var instance = new Linker().Instantiate(new Store(engine), Module.Compile(engine, binary));
        return Assert.Throws<TException>(() => instance.GetAction<int>(export)(argument));
    }

    // RyuJIT remembers where statements begin, so that an instruction is known to its statement.
    private static void AssertStatement(WasmFrame frame, long first, long instruction) => Assert.InRange(frame.Offset, first, instruction);

    public static TheoryData<bool> Modes() => [true, false];

    private static Engine EngineOf(bool guarded) => guarded ? Guest.Guarded : Guest.Checked;

    [Theory]
    [MemberData(nameof(Modes))]
    public void WasmTrace_OutOfBoundsThreeCallsDeep_HasEveryFrame(bool guarded)
    {
        var trap = Trace<TrapException>("run", -20, EngineOf(guarded));
        Assert.Equal(TrapKind.MemoryOutOfBounds, trap.Kind);
        Assert.Equal(["leaf", "middle", "run"], trap.WasmTrace.Select(frame => frame.FunctionName));
        Assert.Equal([0, 1, 2], trap.WasmTrace.Select(frame => frame.FunctionIndex));
        Assert.All(trap.WasmTrace, frame => Assert.Equal("demo", frame.Module));
        AssertStatement(trap.WasmTrace[0], Find(0x01, 0x20, 0x00, 0x41, 0xE3), Find(0x36, 0x02, 17));
        AssertStatement(trap.WasmTrace[1], Find(0x20, 0x00, 0x10, 0x00), Find(0x10, 0x00));
        AssertStatement(trap.WasmTrace[2], Find(0x20, 0x00, 0x41, 0x00, 0x11), Find(0x11, 0x00, 0x00));
        Assert.Contains($"leaf (demo+0x{trap.WasmTrace[0].Offset:x})", trap.ToString());
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void WasmTrace_Division_HasTheInstruction(bool guarded)
    {
        var trap = Trace<TrapException>("divide", 0, EngineOf(guarded));
        Assert.Equal(TrapKind.IntegerDivideByZero, trap.Kind);
        var frame = Assert.Single(trap.WasmTrace);
        Assert.Equal("divide", frame.FunctionName);
        AssertStatement(frame, Find(0x41, 0x89, 0x06), Find(0x20, 0x00, 0x6D) + 2);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void WasmTrace_Unreachable_HasTheInstruction(bool guarded)
    {
        var trap = Trace<TrapException>("unreachable", 1, EngineOf(guarded));
        var frame = Assert.Single(trap.WasmTrace);
        // i32.const 4242, drop, unreachable
        Assert.Equal(Find(0x41, 0x92, 0x21, 0x1A, 0x00) + 4, frame.Offset);
    }

    [Fact]
    public void WasmTrace_CallStackExhausted_IsBounded()
    {
        var exhausted = Trace<ExhaustionException>("deep", 1, Guest.Default);
        Assert.Equal(ExhaustionKind.CallStack, exhausted.Kind);
        Assert.InRange(exhausted.WasmTrace.Count, 100, 1_000);
        Assert.All(exhausted.WasmTrace, frame => Assert.Equal("deep", frame.FunctionName));
    }

    [Fact]
    public void WasmTrace_ThroughAHostFunction_HasBothGuests()
    {
        var engine = Guest.Default;
        var inner = new Linker().Instantiate(new Store(engine), Module.Compile(engine, binary));
        var linker = new Linker().DefineFunction("host", "call", () => inner.GetAction<int>("divide")(0));
        var outer = linker.Instantiate(new Store(engine), Module.CompileText(
            engine, "(module (import \"host\" \"call\" (func $call)) (func (export \"outer\") (call $call)))", "outer.wat"));
        var trap = Assert.Throws<TrapException>(outer.GetAction("outer"));
        Assert.Equal(["divide", "outer"], trap.WasmTrace.Select(frame => frame.FunctionName));
        Assert.Equal(["demo", "outer.wat"], trap.WasmTrace.Select(frame => frame.Module));
    }

    [Fact]
    public void WasmTrace_GuestException_TellsWhereItWasThrown()
    {
        var instance = Guest.Load("(module (tag $e) (func $thrower (throw $e)) (func (export \"run\") (call $thrower)))");
        var thrown = Assert.Throws<GuestException>(instance.GetAction("run"));
        Assert.Equal([0, 1], thrown.WasmTrace.Select(frame => frame.FunctionIndex));
    }
}
