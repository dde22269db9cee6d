using System.Collections.Immutable;

namespace Coffer.Types;

/// <summary>
/// The types of one engine. Gives structurally equal recursion groups the same <see cref="DefinedType"/> objects
/// (specification, section 3.1.9), so that type equality is reference equality. Thread-safe. Groups are held weakly:
/// types that no module, function or object uses any more are collected.
/// </summary>
internal sealed class TypeRegistry
{
    private const int FirstSweep = 256;

    private static int lastId;

    private readonly Lock gate = new();
    private readonly Dictionary<int, List<WeakReference<RecursionGroup>>> groups = [];
    private int entries;
    private int sweepAt = FirstSweep;

    /// <summary>Validates the types of a module and makes them canonical.</summary>
    /// <returns>The types in index order.</returns>
    /// <exception cref="InvalidException">A type is invalid.</exception>
    public ImmutableArray<DefinedType> Define(
        ImmutableArray<SubTypeDeclaration> declarations, ImmutableArray<RecursionGroupDeclaration> recursionGroups,
        ModuleLimits limits)
    {
        var types = new DefinedType[declarations.Length];
        foreach (var group in recursionGroups)
        {
            var resolution = new TypeResolution(types, group.First, group.Count);
            var members = declarations.AsSpan(group.First, group.Count);
            resolution.CheckIndices(members);
            var canonical = Canonicalize(members, resolution, limits.SubtypeDepth);
            canonical.Types.CopyTo(types.AsSpan(group.First));
        }

        return ImmutableArray.Create(types);
    }

    /// <summary>
    /// The canonical type of a host function: final, without supertype, alone in its group. References in it to
    /// defined types must be to types of this engine.
    /// </summary>
    public DefinedType Canonicalize(FunctionType type)
    {
        foreach (var value in type.Parameters) RequireDefinition(value);
        foreach (var value in type.Results) RequireDefinition(value);
        var declaration = new SubTypeDeclaration(0, IsFinal: true, -1, type);
        return Canonicalize([declaration], new TypeResolution([], 0, 1), int.MaxValue).Types[0];
    }

    private static void RequireDefinition(ValueType type)
    {
        if (type.IsReference && type.Heap.IsConcrete && type.Heap.Definition is null)
        {
            throw new ArgumentException($"{type} names a type by an index of some module");
        }
    }

    private RecursionGroup Canonicalize(
        ReadOnlySpan<SubTypeDeclaration> members, TypeResolution resolution, int maximumDepth)
    {
        var hash = GroupStructure.Hash(members, resolution);
        lock (gate)
        {
            if (Find(hash, members, resolution) is { } existing) return existing;
        }

        // Checked outside the lock. Should another thread define an equal group meanwhile, this one is dropped.
        var created = Create(members, resolution);
        GroupValidation.Check(created, members, resolution.First, maximumDepth);
        lock (gate)
        {
            if (Find(hash, members, resolution) is { } existing) return existing;
            Add(hash, created);
            return created;
        }
    }

    private RecursionGroup? Find(int hash, ReadOnlySpan<SubTypeDeclaration> members, TypeResolution resolution)
    {
        if (!groups.TryGetValue(hash, out var candidates)) return null;
        foreach (var candidate in candidates)
        {
            if (candidate.TryGetTarget(out var group) && GroupStructure.Matches(group, members, resolution)) return group;
        }

        return null;
    }

    private static RecursionGroup Create(ReadOnlySpan<SubTypeDeclaration> members, TypeResolution resolution)
    {
        var group = new RecursionGroup(new DefinedType[members.Length]);
        for (var i = 0; i < members.Length; i++) group.Types[i] = new DefinedType(NextId(), members[i].IsFinal);
        for (var i = 0; i < members.Length; i++)
        {
            var supertype = members[i].SupertypeIndex is var index and >= 0 ? resolution.Resolve(index, group) : null;
            group.Types[i].Complete(group, i, resolution.Resolve(members[i].Composite, group), supertype);
        }

        return group;
    }

    private static int NextId()
    {
        var id = Interlocked.Increment(ref lastId);
        if (id > 0) return id;
        Interlocked.Decrement(ref lastId);
        throw new ExhaustionException(ExhaustionKind.System, "too many types were defined in this process");
    }

    private void Add(int hash, RecursionGroup group)
    {
        if (++entries > sweepAt) Sweep();
        if (!groups.TryGetValue(hash, out var candidates)) groups[hash] = candidates = new(1);
        candidates.Add(new WeakReference<RecursionGroup>(group));
    }

    // Each sweep waits until the entries have doubled, so its cost is spread over the additions.
    private void Sweep()
    {
        foreach (var (hash, candidates) in groups)
        {
            entries -= candidates.RemoveAll(candidate => !candidate.TryGetTarget(out _));
            if (candidates.Count == 0) groups.Remove(hash);
        }

        sweepAt = Math.Max(FirstSweep, entries * 2);
    }
}
