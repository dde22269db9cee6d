using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;

namespace Coffer.Capabilities;

/// <summary>
/// Everything that a guest was granted. Immutable and safe for any number of threads; a set can be narrowed
/// (<see cref="Intersect"/>, <see cref="Without"/>) and never widened. Two sets are equal when they have the same
/// grants, whatever their order, except that of arguments.
/// </summary>
public sealed class CapabilitySet : IEquatable<CapabilitySet>
{
    /// <summary>A set of grants.</summary>
    /// <exception cref="ArgumentException">Two grants contradict each other, such as two for one clock.</exception>
    public CapabilitySet(params IEnumerable<Grant> grants)
    {
        Grants = Arrange(grants);
        RequireOneOfEach();
    }

    private CapabilitySet(ImmutableArray<Grant> arranged) => Grants = arranged;

    /// <summary>
    /// A set of grants that are by kind already and of which none is there twice or contradicts another, which is not
    /// checked: for sets that are written down, and made when a program starts.
    /// </summary>
    internal static CapabilitySet OfArranged(params Grant[] grants) =>
        new(ImmutableCollectionsMarshal.AsImmutableArray(grants));

    /// <summary>Nothing at all.</summary>
    public static CapabilitySet Empty => Standard.Empty;

    /// <summary>
    /// What a guest gets when nothing is said, the same in every run and harmless: the three standard streams (which
    /// lead nowhere unless the host binds them), a wall clock that starts at 2022-01-01 and a monotonic clock that
    /// starts at 0, which move on by a millisecond at every reading, and random numbers from a fixed seed. No
    /// directories, files, variables, arguments or network.
    /// </summary>
    public static CapabilitySet Default => Standard.Default;

    /// <summary>The grants, by kind; those of one kind in the order in which they were given.</summary>
    public ImmutableArray<Grant> Grants { get; }

    /// <summary>
    /// The grants of this set and further ones. For building a set; what runs already keeps the set it has.
    /// </summary>
    public CapabilitySet With(params IEnumerable<Grant> grants) =>
        grants is ICollection<Grant> { Count: 0 } ? this : new([.. Grants, .. grants]);

    /// <summary>
    /// The grants of this set and further ones, which take the place of those that they contradict. For building a set.
    /// </summary>
    public CapabilitySet Override(params IEnumerable<Grant> grants)
    {
        var further = grants.ToList();
        var taken = further.Select(SlotOf).OfType<string>().ToHashSet();
        return new([.. Grants.Where(grant => SlotOf(grant) is not { } slot || !taken.Contains(slot)), .. further]);
    }

    /// <summary>The set without a grant.</summary>
    public CapabilitySet Without(Grant grant) => new(Grants.Where(candidate => candidate != grant));

    /// <summary>What both sets give.</summary>
    public CapabilitySet Intersect(CapabilitySet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(Grants.SelectMany(grant => other.Grants.Select(grant.Intersect).OfType<Grant>().Distinct()));
    }

    /// <summary>
    /// Decides about a request. Every use of authority by a guest passes here; there is no second path.
    /// </summary>
    public Decision Decide(in AccessRequest request) => request.Through is { } grant
        ? DecideThrough(grant, in request)
        : Deciding.Search(this, in request);

    /// <inheritdoc/>
    public bool Equals(CapabilitySet? other) => other is not null
        && Grants.Length == other.Grants.Length
        && Grants.ToHashSet().SetEquals(other.Grants)
        && Grants.OfType<ArgumentGrant>().SequenceEqual(other.Grants.OfType<ArgumentGrant>());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CapabilitySet);

    /// <inheritdoc/>
    public override int GetHashCode() => Grants.Aggregate(0, (hash, grant) => hash ^ grant.GetHashCode());

    /// <summary>A manifest that gives exactly this set.</summary>
    public Manifest ToManifest() => new() { Capabilities = this };

    /// <summary>The grants as options of the command.</summary>
    public override string ToString() => string.Join(' ', Grants.Select(grant => grant.Rule));

    /// <summary>The grants of one kind.</summary>
    internal T[] Of<T>() where T : Grant
    {
        var count = 0;
        foreach (var grant in Grants)
        {
            if (grant is T) count++;
        }

        var found = new T[count];
        foreach (var grant in Grants)
        {
            if (grant is T one) found[^count--] = one;
        }

        return found;
    }

    // The path of every file operation: two comparisons, no allocation.
    private Decision DecideThrough(Grant grant, in AccessRequest request)
    {
        var access = grant switch
        {
            DirectoryGrant directory => directory.Access,
            FileGrant file => file.Access,
            _ => DirectoryAccess.All,
        };
        return (request.Access & ~access) == 0 && !request.Escapes
            ? Decision.Allowed(grant)
            : Deciding.Refuse(this, grant, in request);
    }

    // What can be granted only once; two that differ contradict each other.
    internal static string? SlotOf(Grant grant) => grant switch
    {
        ClockGrant clock => $"the clock {ClockGrant.NameOf(clock.Clock)}",
        RandomGrant => "the source of random numbers",
        EnvironmentGrant variable => $"the variable {variable.Name}",
        DirectoryGrant directory => $"the directory {directory.GuestPath}",
        FileGrant file => $"the file {file.GuestPath}",
        _ => null,
    };

    /// <summary>Each grant once, except that arguments may be the same, by kind.</summary>
    private static ImmutableArray<Grant> Arrange(IEnumerable<Grant> grants)
    {
        // Without queries over tuples: their code is made when a program starts (docs/rationale/startup.md).
        var kinds = new List<Grant>[GrantSyntax.All.Count];
        var count = 0;
        foreach (var grant in grants)
        {
            var kind = kinds[GrantSyntax.PlaceOf(grant.Kind)] ??= [];
            if (grant is not ArgumentGrant && IsAmong(kind, grant)) continue;
            kind.Add(grant);
            count++;
        }

        var arranged = ImmutableArray.CreateBuilder<Grant>(count);
        foreach (var kind in kinds)
        {
            if (kind is not null) arranged.AddRange(kind);
        }

        return arranged.MoveToImmutable();
    }

    private static bool IsAmong(List<Grant> kind, Grant grant)
    {
        foreach (var other in kind)
        {
            if (other.Equals(grant)) return true;
        }

        return false;
    }

    private void RequireOneOfEach()
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var grant in Grants)
        {
            if (SlotOf(grant) is not { } slot || taken.Add(slot)) continue;
            var rules = string.Join(" and ", Grants.Where(other => SlotOf(other) == slot).Select(other => other.Rule));
            throw new ArgumentException($"{slot} is granted twice: {rules}");
        }
    }

    // By themselves, so that they are made when somebody asks for them.
    private static class Standard
    {
        public static CapabilitySet Empty { get; } = new();

        public static CapabilitySet Default { get; } = new(
            new StreamGrant(StandardStream.Input),
            new StreamGrant(StandardStream.Output),
            new StreamGrant(StandardStream.Error),
            new ClockGrant(GuestClock.Wall)
            {
                Start = new DateTimeOffset(2022, 1, 1, 0, 0, 0, TimeSpan.Zero),
                Step = TimeSpan.FromMilliseconds(1),
            },
            new ClockGrant(GuestClock.Monotonic) { Start = DateTimeOffset.UnixEpoch, Step = TimeSpan.FromMilliseconds(1) },
            new RandomGrant { Seed = 0 });
    }
}
