// How long recording waits is what is tested: a token of the test would change it.
#pragma warning disable xUnit1051
using Coffer.Capabilities.Audit;

namespace Coffer.Capabilities.Tests.Audit;

public sealed class AuditTrailTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly AuditOptions Patient = new() { MaximumWait = Patience, MaximumFlush = Patience };

    [Fact]
    public async Task Record_ManyThreads_KeepsEveryEventOnceAndTheOrderOfEach()
    {
        const int threads = 8, events = 2000;
        using var sink = new MemorySink();
        using var trail = new AuditTrail([sink], Patient with { Capacity = 16 });
        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < events; i++) trail.Record(Audited.Event(i) with { Run = $"{thread}" });
        })));
        Assert.True(trail.Flush());
        Assert.Equal(0, trail.Dropped);
        Assert.Equal(threads * events, sink.Events.Count);
        foreach (var run in sink.Events.GroupBy(audited => audited.Run))
        {
            Assert.Equal(Enumerable.Range(0, events).Select(i => (long)i), run.Select(audited => audited.Sequence));
        }
    }

    [Fact]
    public void NewTrail_NoEvent_StartsNoThread()
    {
        var thread = 0;
        using (var trail = new AuditTrail([new FailingSink(flush: () => thread = Environment.CurrentManagedThreadId)]))
        {
            Assert.True(trail.Flush());
            Assert.Equal(0, thread);
        }

        Assert.Equal(0, thread);
    }

    [Fact]
    public void Record_Sinks_AreCalledByAnotherThread()
    {
        var thread = 0;
        using var trail = new AuditTrail([new FailingSink(_ => thread = Environment.CurrentManagedThreadId)], Patient);
        trail.Record(Audited.Event(1));
        Assert.True(trail.Flush());
        Assert.NotEqual(0, thread);
        Assert.NotEqual(Environment.CurrentManagedThreadId, thread);
    }

    [Fact]
    public void Record_WithoutFlush_ReachesTheSinkAndIsFlushed()
    {
        using var flushed = new ManualResetEventSlim();
        using var trail = new AuditTrail([new FailingSink(flush: flushed.Set)]);
        trail.Record(Audited.Event(1));
        Assert.True(flushed.Wait(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Record_SinkThatBlocks_DropsAndCounts()
    {
        using var blocked = new ManualResetEventSlim();
        var written = new List<AuditEvent>();
        var trail = new AuditTrail(
            [new FailingSink(audited => { blocked.Wait(Patience); written.Add(audited); })],
            new AuditOptions { Capacity = 4, MaximumWait = TimeSpan.FromMilliseconds(1), MaximumFlush = Patience });
        for (var i = 1; i <= 50; i++) trail.Record(Audited.Event(i));
        var dropped = trail.Dropped;
        Assert.InRange(dropped, 50 - 4 - 4, 49);
        blocked.Set();
        trail.Dispose();
        Assert.Equal(50 - dropped, written.Count(audited => audited.Dropped == 0));
        Assert.Equal(dropped, written[^1].Dropped);
        Assert.Equal(AuditEvent.DroppedOperation, written[^1].Operation);
    }

    [Fact]
    public void Record_Strict_SinkThatBlocks_StopsTheGuest()
    {
        using var blocked = new ManualResetEventSlim();
        using var trail = new AuditTrail(
            [new FailingSink(_ => blocked.Wait(Patience))],
            new AuditOptions { MaximumFlush = TimeSpan.FromMilliseconds(20), IsStrict = true });

        var refused = Assert.Throws<AuditException>(() => trail.Record(Audited.Event(1)));

        Assert.Contains("cannot keep up", refused.Message);
        blocked.Set();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Record_WaitingForRoom_EndsWhenTheRunIsCancelled(bool isStrict)
    {
        using var blocked = new ManualResetEventSlim();
        using var trail = new AuditTrail(
            [new FailingSink(_ => blocked.Wait(Patience))],
            new AuditOptions { Capacity = 1, MaximumWait = TimeSpan.MaxValue, IsStrict = isStrict });
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        void RecordMany()
        {
            for (var i = 1; i <= 5; i++) trail.Record(Audited.Event(i), cancellation.Token);
        }

        if (isStrict)
        {
            // The event may still be kept; the guest has ended before that was known.
            Assert.Throws<OperationCanceledException>(RecordMany);
        }
        else
        {
            RecordMany();
            Assert.InRange(trail.Dropped, 1, 5);
        }

        blocked.Set();
    }

    [Fact]
    public void Record_SinkThatThrows_OthersGetTheEventAndItCountsAsDropped()
    {
        var memory = new MemorySink();
        var failing = new FailingSink(_ => throw new InvalidOperationException("odd"));
        using (var trail = new AuditTrail([failing, memory], Patient))
        {
            trail.Record(Audited.Event(1));
            trail.Record(Audited.Event(2, allowed: false));
            Assert.True(trail.Flush());
            Assert.Equal(2, trail.Dropped);
            Assert.Equal("odd", trail.Failure?.Message);
            Assert.Equal([1, 2], memory.Events.Select(audited => audited.Sequence));
        }

        Assert.True(failing.IsDisposed);
        Assert.Equal(2, memory.Events[^1].Dropped);
    }

    [Fact]
    public void Flush_SinkCannotFlush_CountsTheBatchAsDropped()
    {
        using var trail = new AuditTrail([new FailingSink(flush: () => throw new IOException("full"))], Patient);
        trail.Record(Audited.Event(1));
        Assert.True(trail.Flush());
        Assert.Equal(1, trail.Dropped);
    }

    [Fact]
    public void Record_Strict_SinkFails_StopsTheGuestAtThatEvent()
    {
        using var trail = new AuditTrail(
            [new FailingSink(audited => { if (audited.Sequence == 2) throw new IOException("disk full"); })],
            Patient with { IsStrict = true });
        trail.Record(Audited.Event(1));

        var refused = Assert.Throws<AuditException>(() => trail.Record(Audited.Event(2)));

        Assert.Contains("disk full", refused.Message);
        Assert.IsType<IOException>(refused.InnerException);
        Assert.Throws<AuditException>(() => trail.Record(Audited.Event(3)));
    }

    [Fact]
    public void Record_Strict_SinkCannotFlush_StopsTheGuestAtThatEvent()
    {
        using var trail = new AuditTrail(
            [new FailingSink(flush: () => throw new IOException("full"))], Patient with { IsStrict = true });

        Assert.Contains("full", Assert.Throws<AuditException>(() => trail.Record(Audited.Event(1))).Message);
    }

    [Fact]
    public async Task Record_Strict_ReturnsWhenTheEventIsKept()
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink], Patient with { IsStrict = true });
        await Task.WhenAll(Enumerable.Range(1, 4).Select(guest => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                var number = guest * 1000 + i;
                trail.Record(Audited.Event(number, allowed: i % 2 == 0));
                Assert.Contains(sink.Events, audited => audited.Sequence == number);
            }
        })));
    }

    [Fact]
    public void Record_Strict_SinkThatRecords_DoesNotWaitForItself()
    {
        AuditTrail? trail = null;
        using (trail = new AuditTrail(
            [new FailingSink(audited => { if (audited.Sequence == 1) trail!.Record(Audited.Event(2)); })],
            Patient with { IsStrict = true }))
        {
            trail.Record(Audited.Event(1));
        }

        Assert.Null(trail.Failure);
    }

    [Fact]
    public void Record_AfterDispose_IsDroppedOrStopsTheGuest()
    {
        var lenient = new AuditTrail([new MemorySink()]);
        lenient.Dispose();
        lenient.Record(Audited.Event(1));
        Assert.Equal(1, lenient.Dropped);
        Assert.True(lenient.Flush());

        var strict = new AuditTrail([new MemorySink()], new AuditOptions { IsStrict = true });
        strict.Dispose();
        Assert.Contains("closed", Assert.Throws<AuditException>(() => strict.Record(Audited.Event(1))).Message);
    }

    [Fact]
    public async Task Dispose_WhileRecording_LosesNothingUncounted()
    {
        for (var round = 0; round < 20; round++)
        {
            var sink = new MemorySink();
            var trail = new AuditTrail([sink], Patient with { Capacity = 8 });
            var guests = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                for (var i = 1; i <= 200; i++) trail.Record(Audited.Event(i));
            })).ToArray();
            trail.Dispose();
            await Task.WhenAll(guests);
            Assert.Equal(800, sink.Events.Count(audited => audited.Dropped == 0) + trail.Dropped);
        }
    }

    [Fact]
    public void Dispose_SinkThatNeverReturns_GivesUpAndCounts()
    {
        using var blocked = new ManualResetEventSlim();
        var sink = new FailingSink(_ => blocked.Wait(Patience));
        var trail = new AuditTrail([sink], new AuditOptions { MaximumFlush = TimeSpan.FromMilliseconds(50) });
        for (var i = 1; i <= 3; i++) trail.Record(Audited.Event(i));
        Assert.False(trail.Flush());
        trail.Dispose();
        Assert.Equal(3, trail.Dropped);
        Assert.IsType<TimeoutException>(trail.Failure);
        blocked.Set();
    }

    [Fact]
    public async Task Flush_FromManyThreads_EachSeesItsOwnEvent()
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink], Patient);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                trail.Record(Audited.Event(i) with { Run = $"{thread}" });
                Assert.True(trail.Flush());
                Assert.Contains(sink.Events, audited => audited.Run == $"{thread}" && audited.Sequence == i);
            }
        })));
    }

    [Fact]
    public void Flush_BySinkItself_DoesNotWaitForItself()
    {
        AuditTrail? trail = null;
        using var owned = trail = new AuditTrail([new FailingSink(_ => trail!.Flush())], Patient);
        trail.Record(Audited.Event(1));
        Assert.True(trail.Flush());
    }

    [Fact]
    public void WantsAllowed_OneOfTwoSinks_TheOtherGetsDenialsOnly()
    {
        var all = new MemorySink();
        var denials = new DenialSink();
        using (var trail = new AuditTrail([all, denials], Patient))
        {
            Assert.True(trail.WantsAllowed);
            trail.Record(Audited.Event(1));
            trail.Record(Audited.Event(2, allowed: false));
        }

        Assert.Equal(2, all.Events.Count);
        Assert.Equal([2], denials.Sequences);
    }

    [Fact]
    public void NewTrail_NoCapacity_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => new AuditTrail([], new AuditOptions { Capacity = 0 }));

    private sealed class DenialSink : AuditSink
    {
        public List<long> Sequences { get; } = [];

        public override bool WantsAllowed => false;

        public override void Write(AuditEvent audited) => Sequences.Add(audited.Sequence);
    }
}
