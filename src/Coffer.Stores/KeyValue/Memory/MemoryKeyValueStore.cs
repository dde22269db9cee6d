namespace Coffer.Stores;

/// <summary>A key-value store in memory.</summary>
public sealed class MemoryKeyValueStore : KeyValueStore
{
    private readonly MemoryKeyValueContents contents;

    internal MemoryKeyValueStore(string app, string name, KeyValueLimits limits, MemoryKeyValueContents contents)
        : base(app, name, limits) => this.contents = contents;

    /// <inheritdoc />
    public override ValueTask<KeyValueUsage> GetUsageAsync(CancellationToken cancellationToken = default)
    {
        lock (contents.Gate) return ValueTask.FromResult(new KeyValueUsage(contents.Entries, contents.Bytes));
    }

    private protected override ValueTask<KeyValueEntry?> ReadAsync(string key, byte[] bytes, CancellationToken cancellation)
    {
        lock (contents.Gate)
        {
            contents.Sweep();
            return ValueTask.FromResult(contents.Find(key)?.Entry);
        }
    }

    private protected override ValueTask<long?> WriteAsync(
        string key, byte[] bytes, ReadOnlyMemory<byte> value, KeyValuePut put, CancellationToken cancellation)
    {
        lock (contents.Gate)
        {
            contents.Sweep();
            var old = contents.Find(key);
            if (!Holds(put, old?.Entry.Generation ?? 0)) return ValueTask.FromResult<long?>(null);
            var isJoined = put.Mode is not KeyValuePutMode.Replace && old is not null;
            CheckValueSize(key, value.Length + (isJoined ? old!.Entry.Value.Length : 0L));
            var metadata = put.Metadata?.ToArray() ?? (isJoined ? old!.Entry.Metadata : ReadOnlyMemory<byte>.Empty);
            var size = bytes.Length + (long)value.Length + (isJoined ? old!.Entry.Value.Length : 0) + metadata.Length;
            CheckUsage(contents.Entries + (old is null ? 1 : 0), contents.Bytes - (old?.Bytes ?? 0) + size);
            var entry = new KeyValueEntry(
                isJoined ? Combine(put.Mode, old!.Entry.Value.Span, value.Span) : value.ToArray(), metadata, contents.NextGeneration());
            long? expires = put.TimeToLive is { } time ? contents.ExpiryIn(time) : isJoined ? old!.Expires : null;
            contents.Set(key, new MemoryKeyValueContents.Held(entry, size, expires));
            return ValueTask.FromResult<long?>(entry.Generation);
        }
    }

    private protected override ValueTask<bool> RemoveAsync(string key, byte[] bytes, long? ifGeneration, CancellationToken cancellation)
    {
        lock (contents.Gate)
        {
            contents.Sweep();
            if (contents.Find(key) is not { } held || (ifGeneration is { } wanted && held.Entry.Generation != wanted))
                return ValueTask.FromResult(false);
            contents.Remove(key);
            return ValueTask.FromResult(true);
        }
    }

    private protected override ValueTask<KeyValuePage> PageAsync(string prefix, string? behind, int limit, CancellationToken cancellation)
    {
        lock (contents.Gate)
        {
            contents.Sweep();
            var first = behind is not null && KeyRules.Compare(behind, prefix) > 0 ? behind : prefix;
            var keys = contents.KeysFrom(first)
                .SkipWhile(key => key == behind)
                .TakeWhile(key => key.StartsWith(prefix, StringComparison.Ordinal))
                .Take(limit + 1)
                .ToList();
            return ValueTask.FromResult(Page(keys, limit));
        }
    }
}
