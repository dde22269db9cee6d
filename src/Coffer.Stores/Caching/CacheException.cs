namespace Coffer.Stores;

/// <summary>Why an operation of a cache failed.</summary>
public enum CacheFailure
{
    /// <summary>A key, metadata, surrogate keys or vary headers are larger than the cache takes, or an age is negative.</summary>
    InvalidArgument,

    /// <summary>The body is larger than <see cref="ObjectCacheOptions.ObjectBytes"/>, or not as long as was said.</summary>
    BodySize,

    /// <summary>What is being written at the moment takes all room there is.</summary>
    Full,

    /// <summary>Who wrote the object gave up, so its body has no end.</summary>
    Abandoned,

    /// <summary>The transaction has no obligation to fill (any more), or found nothing to update.</summary>
    NoObligation,
}

/// <summary>An operation of a cache failed.</summary>
public sealed class CacheException : Exception
{
    /// <summary>An operation failed.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="message">What happened.</param>
    public CacheException(CacheFailure failure, string message) : base(message) => Failure = failure;

    /// <summary>Why.</summary>
    public CacheFailure Failure { get; }
}
