using Coffer.Tests.Hostile;

namespace Coffer.Tests.Embedding;

/// <summary>Guests that call the host that calls guests.</summary>
public sealed class ReentranceTests
{
    private const string Text = """
        (module
          (import "host" "f" (func $f (param i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "run") (param i32) (result i32)
            (local i32)
            (local.set 1 (i32.load (i32.const 0)))
            (i32.store (i32.const 0) (i32.add (local.get 1) (i32.const 1)))
            (if (result i32) (local.get 0)
              (then (i32.add (local.get 0) (call $f (i32.sub (local.get 0) (i32.const 1)))))
              (else (i32.const 0))))
          (func (export "many") (param i32) (result i32 i32 i32 i32 i32 i32 i32 i32 i32)
            (call $f (local.get 0)) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
            (call $f (i32.const 0)) (i32.const 9)))
        """;

    [Fact]
    public void Call_HostGuestHostGuest_EachHasItsFrames()
    {
        Instance? instance = null;
        var deepest = 0;
        var depth = 0;
        instance = Guest.Load(Text, new Linker().DefineFunction("host", "f", (Caller caller, int value) =>
        {
            deepest = Math.Max(deepest, ++depth);
            var result = caller.Instance.GetFunction<int, int>("run")(value);
            depth--;
            return result;
        }));
        Assert.Equal(50 * 51 / 2, instance.GetFunction<int, int>("run")(50));
        Assert.Equal(50, deepest);
        Assert.Equal(51, instance.GetMemory().Read<int>(0));
    }

    [Fact]
    public void Invoke_ManyResultsAroundACallOfTheSame_AreNotMixedUp()
    {
        Instance? instance = null;
        instance = Guest.Load(Text, new Linker().DefineFunction("host", "f", (int value) =>
            value == 0 ? 8 : instance!.GetFunction("many").Invoke(value - 1)[0].AsI32() + 1));
        Assert.Equal([11, 2, 3, 4, 5, 6, 7, 8, 9], instance.GetFunction("many").Invoke(3).Select(value => value.AsI32()));
    }

    [Fact]
    public void Call_TwoStoresInTurn_BothAreInUse()
    {
        Instance? first = null;
        Instance? second = null;
        first = Guest.Load(Text, new Linker().DefineFunction("host", "f", (int value) => second!.GetFunction<int, int>("run")(value)));
        second = Guest.Load(Text, new Linker().DefineFunction("host", "f", (int value) => first.GetFunction<int, int>("run")(value)));
        Assert.Equal(210, first.GetFunction<int, int>("run")(20));
        Assert.Equal(11, first.GetMemory().Read<int>(0));
        Assert.Equal(10, second.GetMemory().Read<int>(0));
    }

    [Fact]
    public void Call_HostExceptionFromTheInnermost_UnwindsAllAndLeavesTheStoreFree()
    {
        Instance? instance = null;
        var thrown = new InvalidOperationException("host");
        instance = Guest.Load(Text, new Linker().DefineFunction("host", "f", (int value) =>
            value == 0 ? throw thrown : instance!.GetFunction<int, int>("run")(value)));
        Assert.Same(thrown, Record.Exception(() => instance.GetFunction<int, int>("run")(20)));
        Assert.Same(thrown, Record.Exception(() => instance.GetFunction("run").Invoke(20)));
        instance.Store.Dispose();
    }

    [Fact]
    public void Instantiate_InAHostFunction_IsAllowed()
    {
        var linker = new Linker();
        linker.DefineFunction("host", "f", (Caller caller, int value) => value == 0
            ? 100
            : linker.Instantiate(caller.Store, caller.Instance.Module).GetFunction<int, int>("run")(value));
        Assert.Equal(3 + 2 + 1 + 100, Guest.Load(Text, linker).GetFunction<int, int>("run")(3));
    }

    [Fact]
    public void Deadline_CancelledBefore_StaysCancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var run = Guest.Load("(module (func (export \"run\") (loop (br 0))))");
        run.Store.SetCancellation(source.Token);
        run.Store.SetDeadline(TimeSpan.FromSeconds(60));
        Guest.Exhausts(ExhaustionKind.Cancelled, run.GetAction("run"));
        run.Store.SetCancellation(CancellationToken.None);
        run.Store.SetDeadline(TimeSpan.FromMilliseconds(20));
        Guest.Exhausts(ExhaustionKind.Deadline, run.GetAction("run"));

        // A token that replaces another does not undo the deadline, which has passed.
        run.Store.SetCancellation(CancellationToken.None);
        Guest.Exhausts(ExhaustionKind.Deadline, run.GetAction("run"));
        Assert.Throws<ArgumentOutOfRangeException>(() => run.Store.SetDeadline(TimeSpan.FromSeconds(-1)));
        run.Store.Dispose();
    }

    [Fact]
    public void InterruptToken_TellsAHostFunctionThatWaits()
    {
        CancellationToken seen = default;
        var instance = Guest.Load(
            "(module (import \"host\" \"f\" (func $f)) (export \"f\" (func $f)))",
            new Linker().DefineFunction("host", "f", (Caller caller) =>
            {
                seen = caller.Store.InterruptToken;
                Assert.True(seen.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)));
            }));
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(20));
        instance.GetAction("f")();
        Assert.True(seen.IsCancellationRequested);
        instance.Store.SetDeadline(Timeout.InfiniteTimeSpan);
        Assert.False(instance.Store.InterruptToken.IsCancellationRequested);
    }
}
