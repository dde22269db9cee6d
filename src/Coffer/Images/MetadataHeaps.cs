namespace Coffer.Images;

/// <summary>The heap of names (ECMA-335, II.24.2.3): each once, ended by a zero.</summary>
internal sealed class StringHeap
{
    private readonly Dictionary<string, int> offsets = new(StringComparer.Ordinal) { [""] = 0 };

    public StringHeap() => Content.WriteByte(0);

    public MetadataBlob Content { get; } = new(1024);

    /// <summary>Where a name is.</summary>
    public int Add(string text)
    {
        if (offsets.TryGetValue(text, out var offset)) return offset;
        offset = Content.Length;
        Content.WriteUtf8(text);
        Content.WriteByte(0);
        offsets.Add(text, offset);
        return offset;
    }
}

/// <summary>The heap of the strings that code loads (II.24.2.4).</summary>
internal sealed class UserStringHeap
{
    public UserStringHeap() => Content.WriteByte(0);

    public MetadataBlob Content { get; } = new();

    /// <summary>Where a string is.</summary>
    public int Add(string text)
    {
        var offset = Content.Length;
        Content.WriteCompressed((text.Length * 2) + 1);
        var isSpecial = false;
        foreach (var character in text)
        {
            Content.WriteUInt16(character);
            isSpecial |= character is >= '\u007F' or (>= '\u0001' and <= '\u0008') or (>= '\u000E' and <= '\u001F') or '\'' or '-';
        }

        Content.WriteByte(isSpecial ? (byte)1 : (byte)0);
        return offset;
    }
}

/// <summary>The heap of signatures and other blobs (II.24.2.4): each once, with its length in front.</summary>
internal sealed class BlobHeap
{
    // Offsets of blobs, by open addressing; zero, where the empty blob is, for a free place.
    private int[] places = new int[128];
    private int count;

    public BlobHeap() => Content.WriteByte(0);

    public MetadataBlob Content { get; } = new(1024);

    /// <summary>Where a blob is.</summary>
    public int Add(ReadOnlySpan<byte> blob)
    {
        if (blob.IsEmpty) return 0;
        var place = PlaceOf(blob);
        if (places[place] != 0) return places[place];
        var offset = Content.Length;
        Content.WriteCompressed(blob.Length);
        Content.WriteBytes(blob);
        places[place] = offset;
        if (++count * 2 > places.Length) Grow();
        return offset;
    }

    private int PlaceOf(ReadOnlySpan<byte> blob)
    {
        var place = (int)(HashOf(blob) & (uint)(places.Length - 1));
        while (places[place] != 0 && !BlobAt(places[place]).SequenceEqual(blob)) place = (place + 1) & (places.Length - 1);
        return place;
    }

    private void Grow()
    {
        var old = places;
        places = new int[old.Length * 2];
        foreach (var offset in old)
        {
            if (offset != 0) places[PlaceOf(BlobAt(offset))] = offset;
        }
    }

    private ReadOnlySpan<byte> BlobAt(int offset)
    {
        var bytes = Content.Written[offset..];
        return (bytes[0] >> 6) switch
        {
            0 or 1 => bytes.Slice(1, bytes[0]),
            2 => bytes.Slice(2, ((bytes[0] & 0x3F) << 8) | bytes[1]),
            _ => bytes.Slice(4, ((bytes[0] & 0x1F) << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]),
        };
    }

    private static uint HashOf(ReadOnlySpan<byte> blob)
    {
        var hash = 0x811C_9DC5u;
        foreach (var value in blob) hash = (hash ^ value) * 0x0100_0193u;
        return hash ^ (hash >> 15);
    }
}
