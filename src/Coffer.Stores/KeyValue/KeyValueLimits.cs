namespace Coffer.Stores;

/// <summary>What a key-value store takes. Immutable. The bounds of keys and metadata are those of Fastly's stores.</summary>
public sealed record KeyValueLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static KeyValueLimits Default { get; } = new();

    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public int KeyBytes { get; init; } = 1024;

    /// <summary>The largest value, in bytes.</summary>
    public int ValueBytes { get; init; } = 25 << 20;

    /// <summary>The largest metadata, in bytes.</summary>
    public int MetadataBytes { get; init; } = 2000;

    /// <summary>The most entries of a store.</summary>
    public long Entries { get; init; } = 1_000_000;

    /// <summary>The most bytes of a store: keys, values and metadata.</summary>
    public long Bytes { get; init; } = 256 << 20;
}

/// <summary>What a store holds.</summary>
/// <param name="Entries">How many entries, those that have expired but were not removed yet included.</param>
/// <param name="Bytes">The bytes of their keys, values and metadata.</param>
public readonly record struct KeyValueUsage(long Entries, long Bytes);
