using System.Diagnostics;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class AtomicWaitTests
{
    private const int Notified = 0, NotEqual = 1, TimedOut = 2;
    private const long Forever = -1, Second = 1_000_000_000;
    private const ulong Page = 65536;

    private static LinearMemory Create(bool shared = true) =>
        LinearMemory.Create(new MemoryType(new Limits(1, 1, IsShared: shared)), MemoryOptions.Default);

    private static Task<T> OnThread<T>(Func<T> body) => Task.Factory.StartNew(
        body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static int Wait32(LinearMemory memory, ulong address, int expected, long timeout) =>
        AtomicOps.MemoryAtomicWait32(memory, address, expected, timeout, TestContext.Current.CancellationToken);

    private static int Wait64(LinearMemory memory, ulong address, long expected, long timeout) =>
        AtomicOps.MemoryAtomicWait64(memory, address, expected, timeout, TestContext.Current.CancellationToken);

    /// <summary>Notifies until so many waiters were woken: they may not have begun to wait yet.</summary>
    private static void NotifyUntil(LinearMemory memory, ulong address, int waiters)
    {
        var deadline = Stopwatch.StartNew();
        for (var woken = 0; woken < waiters; Thread.Yield())
        {
            woken += AtomicOps.MemoryAtomicNotify(memory, address, waiters - woken);
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(30), $"{woken} of {waiters} woken");
        }
    }

    [Fact]
    public void Wait_OtherValue_ReturnsAtOnce()
    {
        using var memory = Create();
        memory.Write(8, 1L << 32);

        Assert.Equal(NotEqual, Wait32(memory, 8, 1, Forever));
        Assert.Equal(NotEqual, Wait64(memory, 8, 0, Forever));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    [InlineData(30_000_000L)]
    public void Wait_NobodyNotifies_EndsAfterTheTimeout(long nanoseconds)
    {
        using var memory = Create();
        var elapsed = Stopwatch.StartNew();

        Assert.Equal(TimedOut, Wait32(memory, 0, 0, nanoseconds));

        Assert.InRange(elapsed.Elapsed.TotalNanoseconds, nanoseconds, nanoseconds + (10 * Second));
        Assert.Equal(0, AtomicOps.MemoryAtomicNotify(memory, 0, -1));
    }

    [Fact]
    public async Task Wait_HugeTimeout_DoesNotOverflow()
    {
        using var memory = Create();
        var waiter = OnThread(() => Wait64(memory, 0, 0, long.MaxValue));

        NotifyUntil(memory, 0, 1);

        Assert.Equal(Notified, await waiter);
    }

    [Fact]
    public async Task Notify_FewerThanWait_WakesSoMany()
    {
        using var memory = Create();
        var waiters = Enumerable.Range(0, 4).Select(_ => OnThread(() => Wait32(memory, 16, 0, Forever))).ToArray();

        NotifyUntil(memory, 16, 3);
        await Task.WhenAny(Task.WhenAll(waiters), Task.Delay(50, TestContext.Current.CancellationToken));

        Assert.Equal(3, waiters.Count(waiter => waiter.IsCompleted));
        NotifyUntil(memory, 16, 1);
        Assert.All(await Task.WhenAll(waiters), result => Assert.Equal(Notified, result));
    }

    [Fact]
    public async Task Notify_OtherAddressOrMemory_WakesNobody()
    {
        using var memory = Create();
        using var other = Create();
        var waiter = OnThread(() => Wait32(memory, 16, 0, Forever));
        await Task.Delay(20, TestContext.Current.CancellationToken);

        Assert.Equal(0, AtomicOps.MemoryAtomicNotify(memory, 20, -1));
        Assert.Equal(0, AtomicOps.MemoryAtomicNotify(other, 16, -1));
        Assert.Equal(0, AtomicOps.MemoryAtomicNotify(memory, 16, 0));

        NotifyUntil(memory, 16, 1);
        Assert.Equal(Notified, await waiter);
    }

    [Fact]
    public async Task Wait_Interrupted_EndsPromptlyAndLeavesTheQueue()
    {
        using var memory = Create();
        using var interrupt = new CancellationTokenSource();
        var waiter = OnThread(() => AtomicOps.MemoryAtomicWait32(memory, 0, 0, Forever, interrupt.Token));
        await Task.Delay(20, TestContext.Current.CancellationToken);
        var elapsed = Stopwatch.StartNew();

        await interrupt.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => waiter);
        Assert.True(elapsed.Elapsed < TimeSpan.FromSeconds(5));
        Assert.Equal(0, AtomicOps.MemoryAtomicNotify(memory, 0, -1));
        // One that is over already does not even begin.
        Assert.Throws<OperationCanceledException>(
            () => AtomicOps.MemoryAtomicWait32(memory, 0, 0, Forever, interrupt.Token));
    }

    [Fact]
    public async Task WaitAndNotify_Alternating_LosesNoWakeUp()
    {
        const int rounds = 2000;
        using var memory = Create();

        // Each side waits while it is the other's turn. A lost wake-up would leave both waiting.
        int Play(int me)
        {
            for (var round = 0; round < rounds; round++)
            {
                while (memory.Read<int>(0) != me)
                    Assert.NotEqual(TimedOut, Wait32(memory, 0, 1 - me, 30 * Second));
                memory.Write(0, 1 - me);
                AtomicOps.MemoryAtomicNotify(memory, 0, 1);
            }
            return rounds;
        }

        var played = await Task.WhenAll(OnThread(() => Play(0)), OnThread(() => Play(1)));

        Assert.All(played, turns => Assert.Equal(rounds, turns));
    }

    [Fact]
    public async Task WaitAndNotify_WithTimeouts_CountsAgree()
    {
        const int waiters = 4, rounds = 300;
        using var memory = Create();
        var running = waiters;
        var notifier = OnThread(() =>
        {
            long woken = 0;
            while (Volatile.Read(ref running) > 0)
                woken += AtomicOps.MemoryAtomicNotify(memory, 0, 1);
            return woken;
        });

        var results = await Task.WhenAll(Enumerable.Range(0, waiters).Select(index => OnThread(() =>
        {
            long notified = 0;
            for (var round = 0; round < rounds; round++)
            {
                if (Wait32(memory, 0, 0, round % 3 * 100_000) == Notified)
                    notified++;
            }
            Interlocked.Decrement(ref running);
            return notified;
        })));

        // Every waiter that a notification counted says that it was notified, and nobody else does.
        Assert.Equal(await notifier, results.Sum());
    }

    [Fact]
    public void Wait_UnsharedMemory_TrapsAndNotifyFindsNobody()
    {
        using var memory = Create(shared: false);

        Assert.Equal(0, AtomicOps.MemoryAtomicNotify(memory, 0, 1));
        Traps(TrapKind.ExpectedSharedMemory, () => Wait32(memory, 0, 0, 0));
        Traps(TrapKind.ExpectedSharedMemory, () => Wait64(memory, 0, 1, 0));
    }

    [Fact]
    public void WaitAndNotify_BadAddress_Trap()
    {
        using var memory = Create();

        Traps(TrapKind.MemoryOutOfBounds, () => Wait32(memory, Page, 0, 0));
        Traps(TrapKind.MemoryOutOfBounds, () => Wait64(memory, Page, 0, 0));
        Traps(TrapKind.MemoryOutOfBounds, () => AtomicOps.MemoryAtomicNotify(memory, Page, 0));
        Traps(TrapKind.MemoryOutOfBounds, () => AtomicOps.MemoryAtomicNotify(memory, ulong.MaxValue - 3, 0));
        Traps(TrapKind.UnalignedAtomic, () => Wait32(memory, 65531, 0, 0));
        Traps(TrapKind.UnalignedAtomic, () => Wait64(memory, 65524, 0, 0));
        Traps(TrapKind.UnalignedAtomic, () => AtomicOps.MemoryAtomicNotify(memory, 65531, 0));
    }

    private static void Traps(TrapKind kind, Func<int> action) =>
        Assert.Equal(kind, Assert.Throws<TrapException>(() => { action(); }).Kind);
}
