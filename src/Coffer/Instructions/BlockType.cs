using Coffer.Types;

namespace Coffer.Instructions;

/// <summary>The type of a block as written: nothing, one result, or an index into the type section.</summary>
/// <param name="TypeIndex">The function type's index, or -1.</param>
/// <param name="Result">The single result when there is no type index; <see cref="ValueType.Bottom"/> for none.</param>
internal readonly record struct BlockType(int TypeIndex, ValueType Result)
{
    /// <summary>A block without parameters and results.</summary>
    public static BlockType Empty => new(-1, default);

    /// <summary>Whether the type is that of a block without parameters and results.</summary>
    public bool IsEmpty => TypeIndex < 0 && Result.IsBottom;
}
