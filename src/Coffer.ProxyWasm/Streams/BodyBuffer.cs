namespace Coffer.ProxyWasm.Streams;

/// <summary>The bytes of a body or a connection that a filter has been shown and that have not gone on yet.</summary>
internal sealed class BodyBuffer
{
    private byte[] bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Content => bytes.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> more)
    {
        Reserve(checked(Length + more.Length));
        more.CopyTo(bytes.AsSpan(Length));
        Length += more.Length;
    }

    /// <summary>Puts bytes in the place of a range; a range beyond the end is the end.</summary>
    public void Replace(uint start, uint count, ReadOnlySpan<byte> replacement)
    {
        var from = (int)Math.Min(start, (uint)Length);
        var removed = (int)Math.Min(count, (uint)(Length - from));
        var tail = Length - from - removed;
        Reserve(checked(Length - removed + replacement.Length));
        bytes.AsSpan(from + removed, tail).CopyTo(bytes.AsSpan(from + replacement.Length));
        replacement.CopyTo(bytes.AsSpan(from));
        Length += replacement.Length - removed;
    }

    /// <summary>The range that there is of what is asked for.</summary>
    public ReadOnlySpan<byte> Slice(uint start, uint count)
    {
        if (start >= (uint)Length) return default;
        return bytes.AsSpan((int)start, (int)Math.Min(count, (uint)Length - start));
    }

    /// <summary>Hands the bytes over and is empty.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var taken = bytes.AsMemory(0, Length);
        bytes = [];
        Length = 0;
        return taken;
    }

    private void Reserve(int needed)
    {
        if (needed > bytes.Length) Array.Resize(ref bytes, Math.Max(needed, (int)Math.Min(2L * bytes.Length, Array.MaxLength)));
    }
}
