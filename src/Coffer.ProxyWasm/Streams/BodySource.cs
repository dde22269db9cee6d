namespace Coffer.ProxyWasm.Streams;

/// <summary>Where the pieces of a body come from. One read at a time; the bytes are good until the next.</summary>
internal delegate ValueTask<BodyPiece> BodySource(CancellationToken cancellation);

/// <summary>A piece of a body.</summary>
/// <param name="Data">The bytes.</param>
/// <param name="IsLast">Whether nothing follows, not even trailers.</param>
/// <param name="HasTrailers">Whether the body ends here and trailers follow.</param>
internal readonly record struct BodyPiece(ReadOnlyMemory<byte> Data, bool IsLast, bool HasTrailers = false)
{
    /// <summary>Whether the body ends here.</summary>
    public bool IsEnd => IsLast || HasTrailers;
}
