using Coffer.Plugins.Versions;
using Microsoft.Extensions.Time.Testing;

namespace Coffer.Plugins.Tests.Versions;

public class VersionSlotTests
{
    private static readonly VersionSlotOptions KeepOne = new() { Kept = 1 };

    [Fact]
    public void Acquire_WithoutVersion_SaysWhatToDo()
    {
        var slot = new VersionSlot<Probe>();
        Assert.False(slot.TryAcquire(out _));
        Assert.Contains("Swap", Assert.Throws<InvalidOperationException>(() => slot.Acquire()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Swap_WithoutLeases_DisposesTheOldOne()
    {
        var first = new Probe();
        var second = new Probe();
        await using var slot = new VersionSlot<Probe>(first);
        await slot.SwapAsync(second, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(first.IsDisposed);
        using var lease = slot.Acquire();
        Assert.Same(second, lease.Value);
        Assert.Equal(2, lease.Version);
    }

    [Fact]
    public async Task Swap_WithLease_WaitsForItsEnd()
    {
        var first = new Probe();
        await using var slot = new VersionSlot<Probe>(first);
        var lease = slot.Acquire();
        var swap = slot.Swap(new Probe());
        Assert.False(swap.IsCompleted);
        Assert.False(first.IsDisposed);
        Assert.Equal(VersionState.Draining, slot.List()[0].State);
        Assert.Equal(1, slot.List()[0].Leases);
        using (var next = slot.Acquire()) Assert.NotSame(first, next.Value);
        lease.Dispose();
        await swap;
        Assert.True(first.IsDisposed);
        Assert.Equal(VersionState.Retired, slot.List()[0].State);
    }

    [Fact]
    public async Task Swap_DrainTimePasses_LeasesAreToldToStopAndStillAwaited()
    {
        var time = new FakeTimeProvider();
        var first = new Probe();
        await using var slot = new VersionSlot<Probe>(first, new VersionSlotOptions { DrainTime = TimeSpan.FromSeconds(5), TimeProvider = time });
        var told = new TaskCompletionSource<VersionInfo>();
        slot.Stopped += told.SetResult;
        var lease = slot.Acquire();
        var swap = slot.Swap(new Probe());
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(lease.Stopping.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await told.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).IsStopping);
        Assert.True(lease.Stopping.IsCancellationRequested);
        Assert.Equal(1, slot.Stops);
        Assert.False(swap.IsCompleted);
        Assert.False(first.IsDisposed);
        lease.Dispose();
        await swap;
        Assert.True(first.IsDisposed);
    }

    [Fact]
    public async Task SwapAsync_Cancelled_HasSwappedAndGoesOnDraining()
    {
        var first = new Probe();
        var second = new Probe();
        await using var slot = new VersionSlot<Probe>(first);
        var lease = slot.Acquire();
        using var cancellation = new CancellationTokenSource();
        var swap = slot.SwapAsync(second, cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => swap);
        using (var next = slot.Acquire()) Assert.Same(second, next.Value);
        lease.Dispose();
        await first.Disposed.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Rollback_KeptVersion_ServesAgain()
    {
        var first = new Probe();
        var second = new Probe();
        await using var slot = new VersionSlot<Probe>(first, KeepOne);
        await slot.SwapAsync(second, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(VersionState.Standby, slot.List()[0].State);
        Assert.False(first.IsDisposed);
        Assert.True(slot.TryRollback(out var retiring));
        await retiring;
        Assert.True(second.IsDisposed);
        using var lease = slot.Acquire();
        Assert.Same(first, lease.Value);
        Assert.Equal(1, lease.Version);
        Assert.False(slot.TryRollback(out _));
        Assert.Equal(1, slot.Rollbacks);
    }

    [Fact]
    public async Task Rollback_WhileTheOldOneDrains_EndsItsDraining()
    {
        var first = new Probe();
        var second = new Probe();
        await using var slot = new VersionSlot<Probe>(first, KeepOne);
        var old = slot.Acquire();
        var swap = slot.Swap(second);
        Assert.True(slot.TryRollback(out var retiring));
        await swap.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await retiring;
        Assert.True(second.IsDisposed);
        old.Dispose();
        using var lease = slot.Acquire();
        Assert.Same(first, lease.Value);
        Assert.False(first.IsDisposed);
    }

    [Fact]
    public async Task Rollback_ToAVersionThatWasToldToStop_DoesNotTellNewLeases()
    {
        var time = new FakeTimeProvider();
        await using var slot = new VersionSlot<Probe>(new Probe(), KeepOne with { TimeProvider = time });
        var told = new TaskCompletionSource<VersionInfo>();
        slot.Stopped += told.SetResult;
        using var old = slot.Acquire();
        _ = slot.Swap(new Probe());
        time.Advance(TimeSpan.FromSeconds(31));
        await told.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(slot.TryRollback(out _));
        using var lease = slot.Acquire();
        Assert.False(lease.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Swap_BeyondKept_DisposesTheOldest()
    {
        Probe[] probes = [new(), new(), new()];
        await using var slot = new VersionSlot<Probe>(probes[0], KeepOne, "a");
        await slot.SwapAsync(probes[1], "b", TestContext.Current.CancellationToken);
        await slot.SwapAsync(probes[2], "c", TestContext.Current.CancellationToken);
        Assert.True(probes[0].IsDisposed);
        Assert.False(probes[1].IsDisposed);
        Assert.Equal(
            [("a", VersionState.Retired), ("b", VersionState.Standby), ("c", VersionState.Active)],
            slot.List().Select(info => (info.Label, info.State)));
    }

    [Fact]
    public async Task Dispose_WithLease_WaitsAndDisposesAll()
    {
        Probe[] probes = [new(), new()];
        var slot = new VersionSlot<Probe>(probes[0], KeepOne);
        await slot.SwapAsync(probes[1], cancellationToken: TestContext.Current.CancellationToken);
        var lease = slot.Acquire();
        var disposal = slot.DisposeAsync().AsTask();
        Assert.False(disposal.IsCompleted);
        Assert.Throws<ObjectDisposedException>(() => slot.Acquire());
        Assert.Throws<ObjectDisposedException>(() => { _ = slot.Swap(new Probe()); });
        lease.Dispose();
        await disposal;
        Assert.All(probes, probe => Assert.True(probe.IsDisposed));
    }

    [Fact]
    public async Task Swap_OldOneFailsToDispose_IsReportedAndGone()
    {
        await using var slot = new VersionSlot<object>(new Failing());
        var reported = new List<string>();
        slot.DisposeFailed += (info, exception) => reported.Add($"{info.State}: {exception.Message}");
        await slot.SwapAsync(new object(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["Retired: no"], reported);
    }

    private sealed class Failing : IDisposable
    {
#pragma warning disable CA1065 // What this is there for.
        public void Dispose() => throw new NotSupportedException("no");
#pragma warning restore CA1065
    }
}
