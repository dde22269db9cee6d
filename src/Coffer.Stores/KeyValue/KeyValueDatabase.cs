namespace Coffer.Stores;

/// <summary>
/// Where key-value stores are: many stores of many apps. An app reaches its own alone, since whoever opens a store says
/// of which app. Thread-safe.
/// </summary>
public abstract class KeyValueDatabase : IAsyncDisposable
{
    /// <summary>A store of an app. It is made when there is none.</summary>
    /// <param name="app">The app.</param>
    /// <param name="name">The name of the store, which apps do not share.</param>
    /// <param name="limits">What it takes; not written to the database.</param>
    /// <exception cref="KeyValueException">A name is none, or the database cannot be used.</exception>
    public KeyValueStore Open(string app, string name, KeyValueLimits? limits = null)
    {
        KeyRules.CheckName("an app", app);
        KeyRules.CheckName("a store", name);
        return OpenStore(app, name, limits ?? KeyValueLimits.Default);
    }

    /// <summary>The names of the stores of an app, in order.</summary>
    /// <param name="app">The app.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public abstract ValueTask<IReadOnlyList<string>> ListAsync(string app, CancellationToken cancellationToken = default);

    /// <summary>Removes a store with all it holds.</summary>
    /// <param name="app">The app.</param>
    /// <param name="name">The name of the store.</param>
    /// <param name="cancellationToken">Ends the waiting; the store may be removed all the same.</param>
    /// <returns>Whether there was one.</returns>
    public abstract ValueTask<bool> RemoveAsync(string app, string name, CancellationToken cancellationToken = default);

    /// <summary>Closes the database. What was acknowledged is kept, unless the database is in memory.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>Opens a store whose names were checked.</summary>
    private protected abstract KeyValueStore OpenStore(string app, string name, KeyValueLimits limits);
}
