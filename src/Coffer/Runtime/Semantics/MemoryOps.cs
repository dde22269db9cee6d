using System.Runtime.CompilerServices;

namespace Coffer.Runtime.Semantics;

/// <summary>
/// The bulk memory instructions (specification, sections 4.6.9 and following). The whole range is checked first: an
/// instruction that traps writes nothing.
/// </summary>
internal static unsafe class MemoryOps
{
    private const int SmallFill = 256;

    /// <summary><c>memory.copy</c>; the ranges may overlap.</summary>
    /// <exception cref="TrapException">A range is not inside its memory.</exception>
    public static void Copy(
        LinearMemory destination, ulong destinationOffset, LinearMemory source, ulong sourceOffset, ulong count)
    {
        if (!source.Contains(sourceOffset, count) || !destination.Contains(destinationOffset, count))
            Trap.MemoryOutOfBounds();
        Buffer.MemoryCopy(
            (byte*)source.Base + sourceOffset, (byte*)destination.Base + destinationOffset, count, count);
    }

    /// <summary><c>memory.fill</c>.</summary>
    /// <exception cref="TrapException">The range is not inside the memory.</exception>
    public static void Fill(LinearMemory memory, ulong offset, byte value, ulong count)
    {
        if (!memory.Contains(offset, count))
            Trap.MemoryOutOfBounds();
        var next = (byte*)memory.Base + offset;
        if (count <= SmallFill)
        {
            FillSmall(next, value, (int)count);
            return;
        }

        // A span holds at most int.MaxValue bytes.
        while (count > 0)
        {
            var chunk = (int)Math.Min(count, 1UL << 30);
            var part = new Span<byte>(next, chunk);
            if (value == 0) part.Clear();
            else part.Fill(value);
            next += chunk;
            count -= (ulong)chunk;
        }
    }

    // The platform's own filling with something else than zero uses all of the processor's vectors, so that its code is made
    // when it is first used: longer than many programs run, which fill little.
    private static void FillSmall(byte* next, byte value, int count)
    {
        var eight = value * 0x0101_0101_0101_0101UL;
        for (; count >= sizeof(ulong); count -= sizeof(ulong), next += sizeof(ulong)) Unsafe.WriteUnaligned(next, eight);
        for (; count > 0; count--) *next++ = value;
    }

    /// <summary><c>memory.init</c>; a dropped segment is empty.</summary>
    /// <exception cref="TrapException">A range is not inside the segment or the memory.</exception>
    public static void Init(
        LinearMemory memory, ulong offset, ReadOnlySpan<byte> segment, ulong segmentOffset, ulong count)
    {
        var length = (ulong)segment.Length;
        if (segmentOffset > length || count > length - segmentOffset || !memory.Contains(offset, count))
            Trap.MemoryOutOfBounds();
        segment.Slice((int)segmentOffset, (int)count).CopyTo(new Span<byte>((byte*)memory.Base + offset, (int)count));
    }
}
