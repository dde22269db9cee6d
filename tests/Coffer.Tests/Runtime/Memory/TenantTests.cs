using System.Runtime.CompilerServices;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Memory;

/// <summary>
/// A memory begins with zeros and the content of its module, whatever the tenant before did to the same addresses. Every
/// byte up to the maximum is looked at.
/// </summary>
public sealed class TenantTests
{
    private const int Page = 65536;
    private const ulong Minimum = 6, Maximum = 40;

    /// <summary>Contents that are copied, or mapped from an image.</summary>
    public enum Content
    {
        None,
        Small,
        Large,
        LargeUpToTheEnd,
    }

    public static MatrixTheoryData<MemoryMode, bool, bool, Content> Kinds => new(
        [MemoryMode.Guarded, MemoryMode.Checked], [false, true], [false, true], Enum.GetValues<Content>());

    private static InitialContent? Make(Content kind)
    {
        byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 % 251 + 1))];
        return kind switch
        {
            Content.Small => new InitialContent([new ContentPiece(5_000, Bytes(300))]),
            Content.Large => new InitialContent([new ContentPiece(70_001, Bytes(50_000)), new ContentPiece(100_000, Bytes(9))]),
            Content.LargeUpToTheEnd => new InitialContent(
                [new ContentPiece((Minimum * Page) - 100_000, Bytes(100_000)), new ContentPiece(300_000, new byte[1])]),
            _ => null,
        };
    }

    private static MemoryOptions Options(MemoryMode mode)
    {
        Assert.SkipWhen(mode == MemoryMode.Guarded && !MemoryArena.GuardSupported, "guarded memory is not available on this system");
        return new MemoryOptions { Mode = mode };
    }

    private static unsafe byte[] Expected(InitialContent? content)
    {
        var bytes = new byte[Minimum * Page];
        fixed (byte* first = bytes) content?.CopyTo(first, 0);
        return bytes;
    }

    // What tenants do. Each is followed by the look of the next one.
    private static readonly Action<LinearMemory>[] Deeds =
    [
        memory => { },
        // A few pages, the first and the last byte among them.
        memory =>
        {
            foreach (var offset in (ulong[])[0, 4095, 70_001, 99_999, 200_000, (Minimum * Page) - 1]) memory.Write(offset, (byte)0xEE);
        },
        // Reading brings pages of zeros and of the image, which are nobody's.
        memory => GC.KeepAlive(memory.GetSpan(0, memory.ByteLength).ToArray()),
        // Every second page; and more such stretches than one look of the system's tells.
        memory =>
        {
            for (ulong offset = 17; offset < memory.ByteLength; offset += 8192) memory.Write(offset, (byte)0xEE);
        },
        memory =>
        {
            Assert.Equal((long)Minimum, memory.Grow(Maximum - Minimum));
            for (ulong offset = 17; offset < memory.ByteLength; offset += 8192) memory.Write(offset, (byte)0xEE);
        },
        memory => memory.GetSpan(0, memory.ByteLength).Fill(0xEE),
        // To the maximum, all of it: more pages than are rewritten. And beyond what was there at first only.
        memory =>
        {
            Assert.Equal((long)Minimum, memory.Grow(Maximum - Minimum));
            memory.GetSpan(0, memory.ByteLength).Fill(0xEE);
        },
        memory =>
        {
            Assert.Equal((long)Minimum, memory.Grow(1));
            memory.GetSpan(Minimum * Page, Page).Fill(0xEE);
        },
        // What is zero in the image, and what is not, made the other.
        memory =>
        {
            var span = memory.GetSpan(0, memory.ByteLength);
            for (var i = 0; i < span.Length; i++) span[i] = (byte)(span[i] == 0 ? 0xEE : 0);
        },
    ];

    [Theory, MemberData(nameof(Kinds))]
    public void Create_AfterOtherTenants_HoldsWhatItShould(MemoryMode mode, bool is64, bool isShared, Content kind)
    {
        var options = Options(mode);
        var type = new MemoryType(new Limits(Minimum, Maximum, is64, isShared));
        var content = Make(kind);
        var expected = Expected(content);
        var places = new HashSet<nint>();
        var tenants = 0;
        foreach (var deed in Deeds.Concat(Deeds.Reverse()).Concat(Deeds))
        {
            using var memory = LinearMemory.Create(type, options, null, content);
            Look(memory, expected);
            Assert.Equal((long)Minimum, memory.Grow(Maximum - Minimum));
            Assert.False(memory.GetSpan(Minimum * Page, (Maximum - Minimum) * Page).ContainsAnyExcept((byte)0));
            // Where it was looked at, pages are there; where it was not, a tenant finds none.
            using var other = LinearMemory.Create(type, options, null, content);
            deed(other);
            places.Add(memory.Base);
            places.Add(other.Base);
            tenants += 2;
        }

        if (OperatingSystem.IsLinux()) Assert.True(places.Count < tenants, "no place was used again");
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Create_AfterAnotherModule_HoldsWhatItShould(MemoryMode mode, bool is64, bool isShared, Content kind)
    {
        var options = Options(mode);
        var type = new MemoryType(new Limits(Minimum, Maximum, is64, isShared));
        (InitialContent? Content, byte[] Expected)[] modules =
            [.. new[] { Make(kind), Make(Content.Large), null, Make(kind) }.Select(content => (content, Expected(content)))];
        for (var round = 0; round < 12; round++)
        {
            var (content, expected) = modules[round % modules.Length];
            using var memory = LinearMemory.Create(type, options, null, content);
            Look(memory, expected);
            Deeds[round % Deeds.Length](memory);
        }
    }

    [Theory]
    [InlineData(MemoryMode.Guarded)]
    [InlineData(MemoryMode.Checked)]
    public void Create_SecondMemoryOfAModule_IsMapped(MemoryMode mode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "images are a matter of Linux");
        var options = Options(mode);
        var type = new MemoryType(new Limits(Minimum, Maximum));
        foreach (var (kind, isMapped) in (ReadOnlySpan<(Content, bool)>)[(Content.Small, false), (Content.Large, true)])
        {
            var content = Make(kind);
            using var first = LinearMemory.Create(type, options, null, content);
            using var second = LinearMemory.Create(type, options, null, content);
            using var third = LinearMemory.Create(type, options, null, content);
            Assert.Null(first.Image);
            Assert.Equal(isMapped, second.Image is not null);
            Assert.Same(second.Image, third.Image);
        }
    }

    [Theory]
    [InlineData(MemoryMode.Guarded)]
    [InlineData(MemoryMode.Checked)]
    public void Write_ToAMappedMemory_IsSeenByNoOther(MemoryMode mode)
    {
        var options = Options(mode);
        var type = new MemoryType(new Limits(Minimum, Maximum));
        var content = Make(Content.Large);
        var expected = Expected(content);
        var memories = Enumerable.Range(0, 4).Select(_ => LinearMemory.Create(type, options, null, content)).ToList();
        memories[1].GetSpan(0, Minimum * Page).Fill(0xEE);
        memories[3].Write(70_001, 0x12345678);

        Look(memories[0], expected);
        Look(memories[2], expected);
        Assert.Equal(0x12345678, memories[3].Read<int>(70_001));
        memories.ForEach(memory => memory.Dispose());
        using var next = LinearMemory.Create(type, options, null, content);
        Look(next, expected);
    }

    [Theory]
    [InlineData(MemoryMode.Guarded)]
    [InlineData(MemoryMode.Checked)]
    public void Content_ThatIsGone_LeavesNothingInItsPlaces(MemoryMode mode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "images are a matter of Linux");
        var options = Options(mode);
        var images = Enumerable.Range(0, 5).Select(_ => UseAndForget(options)).ToList();
        for (var i = 0; i < 20 && images.Exists(image => image.TryGetTarget(out _)); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.DoesNotContain(images, image => image.TryGetTarget(out _));
        var type = new MemoryType(new Limits(Minimum, Maximum));
        var memories = Enumerable.Range(0, 100).Select(_ => LinearMemory.Create(type, options)).ToList();
        Assert.All(memories, memory => Look(memory, new byte[Minimum * Page]));
        memories.ForEach(memory => memory.Dispose());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<MemoryImage> UseAndForget(MemoryOptions options)
    {
        var content = Make(Content.Large);
        var type = new MemoryType(new Limits(Minimum, Maximum));
        var memories = Enumerable.Range(0, 10).Select(_ => LinearMemory.Create(type, options, null, content)).ToList();
        var image = memories[^1].Image;
        Assert.NotNull(image);
        memories.ForEach(memory => memory.GetSpan(0, Minimum * Page).Fill(0xEE));
        memories.ForEach(memory => memory.Dispose());
        return new WeakReference<MemoryImage>(image);
    }

    [Theory]
    [InlineData(MemoryMode.Guarded)]
    [InlineData(MemoryMode.Checked)]
    public async Task Create_ByManyThreads_EachHasWhatItShould(MemoryMode mode)
    {
        var options = Options(mode);
        var type = new MemoryType(new Limits(Minimum, Maximum));
        var shared = new[] { Make(Content.Large), Make(Content.LargeUpToTheEnd), Make(Content.Small), null };
        using var done = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var threads = Enumerable.Range(0, 4).Select(thread => Task.Factory.StartNew(
            () =>
            {
                var random = new Random(thread);
                var count = 0;
                while (!done.IsCancellationRequested)
                {
                    // Now and then a module of its own, whose image goes while others come.
                    var content = random.Next(4) == 0 ? Make(Content.Large) : shared[random.Next(shared.Length)];
                    var expected = Expected(content);
                    for (var i = 0; i < 3; i++)
                    {
                        using var memory = LinearMemory.Create(type, options, null, content);
                        Look(memory, expected);
                        Deeds[random.Next(Deeds.Length)](memory);
                        count++;
                    }

                    if (random.Next(50) == 0) GC.Collect();
                }

                return count;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        Assert.All(await Task.WhenAll(threads), count => Assert.True(count > 0));
    }

    private static void Look(LinearMemory memory, byte[] expected)
    {
        Assert.Equal((ulong)expected.Length, memory.ByteLength);
        Assert.True(memory.GetSpan(0, (ulong)expected.Length).SequenceEqual(expected), "the memory does not begin as it should");
    }
}
