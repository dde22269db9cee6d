using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.HttpWasm;

/// <summary>A body that is kept whole and read from its beginning on.</summary>
internal sealed class BodyCursor
{
    private readonly BodyBuffer buffer = new();

    /// <summary>How much has been read.</summary>
    public int Position { get; private set; }

    public int Length => buffer.Length;

    public ReadOnlySpan<byte> Content => buffer.Content;

    /// <summary>What has not been read.</summary>
    public ReadOnlySpan<byte> Rest => buffer.Content[Position..];

    public void Append(ReadOnlySpan<byte> bytes) => buffer.Append(bytes);

    /// <summary>Reads as much as there is room for.</summary>
    public int Read(Span<byte> target)
    {
        var count = Math.Min(target.Length, buffer.Length - Position);
        buffer.Content.Slice(Position, count).CopyTo(target);
        Position += count;
        return count;
    }

    public void Clear()
    {
        buffer.Take();
        Position = 0;
    }
}
