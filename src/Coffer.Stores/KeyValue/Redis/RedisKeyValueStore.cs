using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace Coffer.Stores;

/// <summary>A key-value store on a server of Redis.</summary>
public sealed class RedisKeyValueStore : KeyValueStore
{
    private readonly RedisKeyValueDatabase database;
    private readonly RedisKey[] keys;
    private volatile bool isNamed;

    internal RedisKeyValueStore(string app, string name, KeyValueLimits limits, RedisKeyValueDatabase database, RedisKey[] keys)
        : base(app, name, limits)
    {
        this.database = database;
        this.keys = keys;
    }

    /// <inheritdoc />
    public override async ValueTask<KeyValueUsage> GetUsageAsync(CancellationToken cancellationToken = default)
    {
        var answer = (RedisResult[])(await RunAsync(RedisScripts.Usage, [], cancellationToken).ConfigureAwait(false))!;
        return new KeyValueUsage((long)answer[0], (long)answer[1]);
    }

    private protected override async ValueTask<KeyValueEntry?> ReadAsync(string key, byte[] bytes, CancellationToken cancellation)
    {
        var answer = await RunAsync(RedisScripts.Get, [bytes], cancellation).ConfigureAwait(false);
        if (answer.IsNull) return null;
        var parts = (RedisResult[])answer!;
        return new KeyValueEntry((byte[])parts[0]!, (byte[])parts[1]!, (long)parts[2]);
    }

    private protected override async ValueTask<long?> WriteAsync(
        string key, byte[] bytes, ReadOnlyMemory<byte> value, KeyValuePut put, CancellationToken cancellation)
    {
        if (!isNamed)
        {
            await database.AskAsync(server => server.SetAddAsync(database.NamesKey(App), Name), cancellation).ConfigureAwait(false);
            isNamed = true;
        }

        var answer = (RedisResult[])(await RunAsync(
            RedisScripts.Put,
            [
                bytes,
                value.ToArray(),
                put.Mode.ToString(),
                put.IfAbsent ? "1" : "0",
                put.IfGeneration?.ToString(CultureInfo.InvariantCulture) ?? "",
                put.TimeToLive is { } time ? Math.Max(1, (long)time.TotalMilliseconds) : "",
                put.Metadata is null ? "0" : "1",
                put.Metadata?.ToArray() ?? [],
                Limits.ValueBytes,
                Limits.Entries,
                Limits.Bytes,
            ],
            cancellation).ConfigureAwait(false))!;
        switch ((string)answer[0]!)
        {
            case "ok":
                return (long)answer[1];
            case "large":
                CheckValueSize(key, (long)answer[1]);
                break;
            case "full":
                CheckUsage((long)answer[1], (long)answer[2]);
                break;
        }

        return null;
    }

    private protected override async ValueTask<bool> RemoveAsync(string key, byte[] bytes, long? ifGeneration, CancellationToken cancellation) =>
        (long)await RunAsync(
            RedisScripts.Delete, [bytes, ifGeneration?.ToString(CultureInfo.InvariantCulture) ?? ""], cancellation).ConfigureAwait(false) == 1;

    private protected override async ValueTask<KeyValuePage> PageAsync(string prefix, string? behind, int limit, CancellationToken cancellation)
    {
        byte[] lower = behind is not null && KeyRules.Compare(behind, prefix) >= 0
            ? [(byte)'(', .. Encoding.UTF8.GetBytes(behind)]
            : [(byte)'[', .. Encoding.UTF8.GetBytes(prefix)];
        // No key has this byte, which is above all that UTF-8 has.
        byte[] upper = [(byte)'(', .. Encoding.UTF8.GetBytes(prefix), 0xff];
        var answer = (RedisResult[])(await RunAsync(RedisScripts.List, [lower, upper, limit + 1], cancellation).ConfigureAwait(false))!;
        return Page([.. answer.Select(key => Encoding.UTF8.GetString((byte[])key!))], limit);
    }

    private ValueTask<RedisResult> RunAsync(string script, RedisValue[] values, CancellationToken cancellation) =>
        database.AskAsync(server => server.ScriptEvaluateAsync(script, keys, values), cancellation);
}
