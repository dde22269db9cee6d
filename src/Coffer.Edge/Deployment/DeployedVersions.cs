using Coffer.Edge.Apps;
using Coffer.Edge.Deployment.State;

namespace Coffer.Edge.Deployment;

/// <summary>Makes the versions of deployed apps, and lets them serve as their records say.</summary>
/// <param name="store">Where modules are.</param>
/// <param name="runtime">What apps use together.</param>
/// <param name="time">The time.</param>
internal sealed class DeployedVersions(DeploymentStore store, AppRuntime runtime, TimeProvider time)
{
    /// <summary>A version of an app that nobody asks yet.</summary>
    public AppVersion Make(string name, string digest, DeploymentSettings settings) =>
        new(digest[..12], new AppSource(name, digest, _ => Task.FromResult(store.Folder.ReadModule(digest))), settings.Options, runtime.Loader);

    /// <summary>Lets serve what a record says. Versions that serve already go on with what they have compiled.</summary>
    /// <param name="deployed">The app, whose gate is held.</param>
    /// <param name="record">What is on disk.</param>
    /// <param name="loaded">The newest version, if it was made before; else null.</param>
    /// <param name="isWatched">Whether a stable version that did not serve before is watched.</param>
    public void Apply(DeployedApp deployed, AppRecord record, AppVersion? loaded, bool isWatched)
    {
        var settings = DeploymentSettings.Parse(record.Name, record[record.Stable].Settings);
        // Held until the next ones have their versions.
        var isServing = deployed.App.TryAcquire(out var held);
        using var lease = held;
        var before = isServing ? held.Value : null;
        var stable = Of(record.Stable);
        var candidate = record.Candidate is { } number ? Of(number) : null;
        deployed.App.Switch(new TrafficSplit(stable, candidate, record.Weight));
        var watches = new List<ErrorWatch>();
        if (candidate is not null) Watch(candidate, record.Candidate!.Value);
        if (isWatched && before?.Stable != stable) Watch(stable, record.Stable);
        else if (deployed.Watches.FirstOrDefault(watch => watch.Version == stable) is { } kept) watches.Add(kept);
        deployed.Watches = watches;
        deployed.Settings = settings;
        deployed.Record = record;

        AppVersion Of(int wanted)
        {
            var label = Label(wanted);
            if (before?.Stable.Id == label) return before.Stable;
            if (before?.Candidate?.Id == label) return before.Candidate;
            var version = record[wanted];
            if (loaded is not null && wanted == record.Next - 1)
            {
                loaded.Id = label;
                return loaded;
            }

            var made = Make(record.Name, version.Digest, DeploymentSettings.Parse(record.Name, version.Settings));
            made.Id = label;
            return made;
        }

        void Watch(AppVersion version, int wanted)
        {
            if (deployed.Watches.FirstOrDefault(watch => watch.Version == version) is { } known && version == candidate) watches.Add(known);
            else if (DeploymentSettings.Parse(record.Name, record[wanted].Settings).Rollback is { } rollback) watches.Add(new ErrorWatch(version, rollback, time));
        }
    }

    private static string Label(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
