namespace Coffer.Runtime;

/// <summary>Bytes, and where in a memory they go.</summary>
internal readonly record struct ContentPiece(ulong Offset, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// What a memory of a module holds at first: the module's active segments, of which each was found to lie in bounds.
/// Immutable and thread-safe.
/// </summary>
internal sealed unsafe class InitialContent
{
    /// <summary>How many bytes are mapped rather than copied; the figures are in docs/rationale/instances.md.</summary>
    public const ulong LeastForImage = 8 << 10;

    private readonly ContentPiece[] pieces;
    private readonly Lock gate = new();
    private volatile bool isSettled;
    private bool wasUsed;
    private MemoryImage? image;

    /// <param name="pieces">The pieces. Must not change afterwards.</param>
    /// <param name="leastForImage">How many bytes are mapped rather than copied.</param>
    public InitialContent(ContentPiece[] pieces, ulong leastForImage = LeastForImage)
    {
        this.pieces = pieces;
        Start = ulong.MaxValue;
        var bytes = 0UL;
        foreach (var piece in pieces)
        {
            Start = Math.Min(Start, piece.Offset);
            End = Math.Max(End, piece.Offset + (ulong)piece.Bytes.Length);
            bytes += (ulong)piece.Bytes.Length;
        }

        // What lies between segments that are far apart is a hole in the file, but not in the page tables.
        var isWorthAnImage = bytes >= leastForImage && (End - Start) / 4 <= bytes;
        isSettled = !isWorthAnImage;
    }

    /// <summary>The first byte that is written.</summary>
    public ulong Start { get; }

    /// <summary>The byte after the last one.</summary>
    public ulong End { get; }

    /// <summary>
    /// An image of it to map instead of copying; null when copying is as good. The first memory is copied, since a module
    /// may have no second.
    /// </summary>
    public MemoryImage? FindImage()
    {
        if (isSettled) return image;
        lock (gate)
        {
            if (isSettled) return image;
            if (!wasUsed)
            {
                wasUsed = true;
                return null;
            }

            image = MemoryImage.TryCreate(this);
            isSettled = true;
            return image;
        }
    }

    /// <summary>Writes all pieces, in their order, to where the byte at <paramref name="offset"/> of the memory is.</summary>
    public void CopyTo(byte* destination, ulong offset)
    {
        foreach (var piece in pieces)
        {
            piece.Bytes.Span.CopyTo(new Span<byte>(destination + (piece.Offset - offset), piece.Bytes.Length));
        }
    }
}
