using System.Collections.Concurrent;
using Coffer.Stores;

namespace Coffer.Edge.Stores;

/// <summary>What the apps of a server keep between requests: each has its own stores and its own cache. Thread-safe.</summary>
/// <param name="database">Where the key-value stores are.</param>
/// <param name="cacheOptions">The bounds of each app's cache.</param>
internal sealed class AppStores(KeyValueDatabase database, ObjectCacheOptions? cacheOptions = null) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ObjectCache> caches = new(StringComparer.Ordinal);

    /// <summary>Where the key-value stores are.</summary>
    public KeyValueDatabase Database => database;

    /// <summary>The cache of an app.</summary>
    public ObjectCache CacheOf(string app) => caches.GetOrAdd(app, static (_, options) => new ObjectCache(options), cacheOptions);

    /// <summary>The cache of an app; null when it has used none.</summary>
    public ObjectCache? FindCacheOf(string app) => caches.GetValueOrDefault(app);

    /// <summary>A key-value store of an app.</summary>
    /// <exception cref="KeyValueException">The name is none, or the database cannot be used.</exception>
    public KeyValueStore Open(string app, string store) => database.Open(app, store);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => database.DisposeAsync();
}
