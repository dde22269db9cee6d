namespace Coffer.Stores;

/// <summary>
/// A store of values by key, of one app. Every operation is atomic, and what is read is what was put last. Thread-safe.
/// </summary>
/// <remarks>
/// Where a wait is cancelled, a put or delete may have happened all the same. Operations of stores in memory and reads of
/// SQLite end before they return.
/// </remarks>
public abstract class KeyValueStore
{
    private protected KeyValueStore(string app, string name, KeyValueLimits limits)
    {
        App = app;
        Name = name;
        Limits = limits;
    }

    /// <summary>The app that it is of.</summary>
    public string App { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it takes.</summary>
    public KeyValueLimits Limits { get; }

    /// <summary>The entry of a key; null when there is none, or when its time to live has passed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KeyValueException">The key is none, or the database cannot be used.</exception>
    public ValueTask<KeyValueEntry?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ReadAsync(key, KeyRules.Key(key, Limits), cancellationToken);
    }

    /// <summary>Puts a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, which is copied.</param>
    /// <param name="put">How it is put.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The new generation; null when a condition did not hold, and nothing was written.</returns>
    /// <exception cref="KeyValueException">The key is none, a limit was reached, or the database cannot be used.</exception>
    public ValueTask<long?> PutAsync(
        string key, ReadOnlyMemory<byte> value, KeyValuePut? put = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = KeyRules.Key(key, Limits);
        put ??= KeyValuePut.Default;
        CheckValueSize(key, value.Length);
        if (put.Metadata is { } metadata && metadata.Length > Limits.MetadataBytes)
            throw new KeyValueException(
                KeyValueFailure.MetadataTooLarge,
                $"the metadata of {KeyRules.Quote(key)} have {metadata.Length} bytes, and {Limits.MetadataBytes} are allowed");
        // Until the year 3000 or so, so that no sum of times overflows.
        if (put.TimeToLive is { } time && (time < TimeSpan.FromMilliseconds(1) || time > TimeSpan.FromDays(365_000)))
            throw new KeyValueException(
                KeyValueFailure.InvalidArgument, $"a time to live of {time} is none: it is at least a millisecond and at most 1000 years");
        return WriteAsync(key, bytes, value, put, cancellationToken);
    }

    /// <summary>Removes the entry of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="ifGeneration">The generation that the entry must have; null for any.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether there was one, of that generation.</returns>
    /// <exception cref="KeyValueException">The key is none, or the database cannot be used.</exception>
    public ValueTask<bool> DeleteAsync(string key, long? ifGeneration = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return RemoveAsync(key, KeyRules.Key(key, Limits), ifGeneration, cancellationToken);
    }

    /// <summary>
    /// A page of keys, in the order of their UTF-8 bytes. A key that is there from the first page to the last is listed
    /// exactly once, whatever is put and deleted meanwhile.
    /// </summary>
    /// <param name="query">Which keys.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KeyValueException">The query is none, or the database cannot be used.</exception>
    public ValueTask<KeyValuePage> ListAsync(KeyValueQuery? query = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        query ??= KeyValueQuery.Default;
        if (query.Limit is < 1 or > KeyValueQuery.MaximumLimit)
            throw new KeyValueException(
                KeyValueFailure.InvalidArgument, $"a limit of {query.Limit} is none: pages have 1 to {KeyValueQuery.MaximumLimit} keys");
        KeyRules.Prefix(query.Prefix);
        return PageAsync(query.Prefix, query.Cursor is null ? null : KeyRules.KeyOfCursor(query.Cursor), query.Limit, cancellationToken);
    }

    /// <summary>What the store holds now.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public abstract ValueTask<KeyValueUsage> GetUsageAsync(CancellationToken cancellationToken = default);

    private protected abstract ValueTask<KeyValueEntry?> ReadAsync(string key, byte[] bytes, CancellationToken cancellation);

    private protected abstract ValueTask<long?> WriteAsync(
        string key, byte[] bytes, ReadOnlyMemory<byte> value, KeyValuePut put, CancellationToken cancellation);

    private protected abstract ValueTask<bool> RemoveAsync(string key, byte[] bytes, long? ifGeneration, CancellationToken cancellation);

    private protected abstract ValueTask<KeyValuePage> PageAsync(string prefix, string? behind, int limit, CancellationToken cancellation);

    /// <summary>Fails where a value of so many bytes is too large.</summary>
    private protected void CheckValueSize(string key, long bytes)
    {
        if (bytes <= Limits.ValueBytes) return;
        throw new KeyValueException(
            KeyValueFailure.ValueTooLarge, $"the value of {KeyRules.Quote(key)} would have {bytes} bytes, and {Limits.ValueBytes} are allowed");
    }

    /// <summary>Fails where the store would hold too much.</summary>
    private protected void CheckUsage(long entries, long bytes)
    {
        if (entries > Limits.Entries)
            throw new KeyValueException(
                KeyValueFailure.StoreFull, $"the store {KeyRules.Quote(Name)} is full: it may have {Limits.Entries} entries. Delete some, or raise its limit");
        if (bytes > Limits.Bytes)
            throw new KeyValueException(
                KeyValueFailure.StoreFull,
                $"the store {KeyRules.Quote(Name)} is full: it would have {bytes} bytes of {Limits.Bytes}. Delete some entries, or raise its limit");
    }

    /// <summary>Whether the conditions of a put hold for the generation that a key has; 0 when it has no value.</summary>
    private protected static bool Holds(KeyValuePut put, long generation) =>
        (!put.IfAbsent || generation == 0) && (put.IfGeneration is not { } wanted || (generation != 0 && generation == wanted));

    /// <summary>A page of keys of which one more than the limit was asked for.</summary>
    private protected static KeyValuePage Page(List<string> keys, int limit)
    {
        if (keys.Count <= limit) return new KeyValuePage(keys, null);
        keys.RemoveRange(limit, keys.Count - limit);
        return new KeyValuePage(keys, KeyRules.CursorBehind(keys[^1]));
    }

    /// <summary>What a put makes of the value that was there.</summary>
    private protected static byte[] Combine(KeyValuePutMode mode, ReadOnlySpan<byte> old, ReadOnlySpan<byte> value) => mode switch
    {
        KeyValuePutMode.Append => [.. old, .. value],
        KeyValuePutMode.Prepend => [.. value, .. old],
        _ => value.ToArray(),
    };
}
