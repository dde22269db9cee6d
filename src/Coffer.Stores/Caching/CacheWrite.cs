namespace Coffer.Stores;

/// <summary>What is said of an object that goes into a cache. Immutable.</summary>
public sealed record CacheWrite
{
    /// <summary>How old it may become while it is fresh.</summary>
    public required TimeSpan MaxAge { get; init; }

    /// <summary>How old it is now.</summary>
    public TimeSpan InitialAge { get; init; }

    /// <summary>How long beyond <see cref="MaxAge"/> it may be used while somebody fetches a new one.</summary>
    public TimeSpan StaleWhileRevalidate { get; init; }

    /// <summary>The request headers that it depends on.</summary>
    public IReadOnlyList<string> Vary { get; init; } = [];

    /// <summary>The names by which it can be purged.</summary>
    public IReadOnlyList<string> SurrogateKeys { get; init; } = [];

    /// <summary>The length of its body, where it is known; another length fails.</summary>
    public long? Length { get; init; }

    /// <summary>What is kept beside it.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }
}
