using System.Collections.Concurrent;

namespace Coffer.Stores;

/// <summary>Key-value stores in memory, which end with the process. Thread-safe.</summary>
/// <param name="timeProvider">What measures times to live. Jumps of the wall clock do not matter to it.</param>
public sealed class MemoryKeyValueDatabase(TimeProvider? timeProvider = null) : KeyValueDatabase
{
    private readonly TimeProvider time = timeProvider ?? TimeProvider.System;
    private readonly ConcurrentDictionary<(string App, string Name), MemoryKeyValueContents> stores = new();

    /// <inheritdoc />
    public override ValueTask<IReadOnlyList<string>> ListAsync(string app, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> names = [.. stores.Keys.Where(key => key.App == app).Select(key => key.Name).Order(StringComparer.Ordinal)];
        return ValueTask.FromResult(names);
    }

    /// <inheritdoc />
    public override ValueTask<bool> RemoveAsync(string app, string name, CancellationToken cancellationToken = default)
    {
        if (!stores.TryRemove((app, name), out var contents)) return ValueTask.FromResult(false);
        contents.Clear();
        return ValueTask.FromResult(true);
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private protected override KeyValueStore OpenStore(string app, string name, KeyValueLimits limits) =>
        new MemoryKeyValueStore(app, name, limits, stores.GetOrAdd((app, name), _ => new MemoryKeyValueContents(time)));
}
