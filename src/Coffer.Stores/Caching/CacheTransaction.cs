namespace Coffer.Stores;

/// <summary>
/// A lookup that may oblige its caller to fill the cache. Dispose it: an obligation that was not met goes to another
/// caller. Thread-safe.
/// </summary>
public sealed class CacheTransaction : IDisposable
{
    private readonly ObjectCache cache;
    private readonly Func<string, string?> header;
    private CacheSlot? obligation;

    internal CacheTransaction(ObjectCache cache, CachedObject? found, CacheSlot? obligation, Func<string, string?> header)
    {
        this.cache = cache;
        this.obligation = obligation;
        this.header = header;
        Found = found;
        IsStale = found is { IsFresh: false };
    }

    /// <summary>The object that was found, which may be used; null when there is none.</summary>
    public CachedObject? Found { get; }

    /// <summary>Whether what was found was stale.</summary>
    public bool IsStale { get; }

    /// <summary>Whether this caller is to <see cref="Insert"/>, or, where there is an object, may <see cref="Update"/>.</summary>
    public bool MustFill => Volatile.Read(ref obligation) is not null;

    /// <summary>Inserts an object. Whoever waits for it can read as soon as this returns.</summary>
    /// <param name="write">What is said of it.</param>
    /// <exception cref="CacheException">There is no obligation, or a bound was reached (the obligation stays).</exception>
    public CacheFill Insert(CacheWrite write)
    {
        var slot = Take();
        try
        {
            return cache.Insert(slot.Bucket.Key, header, write, new CacheBody(), slot);
        }
        catch
        {
            Volatile.Write(ref obligation, slot);
            throw;
        }
    }

    /// <summary>Says new things of the object that was found, which keeps its body: it was fetched again, and is the same.</summary>
    /// <param name="write">What is said of it.</param>
    /// <exception cref="CacheException">There is no obligation, or nothing was found.</exception>
    public void Update(CacheWrite write)
    {
        if (Found is null) throw new CacheException(CacheFailure.NoObligation, "nothing was found, so there is nothing to update");
        var slot = Take();
        try
        {
            cache.Update(Found, header, write, slot);
        }
        catch
        {
            Volatile.Write(ref obligation, slot);
            throw;
        }
    }

    /// <summary>Gives the obligation up. A caller that waits gets it.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Cancel()
    {
        if (Interlocked.Exchange(ref obligation, null) is not { } slot) return false;
        cache.Release(slot);
        return true;
    }

    /// <summary>Gives the obligation up, if it was not met.</summary>
    public void Dispose() => Cancel();

    private CacheSlot Take() => Interlocked.Exchange(ref obligation, null)
        ?? throw new CacheException(CacheFailure.NoObligation, "this lookup is not to fill the cache, or has done so already");
}
