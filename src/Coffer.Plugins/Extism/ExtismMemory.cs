using System.Numerics;

namespace Coffer.Plugins.Extism;

/// <summary>
/// The memory that a plugin and its host exchange blocks in: the plugin's functions load and store in it by offset. A block
/// is found by the offset where it begins. Offset 0 is no block.
/// </summary>
internal sealed class ExtismMemory(long limit)
{
    private const int Start = 8, Alignment = 8, BlockCost = 20, KeptBytes = 1 << 20, None = -1, MostLooks = 8;

    // Plugins write whole words at the end of a block; the reference implementation has the rest of a page there.
    private const int Slack = 16;

    // What is here beyond the blocks and their slack is whatever was there before: no access reaches it. A page that is first read, as
    // when an array of zeros is copied, and then written costs the other processors an interruption each.
    private byte[] bytes = [];
    private Block[] blocks = new Block[16];
    private int count;

    // Free blocks by the logarithm of their capacity: the newest of each, and from there along their links.
    private readonly int[] free = NoneFree();
    private int used = Start;

    /// <summary>The bytes that it takes, of blocks and for more of them.</summary>
    public long HeldBytes => bytes.Length;

    /// <summary>The bytes of blocks that are in use.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>A new block of zeros; 0 when there is no room, or nothing was asked for.</summary>
    public long Allocate(long length)
    {
        if (length <= 0 || length > limit) return 0;
        var capacity = (int)((length + Alignment - 1) & -Alignment);
        if (Reuse((int)length) is var reused and not 0) return reused;
        if (used + (long)capacity + ((long)count * BlockCost) > limit + Start) return 0;
        EnsureRoom(used + capacity + Slack);
        if (count == blocks.Length) blocks = Grown(blocks, count, count * 2);
        Array.Clear(bytes, used, capacity + Slack);
        blocks[count++] = new Block { Offset = used, Length = (int)length, Capacity = capacity };
        used += capacity;
        LiveBytes += length;
        return used - capacity;
    }

    /// <summary>A new block with a content; 0 when there is no room, or the content is empty.</summary>
    public long Store(ReadOnlySpan<byte> content)
    {
        var offset = Allocate(content.Length);
        if (offset != 0) content.CopyTo(bytes.AsSpan((int)offset));
        return offset;
    }

    /// <summary>Gives a block back; nothing where no block begins.</summary>
    public void Free(long offset)
    {
        var index = Find(offset);
        if (index < 0) return;
        LiveBytes -= blocks[index].Length;
        if (index == count - 1)
        {
            // Nothing lies behind it: as if it had never been.
            used = blocks[--count].Offset;
            Array.Clear(bytes, used, blocks[count].Capacity);
            return;
        }

        blocks[index].IsFree = true;
        var list = BitOperations.Log2((uint)blocks[index].Capacity);
        blocks[index].NextFree = free[list];
        free[list] = index;
    }

    /// <summary>The length of the block that begins here; 0 where none does.</summary>
    public long Length(long offset) => Find(offset) is var index and >= 0 ? blocks[index].Length : 0;

    /// <summary>The content of the block that begins here, of which 0 is the empty one; false where none does.</summary>
    public bool TryRead(long offset, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (offset == 0) return true;
        var index = Find(offset);
        if (index < 0) return false;
        content = bytes.AsSpan(blocks[index].Offset, blocks[index].Length);
        return true;
    }

    /// <summary>Bytes anywhere in what was allocated, or a word beyond.</summary>
    /// <exception cref="TrapException">They are not inside of it.</exception>
    public Span<byte> Access(long offset, int length)
    {
        var end = Math.Min(used + Slack, bytes.Length);
        if ((ulong)offset > (ulong)(end - length) || end < length || offset < Start) throw new TrapException(TrapKind.MemoryOutOfBounds);
        return bytes.AsSpan((int)offset, length);
    }

    /// <summary>Forgets all blocks; what they held is out of reach.</summary>
    public void Reset()
    {
        // What calls need again and again stays: a large array for each of them would have the collector at work all the time.
        if (count > 0 && bytes.Length > KeptBytes && used < bytes.Length / 4) bytes = [];
        if (bytes.Length > 0) Array.Clear(bytes, Start, Slack);
        if (blocks.Length > 1024) blocks = new Block[16];
        if (count > 0) Array.Fill(free, None);
        (count, used, LiveBytes) = (0, Start, 0);
    }

    private long Reuse(int length)
    {
        // Of its own list some may be too small; those of the next are not, and larger ones would be wasted.
        var list = BitOperations.Log2((uint)length);
        for (var looks = 0; list < free.Length && looks < 2; list++, looks++)
        {
            var (previous, index) = (None, free[list]);
            for (var i = 0; index != None && i < MostLooks; i++)
            {
                if (blocks[index].Capacity >= length) return Take(list, previous, index, length);
                (previous, index) = (index, blocks[index].NextFree);
            }
        }

        return 0;
    }

    private long Take(int list, int previous, int index, int length)
    {
        ref var block = ref blocks[index];
        if (previous == None) free[list] = block.NextFree;
        else blocks[previous].NextFree = block.NextFree;
        block.IsFree = false;
        block.Length = length;
        LiveBytes += length;
        Array.Clear(bytes, block.Offset, block.Capacity);
        return block.Offset;
    }

    private static int[] NoneFree()
    {
        var lists = new int[32];
        Array.Fill(lists, None);
        return lists;
    }

    private void EnsureRoom(int needed)
    {
        if (needed <= bytes.Length) return;
        var length = Math.Min(Math.Max(Math.Max(needed, 4096), bytes.Length * 2L), Math.Max(needed, limit + Start + Slack));
        bytes = Grown(bytes, Math.Min(used + Slack, bytes.Length), (int)length);
    }

    private static T[] Grown<T>(T[] items, int count, int length)
    {
        var grown = GC.AllocateUninitializedArray<T>(length);
        items.AsSpan(0, count).CopyTo(grown);
        return grown;
    }

    // Blocks lie in the order in which they were made.
    private int Find(long offset)
    {
        int low = 0, high = count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = blocks[middle].Offset;
            if (found == offset) return blocks[middle].IsFree ? -1 : middle;
            if (found < offset) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    private struct Block
    {
        public int Offset;
        public int Length;
        public int Capacity;
        public bool IsFree;
        public int NextFree;
    }
}
