using System.Text;
using Microsoft.Data.Sqlite;

namespace Coffer.Stores;

/// <summary>A key-value store in SQLite.</summary>
public sealed class SqliteKeyValueStore : KeyValueStore
{
    private readonly SqliteReaders readers;
    private readonly SqliteWriter writer;
    private readonly SteadyClock clock;

    internal SqliteKeyValueStore(
        string app, string name, KeyValueLimits limits, SqliteReaders readers, SqliteWriter writer, SteadyClock clock)
        : base(app, name, limits)
    {
        this.readers = readers;
        this.writer = writer;
        this.clock = clock;
    }

    /// <inheritdoc />
    public override ValueTask<KeyValueUsage> GetUsageAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(readers.Read(reader =>
        {
            using var rows = reader.Command("SELECT entries, bytes FROM stores WHERE app = $1 AND name = $2", App, Name).ExecuteReader();
            return rows.Read() ? new KeyValueUsage(rows.GetInt64(0), rows.GetInt64(1)) : default;
        }));

    private protected override ValueTask<KeyValueEntry?> ReadAsync(string key, byte[] bytes, CancellationToken cancellation) =>
        ValueTask.FromResult(readers.Read(reader =>
        {
            using var rows = reader.Command(
                """
                SELECT value, metadata, e.generation FROM entries e JOIN stores s ON s.id = e.store
                WHERE app = $1 AND name = $2 AND key = $3 AND (expires IS NULL OR expires > $4)
                """,
                App, Name, bytes, clock.Now).ExecuteReader();
            return rows.Read() ? new KeyValueEntry((byte[])rows[0], (byte[])rows[1], rows.GetInt64(2)) : null;
        }));

    private protected override ValueTask<long?> WriteAsync(
        string key, byte[] bytes, ReadOnlyMemory<byte> value, KeyValuePut put, CancellationToken cancellation)
    {
        // The caller may use its memory again when its wait was cancelled, and the change runs later.
        var copy = value.ToArray();
        var metadata = put.Metadata?.ToArray();
        return writer.WriteAsync(change => Put(change, key, bytes, copy, metadata, put), cancellation);
    }

    private protected override ValueTask<bool> RemoveAsync(string key, byte[] bytes, long? ifGeneration, CancellationToken cancellation) =>
        writer.WriteAsync(
            change =>
            {
                var store = Begin(change);
                var old = Find(change, store.Id, bytes, withValue: false);
                if (old is null || (ifGeneration is { } wanted && old.Generation != wanted)) return false;
                change.Command("DELETE FROM entries WHERE store = $1 AND key = $2", store.Id, bytes).ExecuteNonQuery();
                Note(change, store.Id, store.Generation, store.Entries - 1, store.Bytes - old.Bytes);
                return true;
            },
            cancellation);

    private protected override ValueTask<KeyValuePage> PageAsync(string prefix, string? behind, int limit, CancellationToken cancellation) =>
        ValueTask.FromResult(readers.Read(reader =>
        {
            var first = Encoding.UTF8.GetBytes(prefix);
            // No key has this byte, which is above all that UTF-8 has.
            byte[] end = [.. first, 0xff];
            using var rows = reader.Command(
                """
                SELECT key FROM entries WHERE store = (SELECT id FROM stores WHERE app = $1 AND name = $2)
                AND key >= $3 AND key < $4 AND key > $5 AND (expires IS NULL OR expires > $6) ORDER BY key LIMIT $7
                """,
                App, Name, first, end, Encoding.UTF8.GetBytes(behind ?? ""), clock.Now, limit + 1).ExecuteReader();
            var keys = new List<string>();
            while (rows.Read()) keys.Add(Encoding.UTF8.GetString((byte[])rows[0]));
            return Page(keys, limit);
        }));

    private long? Put(SqliteWriter change, string key, byte[] bytes, byte[] value, byte[]? metadata, KeyValuePut put)
    {
        var store = Begin(change);
        var old = Find(change, store.Id, bytes, withValue: put.Mode is not KeyValuePutMode.Replace);
        if (!Holds(put, old?.Generation ?? 0)) return null;
        var expires = put.TimeToLive is { } time ? clock.Now + Math.Max(1, (long)time.TotalMilliseconds) : (long?)null;
        if (put.Mode is not KeyValuePutMode.Replace && old is not null)
        {
            CheckValueSize(key, (long)value.Length + old.Value.Length);
            value = Combine(put.Mode, old.Value, value);
            metadata ??= old.Metadata;
            if (put.TimeToLive is null) expires = old.Expires;
        }

        metadata ??= [];
        var total = store.Bytes - (old?.Bytes ?? 0) + bytes.Length + value.Length + metadata.Length;
        var entries = store.Entries + (old is null ? 1 : 0);
        CheckUsage(entries, total);
        change.Command(
            """
            INSERT INTO entries (store, key, generation, expires, metadata, value) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (store, key) DO UPDATE SET generation = $3, expires = $4, metadata = $5, value = $6
            """,
            store.Id, bytes, store.Generation + 1, expires, metadata, value).ExecuteNonQuery();
        Note(change, store.Id, store.Generation + 1, entries, total);
        return store.Generation + 1;
    }

    /// <summary>What is noted of the store, which is made if there is none, after what has expired was removed.</summary>
    private (long Id, long Generation, long Entries, long Bytes) Begin(SqliteWriter change)
    {
        change.Command("INSERT INTO stores (app, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", App, Name).ExecuteNonQuery();
        var (id, generation, entries, bytes) = Read();
        var now = clock.Now;
        using (var rows = change.Command(
            "SELECT count(*), sum(length(key) + length(value) + length(metadata)) FROM entries WHERE store = $1 AND expires <= $2", id, now).ExecuteReader())
        {
            rows.Read();
            if (rows.GetInt64(0) == 0) return (id, generation, entries, bytes);
            entries -= rows.GetInt64(0);
            bytes -= rows.GetInt64(1);
        }

        change.Command("DELETE FROM entries WHERE store = $1 AND expires <= $2", id, now).ExecuteNonQuery();
        Note(change, id, generation, entries, bytes);
        return (id, generation, entries, bytes);

        (long, long, long, long) Read()
        {
            using var rows = change.Command("SELECT id, generation, entries, bytes FROM stores WHERE app = $1 AND name = $2", App, Name).ExecuteReader();
            rows.Read();
            return (rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3));
        }
    }

    private static void Note(SqliteWriter change, long store, long generation, long entries, long bytes) =>
        change.Command("UPDATE stores SET generation = $2, entries = $3, bytes = $4 WHERE id = $1", store, generation, entries, bytes).ExecuteNonQuery();

    private static Old? Find(SqliteWriter change, long store, byte[] key, bool withValue)
    {
        using var rows = Select(change, store, key, withValue).ExecuteReader();
        if (!rows.Read()) return null;
        return new Old(
            rows.GetInt64(0),
            rows.IsDBNull(1) ? null : rows.GetInt64(1),
            rows.GetInt64(2),
            withValue ? (byte[])rows[3] : [],
            withValue ? (byte[])rows[4] : []);
    }

    private static SqliteCommand Select(SqliteWriter change, long store, byte[] key, bool withValue) => withValue
        ? change.Command(
            "SELECT generation, expires, length(key) + length(value) + length(metadata), value, metadata FROM entries WHERE store = $1 AND key = $2", store, key)
        : change.Command(
            "SELECT generation, expires, length(key) + length(value) + length(metadata) FROM entries WHERE store = $1 AND key = $2", store, key);

    private sealed record Old(long Generation, long? Expires, long Bytes, byte[] Value, byte[] Metadata);
}
