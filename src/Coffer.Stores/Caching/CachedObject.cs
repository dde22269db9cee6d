namespace Coffer.Stores;

/// <summary>An object of a cache. It can be read after it left the cache. Thread-safe.</summary>
public sealed class CachedObject
{
    private readonly TimeProvider time;
    private readonly long inserted;
    private volatile bool isSoftPurged;
    private long hits;

    internal CachedObject(CacheWrite write, CacheBody body, long overhead, TimeProvider time)
    {
        Write = write;
        Body = body;
        Bytes = overhead;
        this.time = time;
        inserted = time.GetTimestamp();
    }

    /// <summary>What was said of it when it was written.</summary>
    public CacheWrite Write { get; }

    /// <summary>How old it is: its initial age, and what has passed since.</summary>
    public TimeSpan Age => Write.InitialAge + time.GetElapsedTime(inserted);

    /// <summary>Whether it is younger than its maximum age and was not purged softly.</summary>
    public bool IsFresh => !isSoftPurged && Age < Write.MaxAge;

    /// <summary>Whether it may be used: it is fresh, or stale and within the time to revalidate it.</summary>
    public bool IsUsable => Age < Write.MaxAge + Write.StaleWhileRevalidate;

    /// <summary>How often a lookup found it.</summary>
    public long Hits => Interlocked.Read(ref hits);

    /// <summary>The length of the body; null while it is being written and nobody said how long it will be.</summary>
    public long? Length => Body.IsComplete ? Body.Length : Write.Length;

    internal CacheBody Body { get; }

    /// <summary>Its share of the cache's bytes. Under the cache's lock.</summary>
    internal long Bytes { get; set; }

    /// <summary>Where it is; null when it left the cache. Under the cache's lock.</summary>
    internal CachePlace? Place { get; set; }

    /// <summary>
    /// Reads the body from an offset on, and waits where it is not written yet.
    /// </summary>
    /// <param name="offset">Where in the body.</param>
    /// <param name="destination">What takes the bytes.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many bytes were read; 0 at the end of the body.</returns>
    /// <exception cref="CacheException">Who wrote the body gave up.</exception>
    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        Body.ReadAsync(offset, destination, cancellationToken);

    internal void Hit() => Interlocked.Increment(ref hits);

    internal void PurgeSoftly() => isSoftPurged = true;
}
