namespace Coffer.Capabilities;

/// <summary>
/// How much of the host a guest may use up by what it was granted. A quota is charged before the work that it bounds is
/// done. Null means that nothing but the grants themselves bounds it. Immutable; <see cref="QuotaSyntax.All"/> says how
/// each is written.
/// </summary>
public sealed record Quotas
{
    /// <summary>
    /// What holds when nothing is said: what one call may cost and what the host must keep open is bounded, what a guest
    /// writes over its life is not.
    /// </summary>
    public static Quotas Default { get; } = new();

    /// <summary>How many descriptors (files, directories, streams, sockets) may be open at a time.</summary>
    public int Handles { get; init; } = 1024;

    /// <summary>How many bytes may be written to standard output and standard error, taken together.</summary>
    public long? OutputBytes { get; init; }

    /// <summary>How many bytes may be written to files, or added to their length, in all directories together.</summary>
    public long? WrittenBytes { get; init; }

    /// <summary>How many bytes may be sent through sockets.</summary>
    public long? SentBytes { get; init; }

    /// <summary>How many files, directories and links may be made, in all directories together.</summary>
    public long? Files { get; init; }

    /// <summary>How many buffers one call that reads or writes may name.</summary>
    public int Iovecs { get; init; } = 1024;

    /// <summary>How many events one call that waits may wait for.</summary>
    public int Subscriptions { get; init; } = 4096;

    /// <summary>How many threads the guest may have besides its first, at a time.</summary>
    public int Threads { get; init; } = 64;
}
