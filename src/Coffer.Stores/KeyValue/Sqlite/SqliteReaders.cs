using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Coffer.Stores;

/// <summary>The connections that read: beside the one that writes, and beside each other.</summary>
internal sealed class SqliteReaders(string connectionText, string path) : IDisposable
{
    private readonly ConcurrentBag<Reader> idle = [];
    private volatile bool isClosed;

    /// <summary>Reads what is committed now.</summary>
    public T Read<T>(Func<Reader, T> read)
    {
        if (isClosed) throw new KeyValueException(KeyValueFailure.Unavailable, $"the key-value database {path} is closed");
        Reader? reader = null;
        try
        {
            if (!idle.TryTake(out reader)) reader = new Reader(connectionText);
            var result = read(reader);
            idle.Add(reader);
            reader = null;
            // Who closes looks at the idle ones after it has set this.
            if (isClosed) Dispose();
            return result;
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Of(exception, path);
        }
        finally
        {
            reader?.Dispose();
        }
    }

    public void Dispose()
    {
        isClosed = true;
        while (idle.TryTake(out var reader)) reader.Dispose();
    }

    internal sealed class Reader : IDisposable
    {
        private readonly SqliteConnection connection;
        private readonly Dictionary<string, SqliteCommand> commands = new(StringComparer.Ordinal);

        public Reader(string connectionText)
        {
            connection = new SqliteConnection(connectionText);
            connection.Open();
            Command("PRAGMA query_only = ON").ExecuteNonQuery();
        }

        public SqliteCommand Command(string text, params ReadOnlySpan<object?> values) => SqliteCommands.Bind(connection, commands, text, values);

        public void Dispose()
        {
            foreach (var command in commands.Values) command.Dispose();
            connection.Dispose();
        }
    }
}
