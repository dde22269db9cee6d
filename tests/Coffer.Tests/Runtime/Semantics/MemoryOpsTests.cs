using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class MemoryOpsTests
{
    private const ulong Page = 65536;

    private static LinearMemory Create(ulong pages = 1) =>
        LinearMemory.Create(new MemoryType(new Limits(pages, null)), MemoryOptions.Default);

    /// <summary>Ranges that are not inside one page, with those whose end overflows 64 bits.</summary>
    public static TheoryData<ulong, ulong> OutOfBounds => new()
    {
        { 0, Page + 1 }, { Page, 1 }, { Page + 1, 0 }, { 1, Page }, { ulong.MaxValue, 1 }, { ulong.MaxValue, 0 },
        { 1, ulong.MaxValue }, { ulong.MaxValue, ulong.MaxValue }, { Page - 1, ulong.MaxValue - Page + 2 },
    };

    [Theory]
    [InlineData(100UL, 104UL, 16UL)]
    [InlineData(104UL, 100UL, 16UL)]
    [InlineData(100UL, 100UL, 16UL)]
    [InlineData(0UL, 1UL, Page - 1)]
    [InlineData(1UL, 0UL, Page - 1)]
    [InlineData(Page, 0UL, 0UL)]
    [InlineData(0UL, Page, 0UL)]
    public void Copy_WithinOneMemory_IsAsThroughACopy(ulong destination, ulong source, ulong count)
    {
        using var memory = Create();
        var model = new byte[Page];
        new Random(7).NextBytes(model);
        model.CopyTo(memory.GetSpan(0, Page));

        MemoryOps.Copy(memory, destination, memory, source, count);

        model.AsSpan((int)source, (int)count).ToArray().CopyTo(model.AsSpan((int)destination));
        Assert.True(memory.GetSpan(0, Page).SequenceEqual(model));
    }

    [Fact]
    public void Copy_BetweenMemories_CopiesToTheLastByte()
    {
        using var from = Create();
        using var to = Create();
        from.GetSpan(0, Page).Fill(9);

        MemoryOps.Copy(to, Page - 10, from, Page - 10, 10);

        Assert.Equal(0, to.Read<byte>(Page - 11));
        Assert.False(to.GetSpan(Page - 10, 10).ContainsAnyExcept((byte)9));
    }

    [Theory, MemberData(nameof(OutOfBounds))]
    public void Copy_OutOfBounds_TrapsAndWritesNothing(ulong offset, ulong count)
    {
        using var memory = Create();
        using var large = Create(2);
        memory.GetSpan(0, Page).Fill(1);
        large.GetSpan(0, 2 * Page).Fill(2);

        Traps(() => MemoryOps.Copy(memory, offset, large, 0, count));
        Traps(() => MemoryOps.Copy(large, 0, memory, offset, count));

        Assert.False(memory.GetSpan(0, Page).ContainsAnyExcept((byte)1));
        Assert.False(large.GetSpan(0, 2 * Page).ContainsAnyExcept((byte)2));
    }

    [Theory, MemberData(nameof(OutOfBounds))]
    public void Fill_OutOfBounds_TrapsAndWritesNothing(ulong offset, ulong count)
    {
        using var memory = Create();

        Traps(() => MemoryOps.Fill(memory, offset, 1, count));

        Assert.False(memory.GetSpan(0, Page).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Fill_ToTheLastByte_FillsExactlyTheRange()
    {
        using var memory = Create();

        MemoryOps.Fill(memory, Page - 3, 0xAB, 3);
        MemoryOps.Fill(memory, Page, 1, 0);

        Assert.Equal(Page - 3, (ulong)memory.GetSpan(0, Page).IndexOf((byte)0xAB));
        Assert.False(memory.GetSpan(Page - 3, 3).ContainsAnyExcept((byte)0xAB));
    }

    [Theory, MemberData(nameof(OutOfBounds))]
    public void Init_OutOfBounds_TrapsAndWritesNothing(ulong offset, ulong count)
    {
        using var memory = Create();
        var segment = new byte[Page];
        Array.Fill(segment, (byte)1);
        var large = new byte[2 * Page];
        Array.Fill(large, (byte)1);

        Traps(() => MemoryOps.Init(memory, offset, large, 0, count));
        Traps(() => MemoryOps.Init(memory, 0, segment, offset, count));

        Assert.False(memory.GetSpan(0, Page).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Init_PartOfASegment_CopiesIt()
    {
        using var memory = Create();

        MemoryOps.Init(memory, Page - 2, [1, 2, 3, 4], 1, 2);
        MemoryOps.Init(memory, Page, [1, 2, 3, 4], 4, 0);
        MemoryOps.Init(memory, 0, [], 0, 0);

        Assert.Equal([0, 2, 3], memory.GetSpan(Page - 3, 3).ToArray());
        Traps(() => MemoryOps.Init(memory, 0, [], 0, 1));
    }

    private static void Traps(Action action) =>
        Assert.Equal(TrapKind.MemoryOutOfBounds, Assert.Throws<TrapException>(action).Kind);
}
