using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Whether values that come from the host have the types that a guest relies on.</summary>
internal static class ValueChecks
{
    public static void Require(Value value, ValueType type, string what)
    {
        var fits = value.Kind == type.Kind
            && (type.Kind != ValueKind.Reference || ReferenceFits(value.AsReference(), type));
        if (!fits) throw new ArgumentException($"{what} must be {type}, not {value.Kind} {value}.");
    }

    /// <summary>Whether a reference is a value of a reference type.</summary>
    public static bool ReferenceFits(object? reference, ValueType type)
    {
        if (reference is null) return type.IsNullable;
        return type.Heap.Kind switch
        {
            HeapKind.Extern or HeapKind.Any => true,
            HeapKind.Func => reference is FuncRef,
            HeapKind.Exn => reference is GuestException,
            HeapKind.Concrete when type.Heap.Definition!.Function is not null =>
                reference is FuncRef function && function.Type.IsSubtypeOf(type.Heap.Definition),
            HeapKind.None or HeapKind.NoExn or HeapKind.NoExtern or HeapKind.NoFunc => false,
            _ => Casting.Is(reference, type.Heap),
        };
    }
}
