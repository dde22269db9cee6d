using System.Buffers;

namespace Coffer.Runtime;

/// <summary>Data of the program itself, which stays where it is as long as the process lives.</summary>
internal sealed unsafe class StaticMemory(nint start, int length) : MemoryManager<byte>
{
    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new((void*)start, length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
