namespace Coffer;

/// <summary>What the guests of one <see cref="Store"/> may use together. Immutable.</summary>
public sealed record StoreLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static StoreLimits Default { get; } = new();

    /// <summary>Bytes of all linear memories. Growing beyond gives the guest -1; starting beyond is an error.</summary>
    public ulong MemoryBytes { get; init; } = ulong.MaxValue;

    /// <summary>Elements of all tables. Growing beyond gives the guest -1; starting beyond is an error.</summary>
    public ulong TableElements { get; init; } = 100_000_000;

    /// <summary>Instances in the store.</summary>
    public int Instances { get; init; } = 10_000;

    /// <summary>
    /// Bytes of native stack that guests may use from the outermost call on; never more than the thread has, less a
    /// reserve for the host. Zero: as much as the thread has.
    /// </summary>
    public ulong StackBytes { get; init; }

    /// <summary>Bytes of one struct or array of a guest.</summary>
    public long ObjectBytes { get; init; } = 256 << 20;

    /// <summary>
    /// Bytes of the structs and arrays that guests may make from one call of the host on until it returns, nested calls included.
    /// What is garbage already counts as well, since the runtime cannot tell whose objects are alive. Null for any number.
    /// </summary>
    public long? AllocatedBytes { get; init; }

    /// <summary>
    /// Bytes that the managed heap of the process, in which guests' structs and arrays live beside the host's own
    /// objects, may have when a guest allocates; null for three quarters of what the process may use.
    /// </summary>
    public long? HeapBytes { get; init; }

    /// <summary>Fuel at the start; only with <see cref="EngineOptions.ConsumeFuel"/>.</summary>
    public long Fuel { get; init; } = long.MaxValue;
}
