namespace Coffer.Types;

/// <summary>A heap type (specification, section 2.3.3): an abstract kind, or a defined type. Immutable.</summary>
public readonly struct HeapType : IEquatable<HeapType>
{
    private readonly int index;

    /// <summary>An abstract heap type.</summary>
    public HeapType(HeapKind kind)
    {
        Kind = kind;
        index = -1;
    }

    internal HeapType(DefinedType? definition, int index)
    {
        Kind = HeapKind.Concrete;
        Definition = definition;
        this.index = index;
    }

    /// <summary>The kind; <see cref="HeapKind.Concrete"/> when <see cref="Definition"/> says which type.</summary>
    public HeapKind Kind { get; }

    /// <summary>The defined type of a concrete heap type, canonical in its engine; null otherwise.</summary>
    public DefinedType? Definition { get; }

    /// <summary>
    /// The index that the module wrote for a concrete type (for printing, and while its recursion group is still
    /// being read); -1 for an abstract type or one that came from elsewhere. No part of the type's identity.
    /// </summary>
    internal int Index => Kind == HeapKind.Concrete ? index : -1;

    /// <summary>Whether this is a type of the type section.</summary>
    public bool IsConcrete => Kind == HeapKind.Concrete;

    /// <inheritdoc/>
    public bool Equals(HeapType other) => Kind == other.Kind && ReferenceEquals(Definition, other.Definition);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HeapType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Definition?.Id);

    /// <summary>Whether two heap types are the same.</summary>
    public static bool operator ==(HeapType left, HeapType right) => left.Equals(right);

    /// <summary>Whether two heap types differ.</summary>
    public static bool operator !=(HeapType left, HeapType right) => !left.Equals(right);

    /// <summary>The name in the text format; a concrete type shows as its index.</summary>
    public override string ToString() => Kind switch
    {
        HeapKind.Concrete => index >= 0 ? index.ToString() : $"type#{Definition?.Id}",
        HeapKind.NoExn => "noexn",
        HeapKind.NoFunc => "nofunc",
        HeapKind.NoExtern => "noextern",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}
