using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Memory;

public sealed class GuardedMemoryTests
{
    private const ulong Page = 65536;
    private static readonly MemoryOptions Guarded = new() { Mode = MemoryMode.Guarded };

    // What the compiler relies on: the highest index, the highest static offset, the widest access.
    private const ulong FarthestAccess = uint.MaxValue + (ulong)uint.MaxValue;

    private static LinearMemory Create(ulong pages)
    {
        Assert.SkipUnless(MemoryArena.GuardSupported, "guarded memory is not available on this system");
        return LinearMemory.Create(new MemoryType(new Limits(pages, null)), Guarded);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe T Load<T>(nint start, ulong offset) where T : unmanaged => *(T*)((byte*)start + offset);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void Store<T>(nint start, ulong offset, T value) where T : unmanaged =>
        *(T*)((byte*)start + offset) = value;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void Increment(nint start, ulong offset) =>
        Interlocked.Increment(ref *(int*)((byte*)start + offset));

    [Fact]
    public void Load_BeyondTheEnd_IsNullReference()
    {
        using var memory = Create(1);
        ulong[] offsets =
            [Page, Page + 1, 2 * Page, 1UL << 31, uint.MaxValue - 3, uint.MaxValue, 1UL << 32, FarthestAccess - 1, FarthestAccess];

        foreach (var offset in offsets)
        {
            Assert.Throws<NullReferenceException>(() => Load<byte>(memory.Base, offset));
            Assert.Throws<NullReferenceException>(() => Load<int>(memory.Base, offset));
            Assert.Throws<NullReferenceException>(() => Load<long>(memory.Base, offset));
            Assert.Throws<NullReferenceException>(() => Load<Vector128<byte>>(memory.Base, offset));
            Assert.Throws<NullReferenceException>(() => Store<byte>(memory.Base, offset, 1));
            Assert.Throws<NullReferenceException>(() => Store(memory.Base, offset, Vector128<byte>.One));
            Assert.Throws<NullReferenceException>(() => Increment(memory.Base, offset & ~3UL));
        }
    }

    [Fact]
    public void Load_StraddlingTheEnd_IsNullReference()
    {
        using var memory = Create(1);

        Assert.Equal(0, Load<int>(memory.Base, Page - 4));
        for (ulong back = 1; back < 4; back++)
            Assert.Throws<NullReferenceException>(() => Load<int>(memory.Base, Page - back));
    }

    [Fact]
    public void Load_FarthestFromAFullMemory_DoesNotReachTheNextSlot()
    {
        using var first = Create(65536);
        using var second = Create(65536);
        using var third = Create(65536);
        foreach (var memory in (LinearMemory[])[first, second, third])
        {
            Assert.Equal(0, Load<byte>(memory.Base, uint.MaxValue));
            Assert.Throws<NullReferenceException>(() => Load<Vector128<byte>>(memory.Base, FarthestAccess));
            Assert.Throws<NullReferenceException>(() => Load<byte>(memory.Base, FarthestAccess + 15));
            // What lies before a memory is inaccessible as well.
            Assert.Throws<NullReferenceException>(() => Load<byte>(memory.Base - 1, 0));
            Assert.Throws<NullReferenceException>(() => Load<byte>(memory.Base - int.MaxValue - 1, 0));
        }
    }

    [Fact]
    public void Store_StraddlingTheEnd_WritesNothing()
    {
        using var memory = Create(1);

        Assert.Throws<NullReferenceException>(() => Store(memory.Base, Page - 3, -1));

        Assert.Equal(0, memory.Read<byte>(Page - 1));
    }

    [Fact]
    public void Load_BeforeAndAfterGrowth_FaultsThenReads()
    {
        using var memory = Create(0);
        Assert.Throws<NullReferenceException>(() => Load<byte>(memory.Base, 0));

        Assert.Equal(0, memory.Grow(1));

        Assert.Equal(0, Load<byte>(memory.Base, Page - 1));
        Assert.Throws<NullReferenceException>(() => Load<byte>(memory.Base, Page));
    }

    [Fact]
    public void NullReference_Ordinary_StillBehaves()
    {
        using var memory = Create(1);
        string? nothing = null;

        Assert.Throws<NullReferenceException>(() => nothing!.Length);
        Assert.Throws<NullReferenceException>(() => Load<byte>(memory.Base, Page));
        Assert.Throws<NullReferenceException>(() => Load<byte>(0, 0));
        Assert.Throws<NullReferenceException>(() => nothing!.Length);
    }

    [Fact]
    public async Task Load_OnManyThreadsWhileCollecting_IsAlwaysCaught()
    {
        const int threads = 4, faults = 500;
        using var memory = Create(1);
        var caught = 0;
        using var done = new CancellationTokenSource();
        var collector = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    GC.Collect(0, GCCollectionMode.Forced, blocking: true);
                    Thread.Sleep(1);
                }
            },
            TestContext.Current.CancellationToken);

        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < faults; i++)
                {
                    var kept = new object[16];
                    kept[i % 16] = new byte[100];
                    try
                    {
                        Load<long>(memory.Base, Page + ((ulong)i * 7919 * (ulong)(thread + 1)));
                    }
                    catch (NullReferenceException)
                    {
                        Interlocked.Increment(ref caught);
                    }
                    Assert.Equal(100, ((byte[])kept[i % 16]).Length);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        await done.CancelAsync();
        await collector;

        Assert.Equal(threads * faults, caught);
    }

    [Fact]
    public void Dispose_ThenCreateSmaller_OldPagesAreInaccessible()
    {
        for (ulong pages = 20; pages > 0; pages--)
        {
            using var memory = Create(pages);
            Assert.Throws<NullReferenceException>(() => Load<byte>(memory.Base, pages * Page));
            memory.GetSpan(0, pages * Page).Fill(0xC5);
        }
    }

    [Fact]
    public async Task CreateAndDispose_OnManyThreads_NeverSharesASlot()
    {
        Create(1).Dispose();
        await Task.WhenAll(Enumerable.Range(1, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var memory = Create((ulong)(1 + (i % 3)));
                Assert.Equal(0, memory.Read<int>(100));
                memory.Write(100, thread);
                Thread.Yield();
                Assert.Equal(thread, memory.Read<int>(100));
            }
        })));
    }

    [Fact]
    public void UsesGuard_Memory64OrCustomPages_IsFalse()
    {
        Assert.False(LinearMemory.UsesGuard(new MemoryType(new Limits(1, null, Is64: true)), MemoryOptions.Default));
        Assert.False(LinearMemory.UsesGuard(new MemoryType(new Limits(1, null), PageSizeLog2: 0), MemoryOptions.Default));
        Assert.False(LinearMemory.UsesGuard(
            new MemoryType(new Limits(1, null)), new MemoryOptions { Mode = MemoryMode.Checked }));
    }
}
