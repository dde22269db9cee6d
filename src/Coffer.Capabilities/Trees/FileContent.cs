namespace Coffer.Capabilities.Trees;

/// <summary>
/// The bytes of a file in memory, in pieces, so that growing copies little and what was never written takes no room.
/// Whoever lets it grow has had that charged.
/// </summary>
internal sealed class FileContent
{
    private const int PieceBytes = 1 << 16;
    private const int SmallestBytes = 64;

    // The first piece alone may be shorter than the others, as long as it is the only one.
    private byte[]?[] pieces = [];

    public long Length { get; private set; }

    public int Read(Span<byte> destination, long offset)
    {
        if (offset >= Length) return 0;
        destination = destination[..(int)Math.Min(destination.Length, Length - offset)];
        var total = destination.Length;
        while (!destination.IsEmpty)
        {
            var (index, start) = ((int)(offset / PieceBytes), (int)(offset % PieceBytes));
            var count = Math.Min(destination.Length, PieceBytes - start);
            var part = destination[..count];
            if (pieces[index] is { } piece) piece.AsSpan(start, count).CopyTo(part);
            else part.Clear();
            destination = destination[count..];
            offset += count;
        }

        return total;
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        if (source.IsEmpty) return;
        if (offset + source.Length > Length) SetLength(offset + source.Length);
        while (!source.IsEmpty)
        {
            var (index, start) = ((int)(offset / PieceBytes), (int)(offset % PieceBytes));
            var count = Math.Min(source.Length, PieceBytes - start);
            source[..count].CopyTo((pieces[index] ??= new byte[PieceSize(Length)]).AsSpan(start));
            source = source[count..];
            offset += count;
        }
    }

    public void SetLength(long length)
    {
        var count = checked((int)((length + PieceBytes - 1) / PieceBytes));
        // Doubled, or a file that grows by pieces would copy the list of them each time.
        if (count > pieces.Length) Array.Resize(ref pieces, Math.Max(count, pieces.Length * 2));
        if (length < Length)
        {
            Array.Clear(pieces, count, pieces.Length - count);
            if (count == 0) pieces = [];
            // What is beyond the end must read as zeros when the file grows again.
            else if (pieces[count - 1] is { } last) ClearAfter(last, length - (count - 1L) * PieceBytes);
        }
        else if (pieces.Length > 0 && pieces[0] is { } first && first.Length < Math.Min(length, PieceBytes))
        {
            Array.Resize(ref pieces[0], PieceSize(length));
        }

        Length = length;
    }

    private static void ClearAfter(byte[] piece, long used)
    {
        if (used < piece.Length) piece.AsSpan((int)used).Clear();
    }

    private static int PieceSize(long length) => length >= PieceBytes
        ? PieceBytes
        : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, SmallestBytes));
}
