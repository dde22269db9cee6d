using System.Text;
using Coffer.Plugins.Versions;
using Microsoft.Extensions.Time.Testing;

namespace Coffer.Plugins.Tests.Lifecycle;

public sealed class PolicyTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly PluginHost host;

    public PolicyTests() => host = new PluginHost(new PluginHostOptions { TimeProvider = time });

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private Task<Plugin> Load(string text, PluginOptions options) =>
        host.LoadAsync("p", PluginSource.FromText(text), options, TestContext.Current.CancellationToken);

    private static PluginFailure FailureOf(Action call) => Assert.Throws<PluginException>(call).Failure;

    [Fact]
    public async Task Fresh_EachCallBeginsAnew()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions { Instances = InstancePolicy.Fresh });
        for (var i = 0; i < 5; i++) Assert.Equal(1, Wat.Number(plugin.Call("count")));
    }

    // Counts its starts by asking the host, and its calls in its memory.
    private const string Initialized = $$"""
        (module (import "t" "started" (func $started (result i64))) {{Wat.Kernel}}
          (memory (export "memory") 1) (global $g (mut i64) (i64.const 0))
          (func (export "_initialize") (global.set $g (call $started)) (i64.store (i32.const 8) (i64.const 100)))
          (func (export "count") (result i32) (local $at i64)
            (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1)))
            (local.set $at (call $alloc (i64.const 8)))
            (call $store_u64 (local.get $at) (i64.add (i64.load (i32.const 8)) (global.get $g)))
            (call $output_set (local.get $at) (i64.const 8))
            (i32.const 0)))
        """;

    [Theory]
    [InlineData(false, 1102, 1103)]
    [InlineData(true, 1101, 1101)]
    public async Task Fresh_StartsInitialized_EachCallBeginsWhereTheFirstStartEnded(bool isInitialized, long first, long second)
    {
        var starts = 0L;
        var plugin = await Load(Initialized, new PluginOptions
        {
            Instances = InstancePolicy.Fresh,
            StartsInitialized = isInitialized,
            Functions = [new PluginFunction("t", "started", () => { starts++; return 999 + starts; })],
        });
        Assert.Equal((first, second), (Wat.Number(plugin.Call("count")), Wat.Number(plugin.Call("count"))));
    }

    [Fact]
    public async Task StartsInitialized_OfWhatCannotBeKept_IsNotLoaded()
    {
        var failure = await Assert.ThrowsAsync<PluginException>(() => Load(
            """(module (table (export "t") 1 funcref) (func $f) (elem declare func $f) (func (export "_initialize") (table.set 0 (i32.const 0) (ref.func $f))))""",
            new PluginOptions { StartsInitialized = true }));
        Assert.Equal(PluginFailure.NotLoaded, failure.Failure);
        Assert.Contains("table 0 was changed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LongLived_KeepsItsState_AndCallsComeOneAfterAnother()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions { Instances = InstancePolicy.LongLived });
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () => Wat.Number(await plugin.CallAsync("count")))));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), answers.Order());
    }

    [Fact]
    public async Task Pooled_CallsPerInstance_ReplacesTheSandbox()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions { CallsPerInstance = 3, Probes = [] });
        var answers = Enumerable.Range(0, 7).Select(_ => Wat.Number(plugin.Call("count"))).ToArray();
        Assert.Equal([1, 2, 1, 2, 3, 1, 2], answers);
    }

    [Fact]
    public async Task Pooled_BlocksOfACall_AreGoneInTheNext()
    {
        // Stores a secret in a block when it is given one, and answers with what it finds there when it is given none.
        var plugin = await Load(Wat.Plugin("""
            (if (i64.ne (call $input_length) (i64.const 0))
              (then (drop (call $alloc (i64.const 64))) (call $store_u64 (i64.const 32) (i64.const 0x5ec4e7)))
              (else
                (drop (call $alloc (i64.const 64)))
                (call $output_set (i64.const 32) (i64.const 8))))
            (i32.const 0)
            """), PluginOptions.Default);
        plugin.Call("run", "x"u8.ToArray());
        Assert.Equal(0, Wat.Number(plugin.Call("run")));
    }

    [Fact]
    public async Task FailClosed_LongLived_StaysDownUntilItIsSwapped()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions { Instances = InstancePolicy.LongLived, FailurePolicy = FailurePolicy.FailClosed });
        Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        Assert.Equal(PluginFailure.Unavailable, FailureOf(() => plugin.Call("count")));
        await plugin.SwapAsync(PluginSource.FromText(Wat.Counter), null, TestContext.Current.CancellationToken);
        Assert.Equal(1, Wat.Number(plugin.Call("count")));
    }

    [Fact]
    public async Task FailReload_LongLived_IsStartedAgainWithinItsBackoff()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions
        {
            Instances = InstancePolicy.LongLived,
            FailurePolicy = FailurePolicy.FailReload,
            Restarts = new RestartBackoffOptions { Initial = TimeSpan.FromSeconds(10), Jitter = 0 },
        });
        Assert.Equal(1, Wat.Number(plugin.Call("count")));
        Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        Assert.Equal(1, Wat.Number(plugin.Call("count")));
        Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        Assert.Equal(PluginFailure.Unavailable, FailureOf(() => plugin.Call("count")));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, Wat.Number(plugin.Call("count")));
    }

    // What fails again and again waits longer and longer for its next sandbox, and is tried by one call at a time.
    [Theory]
    [InlineData(InstancePolicy.Pooled, FailurePolicy.FailReload)]
    [InlineData(InstancePolicy.Pooled, FailurePolicy.FailClosed)]
    [InlineData(InstancePolicy.Fresh, FailurePolicy.FailReload)]
    [InlineData(InstancePolicy.Fresh, FailurePolicy.FailClosed)]
    public async Task KeepsFailing_IsStartedAgainAfterWaitsThatDouble(InstancePolicy instances, FailurePolicy policy)
    {
        var plugin = await Load(Wat.Counter, new PluginOptions
        {
            Instances = instances,
            FailurePolicy = policy,
            Restarts = new RestartBackoffOptions { Initial = TimeSpan.FromSeconds(1), Maximum = TimeSpan.FromSeconds(4), Jitter = 0 },
            Breaker = null,
        });
        for (var i = 0; i < 6; i++) Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        foreach (var wait in (int[])[1, 2, 4, 4])
        {
            Assert.Equal(PluginFailure.Unavailable, FailureOf(() => plugin.Call("count")));
            time.Advance(TimeSpan.FromSeconds(wait) - TimeSpan.FromTicks(1));
            Assert.Equal(PluginFailure.Unavailable, FailureOf(() => plugin.Call("trap")));
            time.Advance(TimeSpan.FromTicks(1));
            Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        }

        time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(plugin.Call("count").IsAnswered);
        for (var i = 0; i < 5; i++) Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        Assert.True(plugin.Call("count").IsAnswered);
    }

    [Theory]
    [InlineData(InstancePolicy.Pooled)]
    [InlineData(InstancePolicy.Fresh)]
    public async Task FailsNowAndThen_IsNeverRefused(InstancePolicy instances)
    {
        var plugin = await Load(Wat.Counter, new PluginOptions { Instances = instances, Breaker = null });
        for (var i = 0; i < 200; i++)
        {
            if (i % 5 == 0) Assert.True(plugin.Call("count").IsAnswered);
            else Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        }
    }

    [Theory]
    [InlineData(InstancePolicy.Pooled)]
    [InlineData(InstancePolicy.Fresh)]
    public async Task CancelledAndRefusing_AreNoFailures(InstancePolicy instances)
    {
        var plugin = await Load(Wat.Plugin("(loop $l (br_if $l (i64.eqz (call $input_length)))) (i32.const 1)"), new PluginOptions { Instances = instances });
        for (var i = 0; i < 12; i++)
        {
            using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(5));
            Assert.ThrowsAny<OperationCanceledException>(() => { plugin.Call("run", default, null, cancellation.Token); });
            Assert.Equal(PluginFailure.Refused, FailureOf(() => plugin.Call("run", "x"u8.ToArray())));
        }
    }

    [Fact]
    public async Task FailOpen_GivesBackTheInput_AndSaysWhy()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions { FailurePolicy = FailurePolicy.FailOpen });
        var answer = plugin.Call("trap", "as it was"u8.ToArray());
        Assert.False(answer.IsAnswered);
        Assert.Equal(("as it was", PluginFailure.Trapped), (answer.Text, answer.Skipped!.Failure));
        Assert.Equal(1, plugin.Describe().Counters.Skipped);
        Assert.Equal(PluginFailure.NoFunction, FailureOf(() => plugin.Call("nothing")));
    }

    [Fact]
    public async Task Breaker_OpensAfterFailures_AndTriesAgain()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions
        {
            Breaker = new PluginBreaker { FailureRatio = 0.5, MinimumCalls = 4, Period = TimeSpan.FromSeconds(10), BreakTime = TimeSpan.FromSeconds(5) },
        });
        for (var i = 0; i < 4; i++) Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        Assert.Equal(PluginFailure.Unavailable, FailureOf(() => plugin.Call("count")));
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(plugin.Call("count").IsAnswered);
        Assert.True(plugin.Call("count").IsAnswered);
    }

    [Fact]
    public async Task Breaker_TrialThatFails_StaysOpen_AndTellsOfNothingElse()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions
        {
            Breaker = new PluginBreaker { FailureRatio = 0.5, MinimumCalls = 4, Period = TimeSpan.FromSeconds(10), BreakTime = TimeSpan.FromSeconds(5) },
        });
        for (var i = 0; i < 4; i++) Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        Assert.Equal(PluginFailure.Unavailable, FailureOf(() => plugin.Call("count")));
        time.Advance(TimeSpan.FromSeconds(5));

        // The failures before are forgotten: one more does not open it.
        Assert.True(plugin.Call("count").IsAnswered);
        Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        Assert.True(plugin.Call("count").IsAnswered);
    }

    [Fact]
    public async Task Breaker_FailuresOfLongAgo_DoNotCount()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions
        {
            Breaker = new PluginBreaker { MinimumCalls = 4, Period = TimeSpan.FromSeconds(10) },
            Restarts = new RestartBackoffOptions { Initial = TimeSpan.Zero },
        });
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
            time.Advance(TimeSpan.FromSeconds(i % 10 == 9 ? 30 : 4));
        }

        for (var i = 0; i < 4; i++) Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        Assert.Equal(PluginFailure.Unavailable, FailureOf(() => plugin.Call("trap")));
    }

    [Fact]
    public async Task Breaker_CallsUnderWayWhenItOpens_SayNothingOfTheTrial()
    {
        using var proceed = new ManualResetEventSlim();
        using var inside = new SemaphoreSlim(0);
        var plugin = await Load("""
            (module (import "t" "wait" (func $w)) (func (export "wait") (call $w)) (func (export "trap") unreachable))
            """, new PluginOptions
        {
            Functions = [new PluginFunction("t", "wait", () => { inside.Release(); proceed.Wait(); })],
            Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromSeconds(60) },
            Breaker = new PluginBreaker { MinimumCalls = 4 },
        });
        var running = Task.Run(() => plugin.Call("wait"));
        await inside.WaitAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 4; i++) Assert.Equal(PluginFailure.Trapped, FailureOf(() => plugin.Call("trap")));
        proceed.Set();
        Assert.True((await running).IsAnswered);
        Assert.Equal(PluginFailure.Unavailable, FailureOf(() => plugin.Call("wait")));
    }

    [Fact]
    public async Task Breaker_OfPluginsThatRefuse_StaysClosed()
    {
        var plugin = await Load(Wat.Plugin("(i32.const 1)"), new PluginOptions { Breaker = new PluginBreaker { MinimumCalls = 4 } });
        for (var i = 0; i < 100; i++) Assert.Equal(PluginFailure.Refused, FailureOf(() => plugin.Call("run")));
    }

    [Fact]
    public async Task Queue_Full_RefusesFurtherCalls()
    {
        using var proceed = new ManualResetEventSlim();
        using var inside = new CountdownEvent(2);
        var plugin = await Load("""(module (import "t" "wait" (func $w)) (func (export "f") (call $w)))""", new PluginOptions
        {
            Functions = [new PluginFunction("t", "wait", () => { inside.Signal(); proceed.Wait(); })],
            Limits = PluginLimits.Default with { Concurrency = 2, Queue = 3, CallTimeout = TimeSpan.FromSeconds(60) },
        });
        var running = Enumerable.Range(0, 2).Select(_ => Task.Run(() => plugin.Call("f"))).ToArray();
        inside.Wait(TestContext.Current.CancellationToken);
        using var cancellation = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 3).Select(_ => plugin.CallAsync("f", default, null, cancellation.Token).AsTask()).ToArray();
        var refused = await Assert.ThrowsAsync<PluginException>(() => plugin.CallAsync("f").AsTask());
        Assert.Equal(PluginFailure.Overloaded, refused.Failure);
        await cancellation.CancelAsync();
        foreach (var call in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        proceed.Set();
        await Task.WhenAll(running);
    }

    [Fact]
    public async Task Queue_WhoWaitsDuringASwap_IsServedByTheNewVersion()
    {
        using var proceed = new ManualResetEventSlim();
        using var inside = new SemaphoreSlim(0);
        var plugin = await Load("""(module (import "t" "wait" (func $w)) (func (export "answer") (call $w)))""", new PluginOptions
        {
            Functions = [new PluginFunction("t", "wait", () => { inside.Release(); proceed.Wait(); })],
            Limits = PluginLimits.Default with { Concurrency = 1, CallTimeout = TimeSpan.FromSeconds(60) },
        });
        var running = Task.Run(() => plugin.Call("answer"));
        await inside.WaitAsync(TestContext.Current.CancellationToken);
        var waiting = plugin.CallAsync("answer").AsTask();
        await plugin.SwapAsync(PluginSource.FromText(Wat.Answer(7)), null, TestContext.Current.CancellationToken);
        proceed.Set();
        Assert.Equal(7, Wat.Number(await waiting));
        Assert.Equal(1, (await running).Version);
    }

    [Theory]
    [InlineData(InstancePolicy.LongLived)]
    [InlineData(InstancePolicy.Pooled)]
    public async Task HostFunction_ThatCallsThePluginThatWaitsForIt_EndsWithTheCall(InstancePolicy instances)
    {
        Plugin? plugin = null;
        plugin = await Load("""(module (import "t" "again" (func $a)) (func (export "f") (call $a)))""", new PluginOptions
        {
            Instances = instances,
            Functions = [new PluginFunction("t", "again", () => { plugin!.Call("f"); })],
            Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromMilliseconds(200) },
        });
        var failure = await Task.Run(() => Assert.Throws<PluginException>(() => plugin.Call("f"))).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains(failure.Failure, (PluginFailure[])[PluginFailure.TimedOut, PluginFailure.HostFunctionFailed]);
        Assert.Equal(0, plugin.Describe().Counters.Running);
    }

    [Fact]
    public async Task Cancellation_EndsALoop_AndIsNoFailureOfThePlugin()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions { Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromSeconds(60) } });
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => plugin.CallAsync("loop", default, null, cancellation.Token).AsTask());
        Assert.Equal(0, plugin.Describe().Counters.Failures);
    }

    [Fact]
    public async Task Fuel_IsThatOfEachCall()
    {
        var plugin = await Load(Wat.Counter, new PluginOptions { Limits = PluginLimits.Default with { Fuel = 1000 }, Breaker = null });
        for (var i = 0; i < 50; i++) Assert.True(plugin.Call("count").IsAnswered);
        Assert.Equal(PluginFailure.Exhausted, FailureOf(() => plugin.Call("loop")));
        Assert.True(plugin.Call("count").IsAnswered);
    }

    [Fact]
    public async Task Chain_PassesOnWhatEachAnswers_AndSkipsWhoFailsOpen()
    {
        string Appends(char letter) => Wat.Plugin($$"""
            (local $at i64) (local $n i64) (local $i i64)
            (local.set $n (call $input_length))
            (local.set $at (call $alloc (i64.add (local.get $n) (i64.const 1))))
            (block $done (loop $l
              (br_if $done (i64.ge_u (local.get $i) (local.get $n)))
              (call $store_u8 (i64.add (local.get $at) (local.get $i)) (call $input_load_u8 (local.get $i)))
              (local.set $i (i64.add (local.get $i) (i64.const 1)))
              (br $l)))
            (call $store_u8 (i64.add (local.get $at) (local.get $n)) (i32.const {{(int)letter}}))
            (call $output_set (local.get $at) (i64.add (local.get $n) (i64.const 1)))
            (i32.const 0)
            """);
        var a = await host.LoadAsync("a", PluginSource.FromText(Appends('a')), null, TestContext.Current.CancellationToken);
        var open = await host.LoadAsync("open", PluginSource.FromText(Wat.Plugin("unreachable")),
            new PluginOptions { FailurePolicy = FailurePolicy.FailOpen }, TestContext.Current.CancellationToken);
        var b = await host.LoadAsync("b", PluginSource.FromText(Appends('b')), null, TestContext.Current.CancellationToken);
        var closed = await host.LoadAsync("closed", PluginSource.FromText(Wat.Plugin("unreachable")),
            new PluginOptions { FailurePolicy = FailurePolicy.FailClosed }, TestContext.Current.CancellationToken);
        var answer = await new PluginChain((a, "run"), (open, "run"), (b, "run")).CallAsync("x"u8.ToArray());
        Assert.Equal("xab", Encoding.UTF8.GetString(answer.Output.Span));
        Assert.Equal("open", Assert.Single(answer.Skipped).Plugin);
        await Assert.ThrowsAsync<PluginException>(() => new PluginChain((a, "run"), (closed, "run")).CallAsync().AsTask());
    }
}
