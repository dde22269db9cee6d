namespace Coffer.Stores;

/// <summary>What a key of a store stands for.</summary>
/// <param name="Value">The value.</param>
/// <param name="Metadata">What was given beside the value; empty when nothing was.</param>
/// <param name="Generation">Changes with every put of the key, and is never used again in the store, even after a delete. From 1.</param>
public sealed record KeyValueEntry(ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte> Metadata, long Generation);

/// <summary>What becomes of the value that a key had.</summary>
public enum KeyValuePutMode
{
    /// <summary>It is replaced.</summary>
    Replace,

    /// <summary>The new bytes come behind it. Without one, they are the value.</summary>
    Append,

    /// <summary>The new bytes come before it. Without one, they are the value.</summary>
    Prepend,
}

/// <summary>How a value is put. Immutable. All conditions must hold, else nothing is written.</summary>
public sealed record KeyValuePut
{
    /// <summary>A plain put.</summary>
    public static KeyValuePut Default { get; } = new();

    /// <summary>What becomes of the value that the key had.</summary>
    public KeyValuePutMode Mode { get; init; }

    /// <summary>Put only if the key has no value.</summary>
    public bool IfAbsent { get; init; }

    /// <summary>Put only if the key has a value of this generation.</summary>
    public long? IfGeneration { get; init; }

    /// <summary>
    /// How long the entry lives, from a millisecond. Null: for ever, or, where bytes are appended or prepended, as long as
    /// it would have.
    /// </summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>What is kept beside the value. Null: nothing, or, where bytes are appended or prepended, what was there.</summary>
    public ReadOnlyMemory<byte>? Metadata { get; init; }
}

/// <summary>Which keys are listed. Immutable.</summary>
public sealed record KeyValueQuery
{
    /// <summary>The largest <see cref="Limit"/>.</summary>
    public const int MaximumLimit = 1000;

    /// <summary>The first keys of the store.</summary>
    public static KeyValueQuery Default { get; } = new();

    /// <summary>What the keys begin with.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Where the page before ended (<see cref="KeyValuePage.Cursor"/>); null for the first page.</summary>
    public string? Cursor { get; init; }

    /// <summary>The most keys of the page, from 1 to <see cref="MaximumLimit"/>.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>A page of keys, in the order of their UTF-8 bytes.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="Cursor">What asks for the next page; null when this is the last.</param>
public sealed record KeyValuePage(IReadOnlyList<string> Keys, string? Cursor);
