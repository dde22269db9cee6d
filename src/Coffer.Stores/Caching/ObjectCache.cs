using System.Text;

namespace Coffer.Stores;

/// <summary>
/// A cache of objects in memory, bounded by their bytes: with maximum age, use while stale, variants by request headers, purge
/// by surrogate key, and request collapsing. An app has its own. Thread-safe.
/// </summary>
public sealed class ObjectCache
{
    /// <summary>What an object costs beside its bytes, about.</summary>
    private const int FlatCost = 512;

    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(365_250);

    private readonly Lock gate = new();
    private readonly Dictionary<string, CacheBucket> buckets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<CachedObject>> surrogates = new(StringComparer.Ordinal);

    // The object that was used last is first.
    private readonly LinkedList<CachedObject> uses = new();
    private long bytes;
    private long hits;
    private long misses;
    private long collapsed;
    private long evictions;
    private long purges;

    /// <summary>An empty cache.</summary>
    /// <param name="options">Its bounds.</param>
    public ObjectCache(ObjectCacheOptions? options = null) => Options = options ?? ObjectCacheOptions.Default;

    /// <summary>Its bounds.</summary>
    public ObjectCacheOptions Options { get; }

    /// <summary>What it has done, and holds.</summary>
    public ObjectCacheStatistics Statistics
    {
        get
        {
            lock (gate) return new ObjectCacheStatistics(uses.Count, bytes, hits, misses, collapsed, evictions, purges);
        }
    }

    /// <summary>The keys that something is known of.</summary>
    internal int Keys
    {
        get
        {
            lock (gate) return buckets.Count;
        }
    }

    /// <summary>Looks an object up, without waiting for anybody.</summary>
    /// <param name="key">The key.</param>
    /// <param name="header">The value of a request header by its name in lower case; null where the request has none.</param>
    /// <returns>An object that may be used, the fresh before the stale; null when there is none.</returns>
    /// <exception cref="CacheException">The key is too long.</exception>
    public CachedObject? Lookup(ReadOnlySpan<byte> key, Func<string, string?>? header = null)
    {
        var name = Name(key);
        lock (gate)
        {
            var found = buckets.TryGetValue(name, out var bucket) ? Best(bucket, header ?? None) : null;
            Count(found);
            return found;
        }
    }

    /// <summary>
    /// Looks an object up. Where there is none that is fresh, one caller is told to fill the cache; while it does, others get
    /// the stale object if there is one, and wait if there is none.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="header">The value of a request header by its name in lower case; null where the request has none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="CacheException">The key is too long.</exception>
    public ValueTask<CacheTransaction> BeginAsync(
        ReadOnlySpan<byte> key, Func<string, string?>? header = null, CancellationToken cancellationToken = default) =>
        BeginAsync(Name(key), header ?? None, cancellationToken);

    /// <summary>Inserts an object, whoever else may be about to. It can be read as soon as this returns.</summary>
    /// <param name="key">The key.</param>
    /// <param name="write">What is said of it.</param>
    /// <param name="header">The value of a request header by its name in lower case; null where the request has none.</param>
    /// <exception cref="CacheException">A bound was reached.</exception>
    public CacheFill Insert(ReadOnlySpan<byte> key, CacheWrite write, Func<string, string?>? header = null) =>
        Insert(Name(key), header ?? None, write, new CacheBody(), null);

    /// <summary>Purges the objects that have a surrogate key.</summary>
    /// <param name="surrogateKey">The surrogate key.</param>
    /// <param name="soft">Whether they become stale, instead of leaving the cache.</param>
    /// <returns>How many objects.</returns>
    public int Purge(string surrogateKey, bool soft = false)
    {
        lock (gate) return surrogates.TryGetValue(surrogateKey, out var objects) ? Purge([.. objects], soft) : 0;
    }

    /// <summary>Purges all objects.</summary>
    /// <param name="soft">Whether they become stale, instead of leaving the cache.</param>
    /// <returns>How many objects.</returns>
    public int PurgeAll(bool soft = false)
    {
        lock (gate) return Purge([.. uses], soft);
    }

    internal CacheFill Insert(string key, Func<string, string?> header, CacheWrite write, CacheBody body, CacheSlot? obligation)
    {
        if (write.Length > Options.ObjectBytes)
            throw new CacheException(CacheFailure.BodySize, $"a body of {write.Length} bytes is longer than {Options.ObjectBytes}, which the cache takes");
        var rule = Check(write);
        var entry = new CachedObject(write, body, Overhead(key, write), Options.TimeProvider);
        lock (gate) Place(key, rule, header, entry, obligation);
        return new CacheFill(this, entry);
    }

    internal void Update(CachedObject old, Func<string, string?> header, CacheWrite write, CacheSlot obligation)
    {
        if (!old.Body.IsComplete) throw new CacheException(CacheFailure.NoObligation, "the object that was found is still being written");
        var rule = Check(write);
        var key = obligation.Bucket.Key;
        lock (gate)
        {
            // The body is charged to one object at a time.
            var entry = new CachedObject(write with { Length = old.Length }, old.Body, Overhead(key, write) + old.Body.Length, Options.TimeProvider);
            if (old.Place is not null) Unplace(old);
            Place(key, rule, header, entry, obligation);
        }
    }

    internal void Release(CacheSlot obligation)
    {
        lock (gate)
        {
            obligation.IsObligated = false;
            obligation.Bucket.Wake();
            Tidy(obligation);
        }
    }

    /// <summary>Makes room for more bytes of an object's body; false when there is none.</summary>
    internal bool TryCharge(CachedObject entry, int count)
    {
        lock (gate)
        {
            // One that was purged or replaced meanwhile is written to its end for those who read it.
            if (entry.Place is null) return true;
            if (!TryMakeRoom(count)) return false;
            entry.Bytes += count;
            bytes += count;
            return true;
        }
    }

    internal void Remove(CachedObject entry)
    {
        lock (gate)
        {
            if (entry.Place is not null) Unplace(entry);
        }
    }

    private static string? None(string header) => null;

    private async ValueTask<CacheTransaction> BeginAsync(string key, Func<string, string?> header, CancellationToken cancellation)
    {
        var hasWaited = false;
        while (true)
        {
            Task wait;
            lock (gate)
            {
                if (!buckets.TryGetValue(key, out var bucket)) buckets.Add(key, bucket = new CacheBucket(key));
                var found = Best(bucket, header);
                if (found is { IsFresh: true })
                {
                    Count(found);
                    return new CacheTransaction(this, found, null, header);
                }

                var slot = found?.Place?.Slot;
                if (!(slot is null ? bucket.Matching(header).Any(matching => matching.IsObligated) : slot.IsObligated))
                {
                    if (bucket.Rules.Count == 0) bucket.AddRule([]);
                    slot ??= bucket.Slot(CacheBucket.Variant(bucket.Rules[0], header));
                    slot.IsObligated = true;
                    Count(found);
                    return new CacheTransaction(this, found, slot, header);
                }

                if (found is not null)
                {
                    Count(found);
                    return new CacheTransaction(this, found, null, header);
                }

                if (!hasWaited) collapsed++;
                hasWaited = true;
                wait = bucket.Changed;
            }

            await wait.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static CachedObject? Best(CacheBucket bucket, Func<string, string?> header)
    {
        CachedObject? stale = null;
        foreach (var slot in bucket.Matching(header))
        {
            if (slot.Present is not { } present) continue;
            if (present.IsFresh) return present;
            if (present.IsUsable) stale ??= present;
        }

        return stale;
    }

    /// <summary>Puts an object where it belongs, in place of the one there, and meets an obligation by it.</summary>
    private void Place(string key, string[] rule, Func<string, string?> header, CachedObject entry, CacheSlot? obligation)
    {
        if (!TryMakeRoom(entry.Bytes)) throw new CacheException(CacheFailure.Full, "the cache is full of objects that are being written");
        if (!buckets.TryGetValue(key, out var bucket)) buckets.Add(key, bucket = obligation?.Bucket ?? new CacheBucket(key));
        bucket.AddRule(rule);
        var slot = bucket.Slot(CacheBucket.Variant(rule, header));
        // Before the old one goes, so that the slot is not tidied away.
        var old = slot.Present;
        if (old is not null) Unplace(old, keepSlot: true);
        slot.Present = entry;
        entry.Place = new CachePlace(slot, uses.AddFirst(entry));
        bytes += entry.Bytes;
        foreach (var name in entry.Write.SurrogateKeys)
        {
            if (!surrogates.TryGetValue(name, out var objects)) surrogates.Add(name, objects = []);
            objects.Add(entry);
        }

        if (obligation is not null)
        {
            obligation.IsObligated = false;
            if (!ReferenceEquals(obligation, slot)) Tidy(obligation);
        }

        bucket.Wake();
    }

    private void Unplace(CachedObject entry, bool keepSlot = false)
    {
        var place = entry.Place!;
        entry.Place = null;
        uses.Remove(place.Use);
        bytes -= entry.Bytes;
        place.Slot.Present = null;
        foreach (var name in entry.Write.SurrogateKeys)
            if (surrogates.TryGetValue(name, out var objects) && objects.Remove(entry) && objects.Count == 0)
                surrogates.Remove(name);
        if (!keepSlot) Tidy(place.Slot);
    }

    /// <summary>Forgets a slot that stands for nothing, and a key without slots.</summary>
    private void Tidy(CacheSlot slot)
    {
        if (slot.Present is not null || slot.IsObligated) return;
        var bucket = slot.Bucket;
        if (bucket.Slots.TryGetValue(slot.Variant, out var current) && ReferenceEquals(current, slot)) bucket.Slots.Remove(slot.Variant);
        if (bucket.Slots.Count > 0) return;
        bucket.Wake();
        if (buckets.TryGetValue(bucket.Key, out var listed) && ReferenceEquals(listed, bucket)) buckets.Remove(bucket.Key);
    }

    private bool TryMakeRoom(long count)
    {
        if (bytes + count <= Options.Bytes) return true;
        for (var use = uses.Last; use is not null && bytes + count > Options.Bytes;)
        {
            var previous = use.Previous;
            if (use.Value.Body.IsComplete)
            {
                Unplace(use.Value);
                evictions++;
            }

            use = previous;
        }

        return bytes + count <= Options.Bytes;
    }

    private int Purge(List<CachedObject> objects, bool soft)
    {
        foreach (var entry in objects)
        {
            if (soft) entry.PurgeSoftly();
            else Unplace(entry);
        }

        purges += objects.Count;
        return objects.Count;
    }

    private void Count(CachedObject? found)
    {
        if (found is null)
        {
            misses++;
            return;
        }

        hits++;
        found.Hit();
        if (found.Place is not { } place) return;
        uses.Remove(place.Use);
        uses.AddFirst(place.Use);
    }

    private string Name(ReadOnlySpan<byte> key) => key.Length <= Options.KeyBytes
        // A character a byte: keys are bytes, and this is their dictionary's form.
        ? Encoding.Latin1.GetString(key)
        : throw new CacheException(CacheFailure.InvalidArgument, $"a key of {key.Length} bytes is longer than {Options.KeyBytes}");

    /// <summary>Checks what is said of an object, and gives the headers it varies by: in lower case, in order, each once.</summary>
    private string[] Check(CacheWrite write)
    {
        // Sums of ages shall not overflow.
        foreach (var age in (ReadOnlySpan<TimeSpan>)[write.MaxAge, write.InitialAge, write.StaleWhileRevalidate])
            if (age < TimeSpan.Zero || age > LongestAge)
                throw new CacheException(CacheFailure.InvalidArgument, $"an age of {age} is negative or longer than 1000 years");
        if (write.Length < 0) throw new CacheException(CacheFailure.InvalidArgument, "a length is negative");
        if (write.Metadata.Length > Options.MetadataBytes)
            throw new CacheException(CacheFailure.InvalidArgument, $"metadata of {write.Metadata.Length} bytes are more than {Options.MetadataBytes}");
        if (write.SurrogateKeys.Sum(name => (long)name.Length) > Options.SurrogateKeyCharacters)
            throw new CacheException(CacheFailure.InvalidArgument, $"the surrogate keys have more than {Options.SurrogateKeyCharacters} characters");
        if (write.Vary.Count > Options.VaryHeaders)
            throw new CacheException(CacheFailure.InvalidArgument, $"the object varies by {write.Vary.Count} headers, and {Options.VaryHeaders} are allowed");
        return [.. write.Vary.Select(name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static long Overhead(string key, CacheWrite write) =>
        FlatCost + (2L * key.Length) + write.Metadata.Length + write.SurrogateKeys.Sum(name => (2L * name.Length) + 64);
}
