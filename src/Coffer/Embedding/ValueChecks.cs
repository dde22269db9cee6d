using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Whether values that come from the host have the types that a guest relies on.</summary>
internal static class ValueChecks
{
    /// <summary>Throws unless a value has a type and belongs to a store, as far as values belong to one.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void Require(Value value, ValueType type, Store store, string what)
    {
        if (type.Kind == ValueKind.Reference)
        {
            RequireReference(value, type, store, what);
        }
        else if (value.Kind != type.Kind)
        {
            throw new ArgumentException($"{what} must be {type}, not {value.Kind} {value}.");
        }
    }

    /// <summary>The reference in a value, which must be one of a type and of a store.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static object? RequireReference(Value value, ValueType type, Store store, string what)
    {
        if (value.Kind != ValueKind.Reference || !ReferenceFits(value.AsReference(), type))
        {
            throw new ArgumentException($"{what} must be {type}, not {value.Kind} {value}.");
        }

        var reference = value.AsReference();
        return IsForeign(reference, type, store)
            ? throw new ArgumentException($"{what} belongs to another store: {reference}.")
            : reference;
    }

    /// <summary>
    /// Whether a guest of a store could call a function, or open an exception, of another store through a reference. It
    /// would run with stack limits of another thread. As an opaque externref it may have anything.
    /// </summary>
    public static bool IsForeign(object? reference, ValueType type, Store store) =>
        type.Heap.Kind is not (HeapKind.Extern or HeapKind.Any) && reference switch
        {
            FuncRef function => function.Store != store,
            GuestException exception => exception.Tag.Store != store,
            _ => false,
        };

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
