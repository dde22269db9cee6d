namespace Coffer.Edge.Deployment.State;

/// <summary>What became of a version.</summary>
internal enum VersionFate
{
    /// <summary>It serves, or is to.</summary>
    Serving,

    /// <summary>It served until a later one took its place; it can be rolled back to.</summary>
    Superseded,

    /// <summary>It was a candidate that was given up.</summary>
    Aborted,

    /// <summary>It was rolled back from.</summary>
    RolledBack,
}

/// <summary>A version of an app. Immutable.</summary>
/// <param name="Number">Its number, from 1; an app uses none twice.</param>
/// <param name="Digest">The digest of its module.</param>
/// <param name="Settings">How its requests are served, as JSON that was checked.</param>
/// <param name="Created">When it was deployed.</param>
/// <param name="Fate">What became of it.</param>
internal sealed record VersionRecord(int Number, string Digest, string Settings, DateTimeOffset Created, VersionFate Fate);

/// <summary>
/// An app as it is written to disk. Immutable: each change gives the record that is next, and throws where it cannot be made.
/// </summary>
internal sealed record AppRecord
{
    /// <summary>How many versions that do not serve are kept.</summary>
    public const int Kept = 20;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The number of the version that serves.</summary>
    public int Stable { get; init; }

    /// <summary>The number of the version that serves a part of the requests; null when there is none.</summary>
    public int? Candidate { get; init; }

    /// <summary>How many of a hundred requests the candidate serves.</summary>
    public int Weight { get; init; }

    /// <summary>Its versions, oldest first.</summary>
    public IReadOnlyList<VersionRecord> Versions { get; init; } = [];

    /// <summary>The number that the next version gets.</summary>
    public int Next { get; init; } = 1;

    /// <summary>A version by its number.</summary>
    /// <exception cref="DeploymentException">There is none.</exception>
    public VersionRecord this[int number] => Versions.FirstOrDefault(version => version.Number == number)
        ?? throw new DeploymentException(DeploymentFailure.NotFound, $"{Name} has no version {number} (any more)");

    /// <summary>The versions that serve.</summary>
    public IEnumerable<VersionRecord> Serving => Versions.Where(version => version.Number == Stable || version.Number == Candidate);

    /// <summary>With a new version that serves all requests.</summary>
    public AppRecord Deployed(string digest, string settings, DateTimeOffset now) =>
        (this with { Candidate = null, Weight = 0, Stable = Next, Next = Next + 1, Versions = [.. Versions, New(digest, settings, now)] })
        .Fated(Stable, VersionFate.Superseded).Fated(Candidate, VersionFate.Aborted).Pruned();

    /// <summary>With a new version that serves a part of the requests.</summary>
    public AppRecord Tried(string digest, string settings, int weight, DateTimeOffset now)
    {
        CheckWeight(weight);
        if (Stable == 0) throw new DeploymentException(DeploymentFailure.Conflict, $"{Name} has no version yet, so its first cannot be a candidate");
        return (this with { Candidate = Next, Weight = weight, Next = Next + 1, Versions = [.. Versions, New(digest, settings, now)] })
            .Fated(Candidate, VersionFate.Aborted).Pruned();
    }

    /// <summary>With another share of the candidate.</summary>
    public AppRecord Weighted(int weight)
    {
        CheckWeight(weight);
        RequireCandidate();
        return this with { Weight = weight };
    }

    /// <summary>With the candidate serving all requests.</summary>
    public AppRecord Promoted() => (this with { Stable = RequireCandidate(), Candidate = null, Weight = 0 }).Fated(Stable, VersionFate.Superseded).Pruned();

    /// <summary>Without the candidate.</summary>
    public AppRecord WithoutCandidate()
    {
        var candidate = RequireCandidate();
        return (this with { Candidate = null, Weight = 0 }).Fated(candidate, VersionFate.Aborted).Pruned();
    }

    /// <summary>With a version before the one that serves. A candidate is given up.</summary>
    /// <param name="number">Its number; null for the last that served before.</param>
    public AppRecord RolledBack(int? number)
    {
        var target = number is { } wanted
            ? this[wanted]
            : Versions.LastOrDefault(version => version.Fate == VersionFate.Superseded && version.Number < Stable)
                ?? throw new DeploymentException(DeploymentFailure.Conflict, $"{Name} has no earlier version to roll back to");
        if (target.Number == Stable) throw new DeploymentException(DeploymentFailure.Conflict, $"version {target.Number} of {Name} serves already");
        return (this with { Stable = target.Number, Candidate = null, Weight = 0 })
            .Fated(Candidate, VersionFate.Aborted).Fated(Stable, VersionFate.RolledBack).Fated(target.Number, VersionFate.Serving).Pruned();
    }

    private static void CheckWeight(int weight)
    {
        if (weight is < 0 or > 100) throw new DeploymentException(DeploymentFailure.Invalid, $"a share of {weight} is none: it is from 0 to 100 of a hundred requests");
    }

    private int RequireCandidate() => Candidate ?? throw new DeploymentException(DeploymentFailure.Conflict, $"{Name} has no candidate");

    private VersionRecord New(string digest, string settings, DateTimeOffset now) => new(Next, digest, settings, now, VersionFate.Serving);

    private AppRecord Fated(int? number, VersionFate fate) =>
        this with { Versions = [.. Versions.Select(version => version.Number == number ? version with { Fate = fate } : version)] };

    private AppRecord Pruned()
    {
        var old = Versions.Where(version => version.Number != Stable && version.Number != Candidate).ToList();
        return old.Count <= Kept ? this : this with { Versions = [.. Versions.Except(old.Take(old.Count - Kept))] };
    }
}

/// <summary>Something that happened to an app. Immutable.</summary>
/// <param name="Id">Its number, which grows.</param>
/// <param name="Time">When.</param>
/// <param name="App">The app.</param>
/// <param name="Version">The version; null when it is about none.</param>
/// <param name="Kind">A word: deployed, candidate, weighted, promoted, aborted, rolled-back, failed, removed, recovered.</param>
/// <param name="Text">What a person reads.</param>
internal sealed record DeploymentEvent(long Id, DateTimeOffset Time, string App, int? Version, string Kind, string Text);
