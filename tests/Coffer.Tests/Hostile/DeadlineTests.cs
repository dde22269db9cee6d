namespace Coffer.Tests.Hostile;

/// <summary>A deadline or a cancellation ends whatever a guest does.</summary>
public sealed class DeadlineTests
{
    // Machines are busy: what takes milliseconds here must not take longer than this anywhere.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    public static TheoryData<string> EndlessGuests() =>
    [
        "(func (export \"run\") (loop (br 0)))",
        "(func (export \"run\") (loop (br_if 0 (i32.const 1))))",
        "(func (export \"run\") (loop (loop (br 1))))",
        "(func (export \"run\") (loop (br_table 0 0 (i32.const 5))))",
        "(func (export \"run\") (local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 0)))",
        "(func (export \"run\") (block $x (result i64) (loop (param) (br 0)) (unreachable)) drop)",
        "(func $fib (param i32) (result i32) (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0)) " +
        "(else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2))))))) " +
        "(func (export \"run\") (drop (call $fib (i32.const 80))))",
        "(func (export \"run\") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)))",
        "(func (export \"run\") (loop (memory.copy (i32.const 0) (i32.const 1) (i32.const 65535)) (br 0)))",
        "(func (export \"run\") (loop (drop (memory.grow (i32.const 0))) (br 0)))",
        "(func (export \"run\") (loop (drop (table.grow (ref.null func) (i32.const 1))) (br 0)))",
        "(func (export \"run\") (loop (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) (br 0)))",
        "(tag $e) (func $throw (throw $e)) " +
        "(func (export \"run\") (loop $again (block $caught (try_table (catch_all $caught) (call $throw))) (br $again)))",
        "(func $nothing) (func (export \"run\") (loop (call $nothing) (br 0)))",
    ];

    [Theory]
    [MemberData(nameof(EndlessGuests))]
    public void Deadline_EndlessGuest_EndsIt(string function)
    {
        using var store = Start(function, out var run);
        store.SetDeadline(TimeSpan.FromMilliseconds(50));
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, run));

        // What is called after the deadline ends at once; without a deadline guests run again.
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, run));
        store.SetDeadline(TimeSpan.FromMilliseconds(20));
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, run));
    }

    [Theory]
    [MemberData(nameof(EndlessGuests))]
    public void Cancellation_EndlessGuest_EndsIt(string function)
    {
        using var store = Start(function, out var run);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        store.SetCancellation(source.Token);
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Cancelled, run));
    }

    [Fact]
    public void Interrupt_FromAnotherThread_EndsTheGuest()
    {
        using var store = Start("(func (export \"run\") (loop (br 0)))", out var run);
        var thread = new Thread(() =>
        {
            Thread.Sleep(50);
            store.Interrupt();
        });
        thread.Start();
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Cancelled, run));
        thread.Join();
    }

    [Theory]
    [InlineData("memory.atomic.wait32", "i32.const 0", -1)]
    [InlineData("memory.atomic.wait64", "i64.const 0", -1)]
    [InlineData("memory.atomic.wait32", "i32.const 0", 60_000_000_000)]
    public void Deadline_AtomicWait_EndsIt(string wait, string expected, long nanoseconds)
    {
        var instance = Guest.Load($"""
            (module (memory 1 1 shared)
              (func (export "run") (drop ({wait} (i32.const 0) ({expected}) (i64.const {nanoseconds})))))
            """);
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(50));
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, instance.GetAction("run")));
    }

    [Fact]
    public void Deadline_InACallbackOfAHostFunction_EndsAllFrames()
    {
        Action? inner = null;
        var linker = new Linker().DefineFunction("host", "call", () => inner!());
        var instance = Guest.Load("""
            (module
              (import "host" "call" (func $call))
              (func (export "inner") (loop (br 0)))
              (func (export "run") (call $call) (unreachable)))
            """, linker);
        inner = instance.GetAction("inner");
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(50));
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, instance.GetAction("run")));
    }

    [Fact]
    public void Deadline_SwallowedByTheHost_EndsTheGuestAgain()
    {
        var linker = new Linker();
        Action? inner = null;
        linker.DefineFunction("host", "call", () => { Assert.Throws<ExhaustionException>(() => inner!()); });
        var instance = Guest.Load("""
            (module
              (import "host" "call" (func $call))
              (func (export "inner") (loop (br 0)))
              (func (export "run") (loop (call $call) (br 0))))
            """, linker);
        inner = instance.GetAction("inner");
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(50));
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, instance.GetAction("run")));
    }

    [Fact]
    public void Deadline_StartFunction_EndsInstantiation()
    {
        var module = Module.CompileText(Guest.Default, "(module (func $f (loop (br 0))) (start $f))");
        using var store = new Store(Guest.Default);
        store.SetDeadline(TimeSpan.FromMilliseconds(50));
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, () => new Linker().Instantiate(store, module)));
    }

    [Fact]
    public void Deadline_InstanceMadeAfterIt_EndsAtOnce()
    {
        var module = Module.CompileText(Guest.Default, "(module (func (export \"run\") (loop (br 0))))");
        using var store = new Store(Guest.Default);
        store.SetDeadline(TimeSpan.Zero);
        Assert.True(SpinWait.SpinUntil(() => IsInterrupted(store), Bound));
        var run = new Linker().Instantiate(store, module).GetAction("run");
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, run));
    }

    [Fact]
    public void Deadline_Removed_LetsTheGuestRun()
    {
        var instance = Guest.Load("(module (func (export \"run\") (result i32) (i32.const 7)))");
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(1));
        instance.Store.SetDeadline(Timeout.InfiniteTimeSpan);
        Thread.Sleep(30);
        Assert.Equal(7, instance.GetFunction<int>("run")());
    }

    [Fact]
    public void Catch_Deadline_GuestCannot()
    {
        var instance = Guest.Load("""
            (module
              (func $loop (loop (br 0)))
              (func (export "run") (block $caught (try_table (catch_all $caught) (call $loop)))))
            """);
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(50));
        Guest.Within(Bound, () => Guest.Exhausts(ExhaustionKind.Deadline, instance.GetAction("run")));
    }

    private static bool IsInterrupted(Store store)
    {
        try
        {
            store.ThrowIfInterrupted();
            return false;
        }
        catch (ExhaustionException)
        {
            return true;
        }
    }

    private static Store Start(string function, out Action run)
    {
        var instance = Guest.Load($"(module (memory 1) (table 1 10 funcref) {function})");
        run = instance.GetAction("run");
        return instance.Store;
    }
}
