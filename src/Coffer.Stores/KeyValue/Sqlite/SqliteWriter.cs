using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Coffer.Stores;

/// <summary>
/// The one connection that writes, on a thread of its own. What waits at the same time is committed together: a commit is
/// a write to the device, and costs the same for one change as for many.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int BatchSize = 256;

    private readonly SqliteConnection connection;
    private readonly string path;
    private readonly Channel<Change> waiting = Channel.CreateBounded<Change>(
        new BoundedChannelOptions(4096) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Dictionary<string, SqliteCommand> commands = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SqliteWriter(SqliteConnection connection, string path)
    {
        this.connection = connection;
        this.path = path;
        new Thread(Run) { IsBackground = true, Name = "Coffer key-value writer" }.Start();
    }

    /// <summary>Makes a change, and ends when it is on disk.</summary>
    /// <param name="change">Runs inside a transaction, perhaps twice (when the first one cannot be committed).</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async ValueTask<T> WriteAsync<T>(Func<SqliteWriter, T> change, CancellationToken cancellation)
    {
        var entry = new Change<T>(change);
        try
        {
            await waiting.Writer.WriteAsync(entry, cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException exception)
        {
            throw new KeyValueException(KeyValueFailure.Unavailable, $"the key-value database {path} is closed", exception);
        }

        return await entry.Done.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>A command that is kept, with its parameters named $1, $2, … set.</summary>
    public SqliteCommand Command(string text, params ReadOnlySpan<object?> values) => SqliteCommands.Bind(connection, commands, text, values);

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await ended.Task.ConfigureAwait(false);
        foreach (var command in commands.Values) await command.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private void Run()
    {
        var batch = new List<Change>(BatchSize);
        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            while (batch.Count < BatchSize && waiting.Reader.TryRead(out var change)) batch.Add(change);
            if (TryCommit(batch) is null) continue;
            // One change that has no room must not take the others with it.
            foreach (var change in batch)
                if (TryCommit([change]) is { } failure)
                    change.Fail(failure);
        }

        ended.TrySetResult();
    }

    /// <summary>Makes changes in one transaction; null when they are on disk, and their callers know.</summary>
    private KeyValueException? TryCommit(List<Change> changes)
    {
        try
        {
            Command("BEGIN IMMEDIATE").ExecuteNonQuery();
            foreach (var change in changes)
            {
                Command("SAVEPOINT change").ExecuteNonQuery();
                if (!change.Run(this)) Command("ROLLBACK TO change").ExecuteNonQuery();
                Command("RELEASE change").ExecuteNonQuery();
            }

            Command("COMMIT").ExecuteNonQuery();
        }
        catch (SqliteException exception)
        {
            try
            {
                Command("ROLLBACK").ExecuteNonQuery();
            }
            catch (SqliteException)
            {
                // SQLite rolls back by itself where a write to the device failed.
            }

            return SqliteErrors.Of(exception, path);
        }

        foreach (var change in changes) change.Complete();
        return null;
    }

    private abstract class Change
    {
        /// <summary>Makes the change. False when it is refused, with what it throws; what SQLite throws passes.</summary>
        public abstract bool Run(SqliteWriter writer);

        /// <summary>Tells the caller what <see cref="Run"/> gave.</summary>
        public abstract void Complete();

        public abstract void Fail(Exception exception);
    }

    private sealed class Change<T>(Func<SqliteWriter, T> change) : Change
    {
        private T? result;
        private Exception? refusal;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool Run(SqliteWriter writer)
        {
            refusal = null;
            try
            {
                result = change(writer);
                return true;
            }
            catch (Exception exception) when (exception is not SqliteException)
            {
                refusal = exception;
                return false;
            }
        }

        public override void Complete()
        {
            if (refusal is null) Done.TrySetResult(result!);
            else Fail(refusal);
        }

        public override void Fail(Exception exception) => Done.TrySetException(exception);
    }
}
