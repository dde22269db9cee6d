using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// A struct or array of a guest (specification, section 4.2.15). Compared by identity, so nothing is overridden but
/// <see cref="ToString"/>.
/// </summary>
internal abstract class GcObject(DefinedType type)
{
    /// <summary>What casts compare; canonical.</summary>
    internal readonly DefinedType Type = type;

    /// <summary>The type, for diagnostics.</summary>
    public override string ToString() => Type.ToString();
}

/// <summary>
/// A struct. Derived classes hold the fields and are made on demand by <see cref="StructLayoutRegistry"/>, one for each
/// shape of storage; several types may share a class.
/// </summary>
internal abstract class StructObject(DefinedType type) : GcObject(type);

/// <summary>An array of any element type.</summary>
internal abstract class ArrayObject(DefinedType type, int length) : GcObject(type)
{
    /// <summary>The number of elements; here, so that <c>array.len</c> needs not know the element type.</summary>
    internal readonly int Length = length;
}

/// <summary>
/// An array whose elements are stored as <typeparamref name="T"/>: sbyte, short, int, long, float, double, Vector128 of
/// byte, or object for every reference.
/// </summary>
internal sealed class ArrayObject<T>(DefinedType type, T[] items) : ArrayObject(type, items.Length)
{
    /// <summary>The elements.</summary>
    internal readonly T[] Items = items;
}
