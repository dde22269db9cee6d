using System.Buffers.Binary;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// The buffers of a scattered read or gathered write: pairs of pointer and length in the guest's memory. Each pair is
/// read once, when its buffer is used.
/// </summary>
internal readonly ref struct BufferList
{
    private const int PairBytes = 8;
    private readonly Memory memory;
    private readonly ReadOnlySpan<byte> pairs;

    private BufferList(Memory memory, ReadOnlySpan<byte> pairs)
    {
        this.memory = memory;
        this.pairs = pairs;
    }

    public int Count => pairs.Length / PairBytes;

    /// <summary>
    /// Checks the list, its count and the sum of the lengths, which the result must be able to express.
    /// </summary>
    public static Errno TryOpen(Memory memory, int pointer, int count, int most, out BufferList buffers)
    {
        buffers = default;
        if ((uint)count > (uint)Math.Min(most, int.MaxValue / PairBytes)) return Errno.Invalid;
        if (!memory.TryGet(pointer, count * PairBytes, out var pairs)) return Errno.Fault;
        buffers = new BufferList(memory, pairs);
        var total = 0UL;
        for (var i = 0; i < count; i++) total += BinaryPrimitives.ReadUInt32LittleEndian(pairs[(i * PairBytes + 4)..]);
        return total <= uint.MaxValue ? Errno.Success : Errno.Invalid;
    }

    /// <summary>A buffer; false when it is not inside the memory.</summary>
    public bool TryGet(int index, out Span<byte> buffer)
    {
        var pair = pairs.Slice(index * PairBytes, PairBytes);
        var pointer = BinaryPrimitives.ReadInt32LittleEndian(pair);
        return memory.TryGet(pointer, BinaryPrimitives.ReadInt32LittleEndian(pair[4..]), out buffer);
    }
}
