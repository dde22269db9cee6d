using System.Runtime.CompilerServices;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Memory;

/// <summary>
/// Regions whose tenants made their memories grow are made small again, many at once: the next tenant's memory ends where its
/// type says, and what it grows by is zero.
/// </summary>
public sealed class GrownMemoryTests
{
    private const ulong Page = 65536, Minimum = 3;

    // More than are made small at once, so that some of them are, and some wait.
    private const int Many = 50;

    private static readonly MemoryOptions Guarded = new() { Mode = MemoryMode.Guarded };
    private static readonly MemoryType Type = new(new Limits(Minimum, null));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe byte Load(nint start, ulong offset) => *((byte*)start + offset);

    private static void SkipWithoutGuard() =>
        Assert.SkipUnless(MemoryArena.GuardSupported, "guarded memory is not available on this system");

    private static InitialContent? Content(bool isMapped) => isMapped
        ? new InitialContent([new ContentPiece(0, Enumerable.Repeat((byte)7, (int)Page).ToArray())])
        : null;

    // By how much all grow: by what is marked, by more than that, and by one more in each round.
    [Theory]
    [InlineData(false, 1, 0)]
    [InlineData(true, 1, 0)]
    [InlineData(true, 1, 1)]
    [InlineData(false, 15, 1)]
    [InlineData(true, 40, 0)]
    [InlineData(false, 1, 20)]
    public void Create_AfterManyThatGrew_EndsWhereItShould(bool isMapped, int pages, int more)
    {
        SkipWithoutGuard();
        var content = Content(isMapped);
        var places = new HashSet<nint>();
        for (var round = 0; round < 4; round++)
        {
            var growth = (ulong)(pages + (round * more));
            var memories = Enumerable.Range(0, Many).Select(_ => LinearMemory.Create(Type, Guarded, null, content)).ToList();
            foreach (var memory in memories)
            {
                places.Add(memory.Base);
                Assert.Throws<NullReferenceException>(() => Load(memory.Base, Minimum * Page));
                Assert.Throws<NullReferenceException>(() => Load(memory.Base, (Minimum + growth) * Page - 1));
                Assert.Equal(isMapped ? 7 : 0, memory.Read<byte>(Page - 1));
                Assert.False(memory.GetSpan(Page, (Minimum - 1) * Page).ContainsAnyExcept((byte)0));

                Assert.Equal((long)Minimum, memory.Grow(growth));
                Assert.False(memory.GetSpan(Minimum * Page, growth * Page).ContainsAnyExcept((byte)0), "a tenant finds what was another's");
                Assert.Throws<NullReferenceException>(() => Load(memory.Base, (Minimum + growth) * Page));
                memory.GetSpan(0, memory.ByteLength).Fill(0xEE);
            }

            memories.ForEach(memory => memory.Dispose());
        }

        Assert.True(places.Count < 4 * Many, "no place was used again");
    }

    [Fact]
    public void Create_OfAnotherSizeAfterManyThatGrew_HasAllOfIt()
    {
        SkipWithoutGuard();
        for (var round = 0; round < 6; round++)
        {
            var size = Minimum + (ulong)(round % 3);
            var memories = Enumerable.Range(0, Many).Select(_ => LinearMemory.Create(new MemoryType(new Limits(size, null)), Guarded)).ToList();
            foreach (var memory in memories)
            {
                Assert.False(memory.GetSpan(0, size * Page).ContainsAnyExcept((byte)0));
                Assert.Throws<NullReferenceException>(() => Load(memory.Base, size * Page));
                Assert.Equal((long)size, memory.Grow(2));
                memory.GetSpan(0, (size + 2) * Page).Fill(0xEE);
            }

            memories.ForEach(memory => memory.Dispose());
        }
    }

    [Fact]
    public async Task CreateAndGrow_OnManyThreads_EachEndsWhereItShould()
    {
        SkipWithoutGuard();
        var content = Content(isMapped: true);
        await Task.WhenAll(Enumerable.Range(1, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 400; i++)
            {
                using var memory = LinearMemory.Create(Type, Guarded, null, content);
                Assert.Throws<NullReferenceException>(() => Load(memory.Base, Minimum * Page));
                Assert.Equal((long)Minimum, memory.Grow(1));
                Assert.Equal(0, memory.Read<byte>(Minimum * Page));
                memory.Write(Minimum * Page, (byte)thread);
                Thread.Yield();
                Assert.Equal(thread, memory.Read<byte>(Minimum * Page));
            }
        })));
    }

    [Fact]
    public void TrySet_OneOfManyIsNoMapping_Fails()
    {
        Assert.SkipUnless(PageMarks.IsSupported, "the system has no marks");
        var page = MemoryRegion.PageBytes;
        var start = PosixMemory.TryReserve(page);
        Assert.True(PosixMemory.TryMakeAccessible(start, page));

        // The second page of all is nobody's, ever.
        Assert.False(PageMarks.TrySet([new PageRange(start, (nuint)page), new PageRange((nint)page, (nuint)page)]));
        Assert.False(PageMarks.TrySet((nint)page, page));

        PosixMemory.Release(start, page);
    }
}
