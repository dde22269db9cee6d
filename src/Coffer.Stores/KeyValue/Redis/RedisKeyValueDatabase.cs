using StackExchange.Redis;

namespace Coffer.Stores;

/// <summary>
/// Key-value stores on a server of Redis, which several hosts may share. Each operation is one script, so that none is seen
/// half done. What an acknowledgement is worth is the server's: with <c>appendfsync always</c> it is on its device.
/// Times to live go by the server's clock. Thread-safe.
/// </summary>
public sealed class RedisKeyValueDatabase : KeyValueDatabase
{
    private readonly ConnectionMultiplexer connection;
    private readonly string prefix;

    private RedisKeyValueDatabase(ConnectionMultiplexer connection, string prefix)
    {
        this.connection = connection;
        this.prefix = prefix;
    }

    /// <summary>Connects to a server.</summary>
    /// <param name="configuration">Where it is, in the words of StackExchange.Redis: <c>host:port,password=…,ssl=true</c>.</param>
    /// <param name="prefix">What all keys of the database begin with.</param>
    /// <exception cref="KeyValueException">The server does not answer, or the configuration is none.</exception>
    public static async Task<RedisKeyValueDatabase> ConnectAsync(string configuration, string prefix = "coffer")
    {
        ArgumentException.ThrowIfNullOrEmpty(configuration);
        try
        {
            return new RedisKeyValueDatabase(await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false), prefix);
        }
        catch (Exception exception) when (exception is RedisException or ArgumentException)
        {
            // Neither the text nor what the library says of it is repeated: both may have the password.
            throw new KeyValueException(
                KeyValueFailure.Unavailable, "the Redis server does not answer, or its address is none. Check the address, the password and TLS", null);
        }
    }

    /// <inheritdoc />
    public override async ValueTask<IReadOnlyList<string>> ListAsync(string app, CancellationToken cancellationToken = default)
    {
        var names = await AskAsync(database => database.SetMembersAsync(NamesKey(app)), cancellationToken).ConfigureAwait(false);
        return [.. names.Select(name => (string)name!).Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc />
    public override async ValueTask<bool> RemoveAsync(string app, string name, CancellationToken cancellationToken = default)
    {
        var wasThere = await AskAsync(database => database.SetRemoveAsync(NamesKey(app), name), cancellationToken).ConfigureAwait(false);
        return await AskAsync(database => database.KeyDeleteAsync(KeysOf(app, name)), cancellationToken).ConfigureAwait(false) > 0 || wasThere;
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync() => await connection.DisposeAsync().ConfigureAwait(false);

    /// <summary>Asks the server, and makes its failures ours.</summary>
    internal async ValueTask<T> AskAsync<T>(Func<IDatabase, Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask(connection.GetDatabase()).WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new KeyValueException(
                KeyValueFailure.Unavailable, $"the Redis server did not do what it was asked for ({exception.GetType().Name}: {FirstLine(exception.Message)})", exception);
        }
    }

    /// <summary>The key of the set that names the stores of an app.</summary>
    internal RedisKey NamesKey(string app) => $"{prefix}:stores:{Uri.EscapeDataString(app)}";

    private protected override KeyValueStore OpenStore(string app, string name, KeyValueLimits limits) =>
        new RedisKeyValueStore(app, name, limits, this, KeysOf(app, name));

    /// <summary>The keys of a store. What is in braces decides where in a cluster they are, so they are together.</summary>
    private RedisKey[] KeysOf(string app, string name)
    {
        var stem = $"{prefix}:{{{Uri.EscapeDataString(app)}/{Uri.EscapeDataString(name)}}}:";
        return [stem + "values", stem + "metadata", stem + "generations", stem + "expiries", stem + "order", stem + "statistics"];
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0];
}
