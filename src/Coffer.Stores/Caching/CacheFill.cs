namespace Coffer.Stores;

/// <summary>
/// What writes the body of an object that is in the cache already. Dispose it: without <see cref="Complete"/> the object
/// leaves the cache, and who reads it learns that it has no end. Used by one thread at a time.
/// </summary>
public sealed class CacheFill : IDisposable
{
    private readonly ObjectCache cache;
    private bool isDone;

    internal CacheFill(ObjectCache cache, CachedObject target)
    {
        this.cache = cache;
        Object = target;
    }

    /// <summary>The object, which can be read while it is written.</summary>
    public CachedObject Object { get; }

    /// <summary>Adds bytes to the body.</summary>
    /// <param name="bytes">The bytes, which are copied.</param>
    /// <exception cref="CacheException">A bound was reached; the object was abandoned.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (isDone) throw new CacheException(CacheFailure.NoObligation, "the body of the cached object was ended before");
        var length = Object.Body.Length + bytes.Length;
        if (length > cache.Options.ObjectBytes || length > Object.Write.Length)
        {
            Abandon("it was longer than it may be");
            throw new CacheException(
                CacheFailure.BodySize,
                $"the body of the cached object has more than {Math.Min(cache.Options.ObjectBytes, Object.Write.Length ?? long.MaxValue)} bytes");
        }

        if (!cache.TryCharge(Object, bytes.Length))
        {
            Abandon("the cache is full");
            throw new CacheException(CacheFailure.Full, "the cache is full of objects that are being written");
        }

        Object.Body.Append(bytes);
    }

    /// <summary>Ends the body.</summary>
    /// <exception cref="CacheException">It is shorter than was said; the object was abandoned.</exception>
    public void Complete()
    {
        if (isDone) return;
        if (Object.Write.Length is { } length && Object.Body.Length != length)
        {
            Abandon("it was shorter than was said");
            throw new CacheException(CacheFailure.BodySize, $"the body of the cached object has {Object.Body.Length} bytes, and {length} were announced");
        }

        isDone = true;
        Object.Body.Complete();
    }

    /// <summary>Gives the object up.</summary>
    /// <param name="reason">Why, which its readers learn.</param>
    public void Abandon(string reason)
    {
        if (isDone) return;
        isDone = true;
        cache.Remove(Object);
        Object.Body.Fail(reason);
    }

    /// <summary>Gives the object up, unless its body was completed.</summary>
    public void Dispose() => Abandon("its writer gave up");
}
