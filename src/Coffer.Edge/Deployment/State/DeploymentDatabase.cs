using Microsoft.Data.Sqlite;

namespace Coffer.Edge.Deployment.State;

/// <summary>
/// The apps, their versions and what happened to them, in SQLite: a change is on the device when it returns, or was not made.
/// Used by one thread at a time.
/// </summary>
internal sealed class DeploymentDatabase : IDisposable
{
    /// <summary>How many events are kept.</summary>
    public const int KeptEvents = 10_000;

    // "Cofs", so that a database of something else is not taken for one of ours.
    private const int ApplicationId = 0x436f6673;
    private const int Format = 1;
    private const int Corrupt = 11, NotADatabase = 26;

    private readonly SqliteConnection connection;
    private readonly string path;

    private DeploymentDatabase(SqliteConnection connection, string path)
    {
        this.connection = connection;
        this.path = path;
    }

    /// <summary>Opens a database, or makes it.</summary>
    /// <exception cref="DeploymentException">It is damaged or cannot be used.</exception>
    public static DeploymentDatabase Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString());
        var database = new DeploymentDatabase(connection, path);
        try
        {
            database.Try(() =>
            {
                connection.Open();
                database.Prepare();
                return 0;
            });
            return database;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>All apps.</summary>
    public IReadOnlyList<AppRecord> Load() => Try(() =>
    {
        var versions = new List<(string App, VersionRecord Version)>();
        using (var rows = Command("SELECT app, number, digest, settings, created, fate FROM versions ORDER BY app, number").ExecuteReader())
        {
            while (rows.Read())
            {
                versions.Add((rows.GetString(0), new VersionRecord(
                    rows.GetInt32(1), rows.GetString(2), rows.GetString(3), Time(rows.GetInt64(4)), Enum.Parse<VersionFate>(rows.GetString(5)))));
            }
        }

        var byApp = versions.ToLookup(pair => pair.App, pair => pair.Version);
        var apps = new List<AppRecord>();
        using (var rows = Command("SELECT name, stable, candidate, weight, next FROM apps ORDER BY name").ExecuteReader())
        {
            while (rows.Read())
            {
                apps.Add(new AppRecord
                {
                    Name = rows.GetString(0),
                    Stable = rows.GetInt32(1),
                    Candidate = rows.IsDBNull(2) ? null : rows.GetInt32(2),
                    Weight = rows.GetInt32(3),
                    Next = rows.GetInt32(4),
                    Versions = [.. byApp[rows.GetString(0)]],
                });
            }
        }

        return apps;
    });

    /// <summary>Writes an app as it is next, what happened, and that the operation is done that has changed it, at once.</summary>
    public DeploymentEvent Save(AppRecord app, DateTimeOffset time, int? version, string kind, string text, long? operation = null) => Change(() =>
    {
        Run(
            """
            INSERT INTO apps (name, stable, candidate, weight, next) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE SET stable = $2, candidate = $3, weight = $4, next = $5
            """,
            app.Name, app.Stable, app.Candidate, app.Weight, app.Next);
        Run("DELETE FROM versions WHERE app = $1", app.Name);
        foreach (var each in app.Versions)
        {
            Run(
                "INSERT INTO versions (app, number, digest, settings, created, fate) VALUES ($1, $2, $3, $4, $5, $6)",
                app.Name, each.Number, each.Digest, each.Settings, each.Created.ToUnixTimeMilliseconds(), each.Fate.ToString());
        }

        if (operation is not null) Run(OperationTable.Succeed, operation, time.ToUnixTimeMilliseconds(), version);
        return AddEvent(time, app.Name, version, kind, text);
    });

    /// <summary>Removes an app, and notes it.</summary>
    public DeploymentEvent Remove(string app, DateTimeOffset time) => Change(() =>
    {
        Run("DELETE FROM versions WHERE app = $1", app);
        Run("DELETE FROM apps WHERE name = $1", app);
        return AddEvent(time, app, null, "removed", $"{app} was removed");
    });

    /// <summary>Notes something that changed nothing.</summary>
    public DeploymentEvent Note(string app, DateTimeOffset time, int? version, string kind, string text) => Change(() => AddEvent(time, app, version, kind, text));

    /// <summary>What happened, newest first.</summary>
    /// <param name="app">To which app; null for all.</param>
    /// <param name="before">The number that events must be below; null for the newest.</param>
    /// <param name="limit">How many.</param>
    public IReadOnlyList<DeploymentEvent> Events(string? app, long? before, int limit) => Try<IReadOnlyList<DeploymentEvent>>(() =>
    {
        using var rows = Command(
            "SELECT id, time, app, version, kind, text FROM events WHERE ($1 IS NULL OR app = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
            app, before, limit).ExecuteReader();
        var events = new List<DeploymentEvent>();
        while (rows.Read())
        {
            events.Add(new DeploymentEvent(
                rows.GetInt64(0), Time(rows.GetInt64(1)), rows.GetString(2), rows.IsDBNull(3) ? null : rows.GetInt32(3), rows.GetString(4), rows.GetString(5)));
        }

        return events;
    });

    /// <summary>Writes that a deployment was taken in that nobody waits for.</summary>
    public DeploymentOperation Begin(string app, string digest, int? canary, DateTimeOffset time) => Change(() =>
    {
        using var insert = Command(OperationTable.Insert, app, digest, canary, time.ToUnixTimeMilliseconds());
        var id = (long)insert.ExecuteScalar()!;
        Run(OperationTable.Forget, id - OperationTable.Kept);
        return new DeploymentOperation { Id = id, App = app, Digest = digest, Canary = canary, State = OperationState.Pending, Started = time };
    });

    /// <summary>Writes that it is done.</summary>
    public void Succeed(long operation, DateTimeOffset time, int version) => Change(() =>
    {
        Run(OperationTable.Succeed, operation, time.ToUnixTimeMilliseconds(), version);
        return 0;
    });

    /// <summary>Writes that it was not done, and why.</summary>
    public void Fail(long operation, DateTimeOffset time, string code, string reason) => Change(() =>
    {
        Run(OperationTable.Fail, operation, time.ToUnixTimeMilliseconds(), code, reason);
        return 0;
    });

    /// <summary>Writes that all that have not ended were not done.</summary>
    /// <returns>How many.</returns>
    public int FailAll(DateTimeOffset time, string code, string reason) => Change(() =>
    {
        using var rows = Command(OperationTable.FailAll, time.ToUnixTimeMilliseconds(), code, reason).ExecuteReader();
        var count = 0;
        while (rows.Read()) count++;
        return count;
    });

    /// <summary>Deployments that nobody waited for, newest first.</summary>
    /// <param name="id">The number of one; null for all.</param>
    /// <param name="limit">How many.</param>
    public IReadOnlyList<DeploymentOperation> Operations(long? id, int limit) => Try<IReadOnlyList<DeploymentOperation>>(() =>
    {
        using var rows = Command(OperationTable.Newest, id, limit).ExecuteReader();
        var operations = new List<DeploymentOperation>();
        while (rows.Read()) operations.Add(OperationTable.Read(rows));
        return operations;
    });

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private DeploymentEvent AddEvent(DateTimeOffset time, string app, int? version, string kind, string text)
    {
        using var insert = Command(
            "INSERT INTO events (time, app, version, kind, text) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            time.ToUnixTimeMilliseconds(), app, version, kind, text);
        var id = (long)insert.ExecuteScalar()!;
        Run("DELETE FROM events WHERE id <= $1", id - KeptEvents);
        return new DeploymentEvent(id, time, app, version, kind, text);
    }

    private T Change<T>(Func<T> change) => Try(() =>
    {
        Run("BEGIN IMMEDIATE");
        try
        {
            var result = change();
            Run("COMMIT");
            return result;
        }
        catch
        {
            try
            {
                Run("ROLLBACK");
            }
            catch (SqliteException)
            {
                // SQLite rolls back by itself where a write to the device failed.
            }

            throw;
        }
    });

    private T Try<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is SqliteException { SqliteErrorCode: Corrupt or NotADatabase } or InvalidCastException or ArgumentException)
        {
            throw new DeploymentException(
                DeploymentFailure.Damaged,
                $"the state of the deployments, {path}, is damaged ({exception.Message}). Start with --recover to rebuild what can be from the modules beside it",
                exception);
        }
        catch (SqliteException exception)
        {
            throw new DeploymentException(
                DeploymentFailure.Storage, $"the state of the deployments, {path}, cannot be read or written ({exception.Message}). Nothing has changed", exception);
        }
    }

    private void Prepare()
    {
        var applicationId = Number("PRAGMA application_id");
        var format = Number("PRAGMA user_version");
        if (applicationId == 0 && format == 0 && Number("SELECT count(*) FROM sqlite_master") == 0) applicationId = ApplicationId;
        if (applicationId != ApplicationId)
            throw new DeploymentException(DeploymentFailure.Damaged, $"{path} is a database of something else. Name another folder for the state");
        if (format > Format)
            throw new DeploymentException(DeploymentFailure.Damaged, $"{path} was written by a later Coffer (format {format}, and this one knows {Format}). Use that one");
        Run("PRAGMA journal_mode = WAL");
        Run("PRAGMA synchronous = FULL");
        if (format == 0)
        {
            Run($"""
                BEGIN IMMEDIATE;
                CREATE TABLE apps (name TEXT PRIMARY KEY, stable INTEGER NOT NULL, candidate INTEGER, weight INTEGER NOT NULL, next INTEGER NOT NULL);
                CREATE TABLE versions (
                  app TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, settings TEXT NOT NULL, created INTEGER NOT NULL, fate TEXT NOT NULL,
                  PRIMARY KEY (app, number));
                CREATE TABLE events (
                  id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, app TEXT NOT NULL, version INTEGER, kind TEXT NOT NULL, text TEXT NOT NULL);
                CREATE INDEX events_of_app ON events (app, id);
                PRAGMA application_id = {ApplicationId};
                PRAGMA user_version = {Format};
                COMMIT;
                """);
        }

        Run(OperationTable.Definition);
        using var check = Command("PRAGMA quick_check(1)");
        if (check.ExecuteScalar() is not "ok") throw new SqliteException("its pages contradict each other", Corrupt);
    }

    private long Number(string text)
    {
        using var command = Command(text);
        return (long)command.ExecuteScalar()!;
    }

    private void Run(string text, params ReadOnlySpan<object?> values)
    {
        using var command = Command(text, values);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string text, params ReadOnlySpan<object?> values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are constants of this class; values are parameters.
        command.CommandText = text;
#pragma warning restore CA2100
        for (var index = 0; index < values.Length; index++) command.Parameters.AddWithValue($"${index + 1}", values[index] ?? DBNull.Value);
        return command;
    }
}
