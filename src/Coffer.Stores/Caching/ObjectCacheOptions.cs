namespace Coffer.Stores;

/// <summary>The bounds of a cache. Immutable.</summary>
public sealed record ObjectCacheOptions
{
    /// <summary>The options used when none are given.</summary>
    public static ObjectCacheOptions Default { get; } = new();

    /// <summary>
    /// The most bytes of all objects: bodies, keys, metadata, and a flat share for what an object costs beside them.
    /// What was not used for longest goes first; objects that are being written do not go.
    /// </summary>
    public long Bytes { get; init; } = 64 << 20;

    /// <summary>The most bytes of an object's body.</summary>
    public long ObjectBytes { get; init; } = 16 << 20;

    /// <summary>The longest key, in bytes.</summary>
    public int KeyBytes { get; init; } = 4096;

    /// <summary>The most metadata of an object, in bytes.</summary>
    public int MetadataBytes { get; init; } = 64 << 10;

    /// <summary>The most characters of all surrogate keys of an object.</summary>
    public int SurrogateKeyCharacters { get; init; } = 16 << 10;

    /// <summary>The most headers that an object may vary by.</summary>
    public int VaryHeaders { get; init; } = 32;

    /// <summary>What measures ages. It is monotonic: a wall clock that is set changes no age.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>What a cache has done since it was made, and what it holds.</summary>
/// <param name="Objects">The objects it holds.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Hits">Lookups that found an object.</param>
/// <param name="Misses">Lookups that found none.</param>
/// <param name="Collapsed">Lookups that waited for what another one filled.</param>
/// <param name="Evictions">Objects that went to make room.</param>
/// <param name="Purges">Objects that were purged.</param>
public readonly record struct ObjectCacheStatistics(
    long Objects, long Bytes, long Hits, long Misses, long Collapsed, long Evictions, long Purges);
