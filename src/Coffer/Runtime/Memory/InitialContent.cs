namespace Coffer.Runtime;

/// <summary>Bytes, and where in a memory they go.</summary>
internal readonly record struct ContentPiece(ulong Offset, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// What a memory of a module holds at first: the module's active segments, of which each was found to lie in bounds.
/// Immutable and thread-safe.
/// </summary>
internal sealed unsafe class InitialContent
{
    private readonly ContentPiece[] pieces;

    public InitialContent(IEnumerable<ContentPiece> pieces)
    {
        this.pieces = [.. pieces];
        Start = this.pieces.Min(piece => piece.Offset);
        End = this.pieces.Max(piece => piece.Offset + (ulong)piece.Bytes.Length);
    }

    /// <summary>The first byte that is written.</summary>
    public ulong Start { get; }

    /// <summary>The byte after the last one.</summary>
    public ulong End { get; }

    /// <summary>Writes all pieces, in their order, to where the byte at <paramref name="offset"/> of the memory is.</summary>
    public void CopyTo(byte* destination, ulong offset)
    {
        foreach (var piece in pieces)
        {
            piece.Bytes.Span.CopyTo(new Span<byte>(destination + (piece.Offset - offset), piece.Bytes.Length));
        }
    }
}
