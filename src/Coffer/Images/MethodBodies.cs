using System.Buffers.Binary;

namespace Coffer.Images;

/// <summary>
/// The stream of code of an image: the bodies of its methods (ECMA-335, II.25.4). It is kept in pieces: of a large module
/// there are hundreds of megabytes, too much to copy while it grows.
/// </summary>
/// <param name="pieceBytes">How large pieces are.</param>
internal sealed class MethodBodies(int pieceBytes = 1 << 12)
{
    private const int HeaderBytes = 12, ClauseBytes = 24;

    // A header of three words, locals that start at zero, and perhaps another section behind the code.
    private const ushort FatHeader = 0x3013, MoreSections = 0x08;
    private const byte FatClauses = 0x41;

    private readonly List<byte[]> pieces = [];
    private byte[] piece = new byte[pieceBytes];
    private int pieceLength;

    /// <summary>How many bytes there are.</summary>
    public int Length => checked((pieces.Count * pieceBytes) + pieceLength);

    /// <summary>Adds a body; returns where it is.</summary>
    /// <param name="prologue">Code in front of the rest, which exception regions do not count.</param>
    /// <param name="code">The rest of the code.</param>
    /// <param name="maxStack">How many values are on the evaluation stack at most.</param>
    /// <param name="locals">The token of the signature of the locals; 0 for none.</param>
    /// <param name="regions">The exception regions, inner ones first.</param>
    public int Add(ReadOnlySpan<byte> prologue, ReadOnlySpan<byte> code, int maxStack, int locals, List<HandlerClause> regions)
    {
        Align();
        var start = Length;
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(FatHeader | (regions.Count > 0 ? MoreSections : 0)));
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], (ushort)Math.Min(maxStack, ushort.MaxValue));
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], prologue.Length + code.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], locals);
        Append(header);
        Append(prologue);
        Append(code);
        if (regions.Count > 0) AppendRegions(regions, prologue.Length);
        return start;
    }

    /// <summary>Adds the body of a method without locals and exception regions.</summary>
    public int Add(CilWriter writer, int maxStack) => Add([], writer.Code, maxStack, 0, []);

    /// <summary>The pieces, in order.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces
    {
        get
        {
            foreach (var full in pieces) yield return full;
            yield return piece.AsMemory(0, pieceLength);
        }
    }

    /// <summary>Zeros up to a multiple of four, where headers are.</summary>
    public void Align() => Append("\0\0\0"u8[..(-pieceLength & 3)]);

    private void AppendRegions(List<HandlerClause> regions, int shift)
    {
        Align();
        var size = (regions.Count * ClauseBytes) + 4;
        Append([FatClauses, (byte)size, (byte)(size >> 8), (byte)(size >> 16)]);
        Span<byte> clause = stackalloc byte[ClauseBytes];
        foreach (var region in regions)
        {
            BinaryPrimitives.WriteInt32LittleEndian(clause, (int)region.Kind);
            BinaryPrimitives.WriteInt32LittleEndian(clause[4..], region.TryStart + shift);
            BinaryPrimitives.WriteInt32LittleEndian(clause[8..], region.TryEnd - region.TryStart);
            BinaryPrimitives.WriteInt32LittleEndian(clause[12..], region.HandlerStart + shift);
            BinaryPrimitives.WriteInt32LittleEndian(clause[16..], region.HandlerEnd - region.HandlerStart);
            BinaryPrimitives.WriteInt32LittleEndian(clause[20..], region.Kind switch
            {
                HandlerKind.Filter => region.FilterStart + shift,
                HandlerKind.Catch => region.CatchToken,
                _ => 0,
            });
            Append(clause);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var fitting = bytes[..Math.Min(bytes.Length, piece.Length - pieceLength)];
            fitting.CopyTo(piece.AsSpan(pieceLength));
            pieceLength += fitting.Length;
            bytes = bytes[fitting.Length..];
            if (bytes.IsEmpty) return;
            pieces.Add(piece);
            piece = new byte[pieceBytes];
            pieceLength = 0;
        }
    }
}
