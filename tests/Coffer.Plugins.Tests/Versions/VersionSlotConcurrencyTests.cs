using System.Collections.Concurrent;
using Coffer.Plugins.Versions;

namespace Coffer.Plugins.Tests.Versions;

public class VersionSlotConcurrencyTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(2, 8)]
    public async Task SwapsUnderLoad_NoLeaseIsDisposedOrOlderThanTheLastSwap(int kept, int threads)
    {
        var all = new ConcurrentBag<Probe>();
        Probe Make()
        {
            var probe = new Probe();
            all.Add(probe);
            return probe;
        }

        var slot = new VersionSlot<Probe>(Make(), new VersionSlotOptions { Kept = kept });
        var oldest = 1L;
        var wrong = 0;
        var leases = 0L;
        var isOver = false;
        var users = Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    var floor = Volatile.Read(ref oldest);
                    var lease = slot.Acquire();
                    if (lease.Version < floor || lease.Value.IsDisposed) Interlocked.Increment(ref wrong);
                    Thread.SpinWait(20);
                    if (lease.Value.IsDisposed) Interlocked.Increment(ref wrong);
                    lease.Dispose();
                    Interlocked.Increment(ref leases);
                }
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();

        for (var i = 2; i <= 2000; i++)
        {
            var swap = slot.Swap(Make());

            // From here on a lease of an older version would be wrong, although the old one may still drain.
            Volatile.Write(ref oldest, i);
            if (i % 4 == 0) await swap;
            if (i % 100 == 0) await Task.Yield();
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(users);
        await slot.DisposeAsync();
        Assert.Equal(0, wrong);
        Assert.True(leases > 1000, $"{leases} leases");
        Assert.All(all, probe => Assert.Equal(1, probe.Disposals));
    }

    [Fact]
    public async Task RollbacksUnderLoad_NoLeaseIsDisposedAndEachVersionIsDisposedOnce()
    {
        var all = new ConcurrentBag<Probe>();
        var slot = new VersionSlot<Probe>(new VersionSlotOptions { Kept = 1 });
        var first = new Probe();
        all.Add(first);
        await slot.SwapAsync(first, cancellationToken: TestContext.Current.CancellationToken);
        var wrong = 0;
        var isOver = false;
        var users = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    using var lease = slot.Acquire();
                    Thread.SpinWait(30);
                    if (lease.Value.IsDisposed) Interlocked.Increment(ref wrong);
                }
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();

        var pending = new List<Task>();
        for (var i = 0; i < 1000; i++)
        {
            var probe = new Probe();
            all.Add(probe);
            pending.Add(slot.Swap(probe));
            if (i % 3 != 0 && slot.TryRollback(out var retiring)) pending.Add(retiring);
        }

        await Task.WhenAll(pending).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(users);
        await slot.DisposeAsync();
        Assert.Equal(0, wrong);
        Assert.True(slot.Rollbacks > 500, $"{slot.Rollbacks} rollbacks");
        Assert.All(all, probe => Assert.Equal(1, probe.Disposals));
    }

    [Fact]
    public async Task Acquire_InALoop_AllocatesNothing()
    {
        await using var slot = new VersionSlot<Probe>(new Probe());

        // The least of several: what the compiler allocates when it makes the loop again is not the slot's.
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 10 && least > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 10_000; i++) slot.Acquire().Dispose();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
