namespace Coffer.Types;

/// <summary>
/// A type of the type section, canonical in its engine: two types that the specification calls equivalent (section
/// 3.1.9, iso-recursive) are the same object, whichever module they came from. Immutable.
/// </summary>
public sealed class DefinedType
{
    private DefinedType[]? display;

    /// <summary>
    /// The chain of declared supertypes from the root down to this type itself; a type at depth d is a subtype of
    /// another at depth e ≤ d exactly when <c>Display[e]</c> is that other. Built when first asked for: a hostile
    /// module may declare a million types of great depth.
    /// </summary>
    internal DefinedType[] Display => display ??= BuildDisplay();

    /// <summary>The number of declared supertypes above this type.</summary>
    internal int Depth { get; private set; }

    /// <summary>The place of this type in its <see cref="Group"/>.</summary>
    internal int IndexInGroup { get; private set; }

    internal DefinedType(int id, bool isFinal)
    {
        Id = id;
        IsFinal = isFinal;
    }

    /// <summary>A number that is unique among the types of all engines of the process; for hashing and diagnostics.</summary>
    public int Id { get; }

    /// <summary>Whether no other type may declare this one as its supertype.</summary>
    public bool IsFinal { get; }

    /// <summary>The declared supertype, if any.</summary>
    public DefinedType? Supertype { get; private set; }

    /// <summary>The function, struct or array type.</summary>
    public CompositeType Composite { get; private set; } = null!;

    /// <summary>The function type, or null when this is a struct or array type.</summary>
    public FunctionType? Function => Composite as FunctionType;

    /// <summary>The recursion group this type belongs to. Keeps the whole group alive.</summary>
    internal RecursionGroup Group { get; private set; } = null!;

    /// <summary>Completes a type of a recursion group, whose members may refer to each other.</summary>
    internal void Complete(RecursionGroup group, int indexInGroup, CompositeType composite, DefinedType? supertype)
    {
        Group = group;
        IndexInGroup = indexInGroup;
        Composite = composite;
        Supertype = supertype;
        Depth = supertype is null ? 0 : supertype.Depth + 1;
    }

    /// <summary>Whether values of this type are values of <paramref name="other"/>.</summary>
    internal bool IsSubtypeOf(DefinedType other)
    {
        var type = this;
        while (type.Depth > other.Depth) type = type.Supertype!;
        return ReferenceEquals(type, other);
    }

    private DefinedType[] BuildDisplay()
    {
        var chain = new DefinedType[Depth + 1];
        for (var type = this; type is not null; type = type.Supertype) chain[type.Depth] = type;
        return chain;
    }

    /// <inheritdoc/>
    public override string ToString() => Composite?.ToString() ?? $"type#{Id}";
}

/// <summary>A canonical recursion group: types that may refer to each other and share one identity.</summary>
internal sealed class RecursionGroup(DefinedType[] types)
{
    public DefinedType[] Types { get; } = types;
}
