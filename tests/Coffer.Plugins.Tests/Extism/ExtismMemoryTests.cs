using Coffer.Plugins.Extism;

namespace Coffer.Plugins.Tests.Extism;

public sealed class ExtismMemoryTests
{
    [Fact]
    public void Allocate_Random_BlocksNeverOverlapAndKeepTheirContent()
    {
        var memory = new ExtismMemory(1 << 20);
        var random = new Random(5);
        var live = new Dictionary<long, (int Length, byte Mark)>();
        for (var i = 0; i < 20_000; i++)
        {
            if (live.Count > 0 && random.Next(2) == 0)
            {
                var (offset, (length, mark)) = live.ElementAt(random.Next(live.Count));
                Assert.Equal(length, memory.Length(offset));
                Assert.False(memory.Access(offset, length).ContainsAnyExcept(mark));
                memory.Free(offset);
                Assert.Equal(0, memory.Length(offset));
                live.Remove(offset);
                continue;
            }

            var wanted = random.Next(1, 3000);
            var made = memory.Allocate(wanted);
            if (made == 0) continue;
            Assert.False(memory.Access(made, wanted).ContainsAnyExcept((byte)0), "a block begins with what was in it before");
            memory.Access(made, wanted).Fill((byte)(i % 255 + 1));
            Assert.True(live.TryAdd(made, (wanted, (byte)(i % 255 + 1))));
        }

        Assert.Equal(live.Values.Sum(block => (long)block.Length), memory.LiveBytes);
        memory.Reset();
        Assert.Equal((0, 0), (memory.LiveBytes, live.Keys.Sum(memory.Length)));
    }

    [Theory]
    [InlineData(24)]
    [InlineData(5000)]
    [InlineData(3_000_000)]
    public void Allocate_AfterAReset_NothingThatCanBeReachedIsLeft(int length)
    {
        // A block, and the word beyond it that plugins may write.
        var memory = new ExtismMemory(64 << 20);
        for (var round = 0; round < 3; round++)
        {
            var blocks = Enumerable.Range(0, 5).Select(_ => memory.Allocate(length)).ToArray();
            Assert.All(blocks, block => Assert.False(memory.Access(block, length).ContainsAnyExcept((byte)0)));
            var all = memory.Access(blocks[0], (int)(blocks[^1] - blocks[0]) + length + 8);
            Assert.False(all.ContainsAnyExcept((byte)0));
            all.Fill(0xff);
            memory.Reset();
            Assert.False(memory.Access(8, 16).ContainsAnyExcept((byte)0));
            Assert.Throws<TrapException>(() => memory.Access(8, 32).Length);
        }
    }

    [Fact]
    public void Reset_KeepsWhatTheLastCallNeeded_AndNoMore()
    {
        var memory = new ExtismMemory(64 << 20);
        memory.Allocate(20 << 20);
        Reset(memory);
        var held = memory.HeldBytes;
        memory.Allocate(20 << 20);
        Reset(memory);
        Assert.Equal(held, memory.HeldBytes);
        Assert.InRange(held, 20 << 20, 41 << 20);
        memory.Allocate(1000);
        Reset(memory);
        Assert.Equal(0, memory.HeldBytes);
        memory.Allocate(1000);
        Reset(memory);
        Assert.InRange(memory.HeldBytes, 1000, 1 << 20);
    }

    // Before a call and behind it.
    private static void Reset(ExtismMemory memory)
    {
        memory.Reset();
        memory.Reset();
    }

    [Fact]
    public void Allocate_BeyondTheLimit_GivesNone()
    {
        var memory = new ExtismMemory(1000);
        Assert.Equal(0, memory.Allocate(1001));
        Assert.Equal(0, memory.Allocate(0));
        Assert.Equal(0, memory.Allocate(-5));
        Assert.Equal(0, memory.Allocate(long.MaxValue));
        Assert.NotEqual(0, memory.Allocate(900));
        Assert.Equal(0, memory.Allocate(200));
    }

    [Fact]
    public void AllocateAndFree_OneAfterAnother_TakeNoMoreRoom()
    {
        var memory = new ExtismMemory(8192);
        var held = memory.Allocate(100);
        for (var i = 0; i < 10_000; i++)
        {
            var offset = memory.Allocate(1000 + i % 20);
            Assert.NotEqual(0, offset);
            var next = memory.Allocate(100);
            Assert.NotEqual(0, next);
            memory.Free(offset);
            memory.Free(held);
            held = next;
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(7, 1)]
    [InlineData(-1, 1)]
    [InlineData(-8, 8)]
    [InlineData(long.MaxValue, 8)]
    [InlineData(long.MinValue, 8)]
    [InlineData(1000, 8)]
    public void Access_Outside_Traps(long offset, int length)
    {
        var memory = new ExtismMemory(4096);
        Assert.Throws<TrapException>(() => memory.Access(offset, length).Length);
        memory.Allocate(100);
        Assert.Throws<TrapException>(() => memory.Access(offset, length).Length);
    }
}
