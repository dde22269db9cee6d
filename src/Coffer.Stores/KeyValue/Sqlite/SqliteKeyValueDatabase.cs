using Microsoft.Data.Sqlite;

namespace Coffer.Stores;

/// <summary>
/// Key-value stores in one file of SQLite. What was acknowledged is on the device (write-ahead log, synchronous=FULL), and
/// is there again after the process or the machine ended at any moment. One process has the file. Thread-safe.
/// </summary>
/// <remarks>Times to live go by the clock of the machine when the database was opened, carried on by its monotonic one.</remarks>
public sealed class SqliteKeyValueDatabase : KeyValueDatabase
{
    // "Cofk", so that a database of something else is not taken for one of ours.
    private const int ApplicationId = 0x436f666b;
    private const int Version = 1;

    private readonly SqliteReaders readers;
    private readonly SqliteWriter writer;
    private readonly SteadyClock clock;
    private int isDisposed;

    private SqliteKeyValueDatabase(SqliteReaders readers, SqliteWriter writer, SteadyClock clock)
    {
        this.readers = readers;
        this.writer = writer;
        this.clock = clock;
    }

    /// <summary>Opens a database, or makes it.</summary>
    /// <param name="path">The file. The folder must exist; SQLite puts two more files beside it.</param>
    /// <param name="timeProvider">What measures times to live.</param>
    /// <exception cref="KeyValueException">The file is damaged, of something else, or cannot be used.</exception>
    public static SqliteKeyValueDatabase Open(string path, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var text = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString();
        var connection = new SqliteConnection(text);
        try
        {
            connection.Open();
            Prepare(connection, path);
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw SqliteErrors.Of(exception, path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        return new SqliteKeyValueDatabase(
            new SqliteReaders(text, path), new SqliteWriter(connection, path), new SteadyClock(timeProvider ?? TimeProvider.System));
    }

    /// <inheritdoc />
    public override ValueTask<IReadOnlyList<string>> ListAsync(string app, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(readers.Read<IReadOnlyList<string>>(reader =>
        {
            using var rows = reader.Command("SELECT name FROM stores WHERE app = $1 ORDER BY name", app).ExecuteReader();
            var names = new List<string>();
            while (rows.Read()) names.Add(rows.GetString(0));
            return names;
        }));

    /// <inheritdoc />
    public override ValueTask<bool> RemoveAsync(string app, string name, CancellationToken cancellationToken = default) =>
        writer.WriteAsync(
            change =>
            {
                change.Command("DELETE FROM entries WHERE store = (SELECT id FROM stores WHERE app = $1 AND name = $2)", app, name).ExecuteNonQuery();
                return change.Command("DELETE FROM stores WHERE app = $1 AND name = $2", app, name).ExecuteNonQuery() > 0;
            },
            cancellationToken);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0) return;
        readers.Dispose();
        await writer.DisposeAsync().ConfigureAwait(false);
    }

    private protected override KeyValueStore OpenStore(string app, string name, KeyValueLimits limits) =>
        new SqliteKeyValueStore(app, name, limits, readers, writer, clock);

    private static void Prepare(SqliteConnection connection, string path)
    {
        var applicationId = Number(connection, "PRAGMA application_id");
        var version = Number(connection, "PRAGMA user_version");
        if (applicationId == 0 && version == 0 && Number(connection, "SELECT count(*) FROM sqlite_master") == 0) applicationId = ApplicationId;
        if (applicationId != ApplicationId)
            throw new KeyValueException(KeyValueFailure.Damaged, $"{path} is a database of something else. Name another file");
        if (version > Version)
            throw new KeyValueException(
                KeyValueFailure.Damaged, $"{path} was written by a later Coffer (format {version}, and this one knows {Version}). Use that one");
        Run(connection, "PRAGMA journal_mode = WAL");
        Run(connection, "PRAGMA synchronous = FULL");
        if (version == Version) return;
        Run(connection, $"""
            BEGIN IMMEDIATE;
            CREATE TABLE stores (
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              app TEXT NOT NULL,
              name TEXT NOT NULL,
              generation INTEGER NOT NULL DEFAULT 0,
              entries INTEGER NOT NULL DEFAULT 0,
              bytes INTEGER NOT NULL DEFAULT 0,
              UNIQUE (app, name));
            CREATE TABLE entries (
              store INTEGER NOT NULL,
              key BLOB NOT NULL,
              generation INTEGER NOT NULL,
              expires INTEGER,
              metadata BLOB NOT NULL,
              value BLOB NOT NULL,
              UNIQUE (store, key));
            CREATE INDEX expiries ON entries (store, expires) WHERE expires IS NOT NULL;
            PRAGMA application_id = {ApplicationId};
            PRAGMA user_version = {Version};
            COMMIT;
            """);
    }

    private static long Number(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = text;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }

    private static void Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = text;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
