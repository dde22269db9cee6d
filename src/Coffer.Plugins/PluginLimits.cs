namespace Coffer.Plugins;

/// <summary>What a plugin may use up. Immutable.</summary>
public sealed record PluginLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static PluginLimits Default { get; } = new();

    /// <summary>Bytes of all linear memories of a sandbox, and as many of the blocks that it exchanges with the host.</summary>
    public long MemoryBytes { get; init; } = 64 << 20;

    /// <summary>Elements of all tables of a sandbox.</summary>
    public long TableElements { get; init; } = 1_000_000;

    /// <summary>Bytes of one struct or array of a plugin in a language with garbage collection.</summary>
    public long ObjectBytes { get; init; } = 16 << 20;

    /// <summary>Bytes of all structs and arrays that one call makes, with those that are garbage already; null for any number.</summary>
    public long? AllocatedBytes { get; init; } = 64 << 20;

    /// <summary>Instructions of one call; null for as many as there is time for. Counting them costs speed.</summary>
    public long? Fuel { get; init; }

    /// <summary>How long one call may take, its waits for host functions included.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it may take to start a sandbox: its start function and what initializes its language.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Bytes of native stack for nested calls; 0 for what the thread has. To leave a deep recursion takes some microseconds
    /// for each of its calls, and nothing interrupts that.
    /// </summary>
    public long StackBytes { get; init; } = 512 << 10;

    /// <summary>Bytes that one call may answer, and print to each of its standard streams.</summary>
    public int OutputBytes { get; init; } = 16 << 20;

    /// <summary>Bytes that one call may log; what is more is dropped and counted.</summary>
    public int LogBytes { get; init; } = 64 << 10;

    /// <summary>Bytes of names and values that a sandbox may keep as variables.</summary>
    public int VariableBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of the body of an answer to an HTTP request.</summary>
    public int HttpResponseBytes { get; init; } = 50 << 20;

    /// <summary>Calls that run at a time. A plugin with one long-lived sandbox has one.</summary>
    public int Concurrency { get; init; } = Math.Max(4, Environment.ProcessorCount * 2);

    /// <summary>Calls that wait for their turn; further ones are refused.</summary>
    public int Queue { get; init; } = 1000;
}
