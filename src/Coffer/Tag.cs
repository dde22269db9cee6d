using Coffer.Types;

namespace Coffer;

/// <summary>A tag of a store: the identity of a kind of exception (specification, section 4.2.10). Immutable.</summary>
public sealed class Tag
{
    internal readonly DefinedType Type;

    internal Tag(Store store, DefinedType type)
    {
        Store = store;
        Type = type;
    }

    /// <summary>A new tag whose exceptions carry values of the given types.</summary>
    public Tag(Store store, params ValueType[] values)
        : this(store, store.Engine.Types.Canonicalize(new FunctionType([.. values], [])))
    {
    }

    /// <summary>The store it belongs to.</summary>
    public Store Store { get; }

    /// <summary>The types of the values its exceptions carry, as parameters of a function type.</summary>
    public FunctionType FunctionType => Type.Function!;
}
