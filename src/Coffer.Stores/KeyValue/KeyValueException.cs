namespace Coffer.Stores;

/// <summary>Why an operation of a key-value store failed.</summary>
public enum KeyValueFailure
{
    /// <summary>The key is empty, too long, or has characters that keys may not have.</summary>
    InvalidKey,

    /// <summary>A name of an app or a store, a prefix, a cursor, a limit or a time to live is none.</summary>
    InvalidArgument,

    /// <summary>The value would be larger than <see cref="KeyValueLimits.ValueBytes"/>.</summary>
    ValueTooLarge,

    /// <summary>The metadata are larger than <see cref="KeyValueLimits.MetadataBytes"/>.</summary>
    MetadataTooLarge,

    /// <summary>The store would have more entries or bytes than its limits allow.</summary>
    StoreFull,

    /// <summary>The database did not take or give what it was asked for: disk full, connection lost, closed. Nothing is known to be written.</summary>
    Unavailable,

    /// <summary>The file of the database is not one, or is damaged.</summary>
    Damaged,
}

/// <summary>An operation of a key-value store failed. What was acknowledged before is as it was.</summary>
public sealed class KeyValueException : Exception
{
    /// <summary>An operation failed.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="inner">What the database threw.</param>
    public KeyValueException(KeyValueFailure failure, string message, Exception? inner = null) : base(message, inner) => Failure = failure;

    /// <summary>Why.</summary>
    public KeyValueFailure Failure { get; }
}
