using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Memory;

public sealed class LinearMemoryTests
{
    private const ulong Page = 65536;

    public static TheoryData<MemoryMode> Modes => MemoryArena.GuardSupported
        ? [MemoryMode.Checked, MemoryMode.Guarded]
        : [MemoryMode.Checked];

    private static MemoryOptions Options(MemoryMode mode) => new() { Mode = mode };

    private static MemoryType Type(ulong minimum, ulong? maximum = null, bool is64 = false, bool shared = false, int log2 = 16) =>
        new(new Limits(minimum, maximum, is64, shared), log2);

    [Theory, MemberData(nameof(Modes))]
    public void Create_MinimumPages_LengthAndZeros(MemoryMode mode)
    {
        using var memory = LinearMemory.Create(Type(2), Options(mode));

        Assert.Equal(2 * Page, memory.ByteLength);
        Assert.Equal(2UL, memory.PageCount);
        Assert.Equal(mode == MemoryMode.Guarded, memory.IsGuarded);
        Assert.False(memory.GetSpan(0, 2 * Page).ContainsAnyExcept((byte)0));
    }

    [Theory, MemberData(nameof(Modes))]
    public void Grow_ToDeclaredMaximum_ThenRefused(MemoryMode mode)
    {
        using var memory = LinearMemory.Create(Type(1, 3), Options(mode));
        var start = memory.Base;
        memory.Write(Page - 8, 0x1122334455667788L);

        Assert.Equal(1, memory.Grow(1));
        Assert.Equal(-1, memory.Grow(2));
        Assert.Equal(-1, memory.Grow(ulong.MaxValue));
        Assert.Equal(-1, memory.Grow(1UL << 48));
        Assert.Equal(2, memory.Grow(1));
        Assert.Equal(3, memory.Grow(0));
        Assert.Equal(3 * Page, memory.ByteLength);
        Assert.Equal(start, memory.Base);
        Assert.Equal(0x1122334455667788L, memory.Read<long>(Page - 8));
        Assert.False(memory.GetSpan(Page, 2 * Page).ContainsAnyExcept((byte)0));
        memory.Write(3 * Page - 1, (byte)7);
    }

    [Theory, MemberData(nameof(Modes))]
    public void Grow_ToFourGiB_LastByteIsUsable(MemoryMode mode)
    {
        using var memory = LinearMemory.Create(Type(0), Options(mode));

        Assert.Equal(0, memory.Grow(65536));
        Assert.Equal(-1, memory.Grow(1));
        Assert.Equal(1UL << 32, memory.ByteLength);
        memory.Write(uint.MaxValue, (byte)1);
        Assert.Equal(1, memory.Read<byte>(uint.MaxValue));
    }

    [Theory, MemberData(nameof(Modes))]
    public void Create_MemoryBomb_IsOnlyVirtual(MemoryMode mode)
    {
        var before = Environment.WorkingSet;
        using var memory = LinearMemory.Create(Type(65536), Options(mode));

        Assert.Equal(1UL << 32, memory.ByteLength);
        Assert.True(Environment.WorkingSet - before < 1 << 30);
    }

    [Theory]
    [InlineData(1UL << 48)]
    [InlineData(1UL << 40)]
    [InlineData((1UL << 48) + 1)]
    [InlineData(ulong.MaxValue)]
    public void Create_HugeMemory64_IsRefused(ulong pages)
    {
        var error = Assert.Throws<ExhaustionException>(() => LinearMemory.Create(Type(pages, is64: true), MemoryOptions.Default));

        Assert.Equal(ExhaustionKind.System, error.Kind);
    }

    [Fact]
    public void Create_SystemRefuses_SaysWhatAndWhichOption()
    {
        var error = Assert.Throws<ExhaustionException>(
            () => LinearMemory.Create(Type(1UL << 40, is64: true), MemoryOptions.Default));

        Assert.Contains($"{1UL << 56} bytes", error.Message);
        Assert.Contains(nameof(MemoryOptions.Memory64ReservationBytes), error.Message);
    }

    [Fact]
    public void Create_Memory64_IsCheckedAndGrowsBeyondFourGiB()
    {
        using var memory = LinearMemory.Create(Type(1, is64: true), MemoryOptions.Default);

        Assert.False(memory.IsGuarded);
        Assert.Equal(1, memory.Grow(65536));
        memory.Write(1UL << 32, 42);
        Assert.Equal(42, memory.Read<int>(1UL << 32));
        Assert.Equal(-1, memory.Grow(1UL << 47));
    }

    [Fact]
    public void Create_PageSizeOne_LengthIsExact()
    {
        using var memory = LinearMemory.Create(Type(5, 10_000, log2: 0), MemoryOptions.Default);

        Assert.False(memory.IsGuarded);
        Assert.Equal(5UL, memory.ByteLength);
        Assert.Equal(5, memory.Grow(5000));
        Assert.Equal(5005UL, memory.PageCount);
        memory.Write(5004, (byte)1);
        Assert.Throws<TrapException>(() => memory.Write(5005, (byte)1));
        Assert.Equal(-1, memory.Grow(4996));
        Assert.Equal(5005, memory.Grow(4995));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Grow_BeyondTheReservation_IsRefused(ulong pages)
    {
        var options = new MemoryOptions { Mode = MemoryMode.Checked, ReservationBytes = pages * Page };
        using var memory = LinearMemory.Create(Type(1), options);

        Assert.Equal(1, memory.Grow(pages - 1));
        Assert.Equal(-1, memory.Grow(1));
    }

    [Theory, MemberData(nameof(Modes))]
    public void Dispose_ThenCreate_NextTenantSeesZeros(MemoryMode mode)
    {
        const ulong pages = 16;
        for (var tenant = 0; tenant < 50; tenant++)
        {
            using var memory = LinearMemory.Create(Type(pages + (ulong)(tenant % 3)), Options(mode));
            Assert.False(memory.GetSpan(0, memory.ByteLength).ContainsAnyExcept((byte)0));
            memory.GetSpan(0, memory.ByteLength).Fill(0xC5);
            var length = memory.ByteLength;
            Assert.NotEqual(-1, memory.Grow(1));
            Assert.False(memory.GetSpan(length, Page).ContainsAnyExcept((byte)0));
            memory.GetSpan(length, Page).Fill(0xC5);
        }
    }

    [Fact]
    public void Dispose_ThenCreateOfEverySmallSize_ReusesNothingTooSmall()
    {
        for (ulong bytes = 1; bytes <= 20_000; bytes += 997)
        {
            using var memory = LinearMemory.Create(Type(0, bytes, log2: 0), MemoryOptions.Default);
            Assert.Equal(0, memory.Grow(bytes));
            memory.Write(bytes - 1, (byte)1);
        }
    }

    [Fact]
    public void Dispose_ThenCreateOfPageSizeOne_BytesBehindTheEndAreZeroWhenGrown()
    {
        for (var tenant = 0; tenant < 10; tenant++)
        {
            using var memory = LinearMemory.Create(Type(5, 10_000, log2: 0), MemoryOptions.Default);
            Assert.Equal(5, memory.Grow(9_995));
            Assert.False(memory.GetSpan(0, 10_000).ContainsAnyExcept((byte)0));
            memory.GetSpan(0, 10_000).Fill(0xC5);
        }
    }

    [Fact]
    public void Create_MinimumAboveTheReservationPolicy_IsHonoured()
    {
        var options = new MemoryOptions { Mode = MemoryMode.Checked, ReservationBytes = Page };
        using var memory = LinearMemory.Create(Type(3), options);

        memory.Write(3 * Page - 1, (byte)1);
        Assert.Equal(-1, memory.Grow(1));
    }

    [Theory]
    [InlineData(0UL, Page + 1)]
    [InlineData(Page, 1UL)]
    [InlineData(Page + 1, 0UL)]
    [InlineData(ulong.MaxValue, 1UL)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    [InlineData(1UL, ulong.MaxValue)]
    public void GetSpan_OutOfBounds_Traps(ulong offset, ulong length)
    {
        using var memory = LinearMemory.Create(Type(1), MemoryOptions.Default);

        Assert.False(memory.TryGetSpan(offset, length, out _));
        var trap = Assert.Throws<TrapException>(() => { memory.GetSpan(offset, length); });
        Assert.Equal(TrapKind.MemoryOutOfBounds, trap.Kind);
    }

    [Fact]
    public void GetSpan_EmptyAtTheEnd_IsAllowed()
    {
        using var memory = LinearMemory.Create(Type(1), MemoryOptions.Default);

        Assert.True(memory.GetSpan(Page, 0).IsEmpty);
    }

    [Fact]
    public void Write_ThenRead_IsLittleEndianAndUnaligned()
    {
        using var memory = LinearMemory.Create(Type(1), MemoryOptions.Default);

        memory.Write(3, 0x01020304u);

        Assert.Equal([4, 3, 2, 1], memory.GetSpan(3, 4).ToArray());
        Assert.Equal(0x01020304u, memory.Read<uint>(3));
        Assert.Equal(-1, memory.Read<sbyte>(2) - 1);
        Assert.Throws<TrapException>(() => memory.Read<uint>(Page - 3));
    }

    [Theory, MemberData(nameof(Modes))]
    public void Limiter_RefusesGrowth_NothingIsChargedAndMemoryStays(MemoryMode mode)
    {
        var limiter = new Budget(2 * Page);
        using (var memory = LinearMemory.Create(Type(1), Options(mode), limiter))
        {
            Assert.Equal(Page, limiter.Charged);
            Assert.Equal(-1, memory.Grow(2));
            Assert.Equal(1, memory.Grow(1));
            Assert.Equal(2 * Page, limiter.Charged);
            Assert.Equal(-1, memory.Grow(1));
            Assert.Equal(2UL, memory.PageCount);
        }
        Assert.Equal(0UL, limiter.Charged);
    }

    [Fact]
    public void Limiter_GrowthBeyondTheReservation_IsGivenBack()
    {
        var limiter = new Budget(100 * Page);
        var options = new MemoryOptions { Mode = MemoryMode.Checked, ReservationBytes = 2 * Page };
        using var memory = LinearMemory.Create(Type(1), options, limiter);

        Assert.Equal(-1, memory.Grow(5));
        Assert.Equal(Page, limiter.Charged);
    }

    [Fact]
    public void Limiter_RefusesCreation_IsStoreLimit()
    {
        var limiter = new Budget(Page);

        var error = Assert.Throws<ExhaustionException>(() => LinearMemory.Create(Type(2), MemoryOptions.Default, limiter));

        Assert.Equal(ExhaustionKind.StoreLimit, error.Kind);
        Assert.Equal(0UL, limiter.Charged);
    }

    [Fact]
    public void Limiter_SystemRefusesCreation_IsGivenBack()
    {
        var limiter = new Budget(ulong.MaxValue);

        Assert.Throws<ExhaustionException>(
            () => LinearMemory.Create(Type(1UL << 40, is64: true), MemoryOptions.Default, limiter));

        Assert.Equal(0UL, limiter.Charged);
    }

    [Fact]
    public void Create_MoreThanAllowedAlive_NamesTheOption()
    {
        var error = Assert.Throws<ExhaustionException>(
            () => LinearMemory.Create(Type(1), new MemoryOptions { MaximumMemories = 0 }));

        Assert.Contains(nameof(MemoryOptions.MaximumMemories), error.Message);
    }

    [Theory, MemberData(nameof(Modes))]
    public void Dispose_Twice_IsHarmless(MemoryMode mode)
    {
        var limiter = new Budget(100 * Page);
        var memory = LinearMemory.Create(Type(1), Options(mode), limiter);

        memory.Dispose();
        memory.Dispose();

        Assert.Equal(0UL, memory.ByteLength);
        Assert.Equal(0UL, limiter.Charged);
        Assert.Equal(-1, memory.Grow(1));
        Assert.False(memory.TryGetSpan(0, 1, out _));
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task Grow_ByManyThreads_EveryPageIsHandedOutOnce(MemoryMode mode)
    {
        const int threads = 8, each = 50;
        using var memory = LinearMemory.Create(Type(0, threads * each, shared: true), Options(mode));
        using var barrier = new Barrier(threads);

        var grown = await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var mine = new List<long>();
                barrier.SignalAndWait();
                for (var i = 0; i < each; i++)
                {
                    var page = memory.Grow(1);
                    memory.Write((ulong)page * Page, (int)page + 1);
                    Assert.True(memory.Contains((ulong)page * Page, Page));
                    mine.Add(page);
                }
                return mine;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.Equal(-1, memory.Grow(1));
        var pages = grown.SelectMany(mine => mine).Order().ToArray();
        Assert.Equal(Enumerable.Range(0, threads * each).Select(page => (long)page), pages);
        Assert.All(pages, page => Assert.Equal((int)page + 1, memory.Read<int>((ulong)page * Page)));
    }

    private sealed class Budget(ulong bytes) : ResourceLimiter
    {
        public ulong Charged { get; private set; }

        public override bool TryChargeMemory(ulong more)
        {
            if (more > bytes - Charged)
                return false;
            Charged += more;
            return true;
        }

        public override void ReleaseMemory(ulong less) => Charged -= less;
    }
}
