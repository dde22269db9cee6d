using System.Text.Json;
using Coffer.Edge.Ambient;

namespace Coffer.Edge.Deployment.State;

/// <summary>
/// All that is deployed, on disk: the database and the modules. What it says it has written is there after the process or the machine
/// ended at any moment. Thread-safe.
/// </summary>
internal sealed class DeploymentStore : IDisposable
{
    // A module that was uploaded and not deployed may be about to be.
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly DeploymentDatabase database;
    private readonly TimeProvider time;

    private DeploymentStore(StateFolder folder, DeploymentDatabase database, TimeProvider time)
    {
        Folder = folder;
        this.database = database;
        this.time = time;
    }

    /// <summary>The folder.</summary>
    public StateFolder Folder { get; }

    /// <summary>Opens the state in a folder, or makes it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="recover">Whether a damaged database is put aside, and made anew from the modules.</param>
    /// <param name="time">The time.</param>
    /// <exception cref="DeploymentException">It is damaged or cannot be used.</exception>
    public static DeploymentStore Open(string path, bool recover, TimeProvider time)
    {
        var folder = StateFolder.Open(path);
        try
        {
            try
            {
                var store = new DeploymentStore(folder, DeploymentDatabase.Open(folder.Database), time);
                if (!recover) return store;
                // Asked for, and not needed.
                store.Load();
                return store;
            }
            catch (DeploymentException exception) when (recover && exception.Failure == DeploymentFailure.Damaged)
            {
                folder.PutDatabaseAside();
                var store = new DeploymentStore(folder, DeploymentDatabase.Open(folder.Database), time);
                store.Rebuild();
                return store;
            }
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>All apps.</summary>
    public IReadOnlyList<AppRecord> Load()
    {
        lock (gate) return database.Load();
    }

    /// <summary>Writes an app as it is next, and what happened, at once.</summary>
    /// <exception cref="DeploymentException">It could not be written; nothing has changed.</exception>
    public DeploymentEvent Save(AppRecord app, int? version, string kind, string text, long? operation = null)
    {
        lock (gate)
        {
            // First, so that a version is never without its note: this is what --recover finds.
            if (app.Versions.FirstOrDefault(each => each.Number == app.Next - 1) is { } newest) NoteUse(app.Name, newest);
            return database.Save(app, time.GetUtcNow(), version, kind, text, operation);
        }
    }

    /// <summary>Removes an app. Its modules go with the next collection.</summary>
    public DeploymentEvent Remove(string app)
    {
        lock (gate)
        {
            foreach (var digest in database.Load().Where(record => record.Name == app).SelectMany(record => record.Versions).Select(version => version.Digest).Distinct())
                RewriteNote(digest, uses => uses.RemoveAll(use => use.App == app));
            return database.Remove(app, time.GetUtcNow());
        }
    }

    /// <summary>Notes something that changed nothing.</summary>
    public DeploymentEvent Note(string app, int? version, string kind, string text)
    {
        lock (gate) return database.Note(app, time.GetUtcNow(), version, kind, text);
    }

    /// <summary>What happened, newest first.</summary>
    public IReadOnlyList<DeploymentEvent> Events(string? app, long? before, int limit)
    {
        lock (gate) return database.Events(app, before, limit);
    }

    /// <summary>Writes that a deployment was taken in that nobody waits for.</summary>
    /// <exception cref="DeploymentException">It could not be written.</exception>
    public DeploymentOperation Begin(string app, string digest, int? canary)
    {
        lock (gate) return database.Begin(app, digest, canary, time.GetUtcNow());
    }

    /// <summary>Writes that it is done, unless its end is written already.</summary>
    /// <exception cref="DeploymentException">It could not be written.</exception>
    public void Succeed(long operation, int version)
    {
        lock (gate) database.Succeed(operation, time.GetUtcNow(), version);
    }

    /// <summary>Writes that it was not done, unless its end is written already.</summary>
    /// <exception cref="DeploymentException">It could not be written.</exception>
    public void Fail(long operation, string code, string reason)
    {
        lock (gate) database.Fail(operation, time.GetUtcNow(), code, reason);
    }

    /// <summary>Writes of all that an earlier server has begun and not ended that they were not done.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="DeploymentException">It could not be written.</exception>
    public int FailInterrupted()
    {
        lock (gate) return database.FailAll(time.GetUtcNow(), DeploymentOperation.Interrupted, "the server ended before it was done, and what served before serves; deploy it again");
    }

    /// <summary>Deployments that nobody waited for, newest first.</summary>
    public IReadOnlyList<DeploymentOperation> Operations(long? id, int limit)
    {
        lock (gate) return database.Operations(id, limit);
    }

    /// <summary>Removes modules that no version needs.</summary>
    /// <returns>How many.</returns>
    public int Collect()
    {
        lock (gate)
        {
            var live = database.Load().SelectMany(app => app.Versions).Select(version => version.Digest).ToHashSet(StringComparer.Ordinal);
            return Folder.Collect(live, time.GetUtcNow().UtcDateTime - Grace);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate) database.Dispose();
        Folder.Dispose();
    }

    private void NoteUse(string app, VersionRecord version) => RewriteNote(version.Digest, uses =>
    {
        if (uses.Any(use => use.App == app && use.Number == version.Number)) return 0;
        uses.Add(new ModuleUse(app, version.Number, version.Settings, version.Created));
        return 1;
    });

    private void RewriteNote(string digest, Func<List<ModuleUse>, int> change)
    {
        var uses = ReadNote(digest);
        if (change(uses) > 0) Folder.WriteNote(digest, JsonSerializer.SerializeToUtf8Bytes(uses, JsonSerializerOptions.Web));
    }

    private List<ModuleUse> ReadNote(string digest)
    {
        try
        {
            return Folder.ReadNote(digest) is { } note ? JsonSerializer.Deserialize<List<ModuleUse>>(note, JsonSerializerOptions.Web) ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>Makes the apps anew: of each the newest version whose module is whole serves.</summary>
    private void Rebuild()
    {
        var uses = new List<(string Digest, ModuleUse Use)>();
        foreach (var digest in Folder.Modules())
        {
            try
            {
                _ = Folder.ReadModule(digest);
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                continue;
            }

            uses.AddRange(ReadNote(digest).Select(use => (digest, use)));
        }

        foreach (var app in uses.GroupBy(pair => pair.Use.App, StringComparer.Ordinal))
        {
            var versions = app.OrderBy(pair => pair.Use.Number).DistinctBy(pair => pair.Use.Number)
                .Select(pair => new VersionRecord(pair.Use.Number, pair.Digest, pair.Use.Settings, pair.Use.Created, VersionFate.Superseded)).ToList();
            versions[^1] = versions[^1] with { Fate = VersionFate.Serving };
            var record = new AppRecord { Name = app.Key, Stable = versions[^1].Number, Next = versions[^1].Number + 1, Versions = versions };
            database.Save(
                record, time.GetUtcNow(), record.Stable, "recovered",
                $"{app.Key} was rebuilt from its modules; version {record.Stable}, the newest, serves. Which one served before is not known");
        }
    }

    /// <summary>That a module was deployed as a version.</summary>
    private sealed record ModuleUse(string App, int Number, string Settings, DateTimeOffset Created);
}
