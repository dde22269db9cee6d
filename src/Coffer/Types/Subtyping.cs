namespace Coffer.Types;

/// <summary>Matching of types (specification, section 3.3).</summary>
internal static class Subtyping
{
    /// <summary>Whether a value of type <paramref name="sub"/> may be used where <paramref name="super"/> is expected.</summary>
    public static bool Matches(ValueType sub, ValueType super)
    {
        if (sub.IsBottom) return true;
        if (sub.Kind != super.Kind) return false;
        if (!sub.IsReference) return true;
        return (!sub.IsNullable || super.IsNullable) && Matches(sub.Heap, super.Heap);
    }

    /// <summary>Matching of heap types (section 3.3.3).</summary>
    public static bool Matches(HeapType sub, HeapType super)
    {
        if (sub.Kind == super.Kind)
        {
            return !sub.IsConcrete || sub.Definition!.IsSubtypeOf(super.Definition!);
        }

        return sub.Kind switch
        {
            HeapKind.Bottom => true,
            HeapKind.Concrete => AbstractOf(sub.Definition!) is var kind
                && (kind == super.Kind || Matches(new HeapType(kind), super)) && !super.IsConcrete,
            HeapKind.I31 or HeapKind.Struct or HeapKind.Array => super.Kind is HeapKind.Eq or HeapKind.Any,
            HeapKind.Eq => super.Kind is HeapKind.Any,
            HeapKind.None => Top(super) == HeapKind.Any,
            HeapKind.NoFunc => Top(super) == HeapKind.Func,
            HeapKind.NoExtern => super.Kind == HeapKind.Extern,
            HeapKind.NoExn => super.Kind == HeapKind.Exn,
            _ => false,
        };
    }

    /// <summary>The top of the hierarchy a heap type belongs to.</summary>
    public static HeapKind Top(HeapType heap) => heap.Kind switch
    {
        HeapKind.Func or HeapKind.NoFunc => HeapKind.Func,
        HeapKind.Extern or HeapKind.NoExtern => HeapKind.Extern,
        HeapKind.Exn or HeapKind.NoExn => HeapKind.Exn,
        HeapKind.Concrete => heap.Definition!.Composite is FunctionType ? HeapKind.Func : HeapKind.Any,
        _ => HeapKind.Any,
    };

    /// <summary>The abstract heap type directly above a defined type.</summary>
    public static HeapKind AbstractOf(DefinedType type) => type.Composite switch
    {
        FunctionType => HeapKind.Func,
        StructType => HeapKind.Struct,
        _ => HeapKind.Array,
    };

    /// <summary>Matching of lists of value types, one by one.</summary>
    public static bool Matches(ReadOnlySpan<ValueType> sub, ReadOnlySpan<ValueType> super)
    {
        if (sub.Length != super.Length) return false;
        for (var i = 0; i < sub.Length; i++)
        {
            if (!Matches(sub[i], super[i])) return false;
        }

        return true;
    }

    /// <summary>Matching of function types: contravariant in parameters, covariant in results (section 3.3.5).</summary>
    public static bool Matches(FunctionType sub, FunctionType super) =>
        Matches(super.Parameters.AsSpan(), sub.Parameters.AsSpan())
        && Matches(sub.Results.AsSpan(), super.Results.AsSpan());

    /// <summary>Matching of fields (section 3.3.8): invariant when mutable.</summary>
    public static bool Matches(FieldType sub, FieldType super)
    {
        if (sub.IsMutable != super.IsMutable || sub.Packing != super.Packing) return false;
        return Matches(sub.Type, super.Type) && (!sub.IsMutable || Matches(super.Type, sub.Type));
    }

    /// <summary>Matching of structures (section 3.3.6): a subtype may add fields at the end.</summary>
    public static bool Matches(CompositeType sub, CompositeType super) => (sub, super) switch
    {
        (FunctionType a, FunctionType b) => Matches(a, b),
        (ArrayType a, ArrayType b) => Matches(a.Element, b.Element),
        (StructType a, StructType b) => FieldsMatch(a, b),
        _ => false,
    };

    private static bool FieldsMatch(StructType sub, StructType super)
    {
        if (sub.Fields.Length < super.Fields.Length) return false;
        for (var i = 0; i < super.Fields.Length; i++)
        {
            if (!Matches(sub.Fields[i], super.Fields[i])) return false;
        }

        return true;
    }

    /// <summary>The reference type left of <paramref name="type"/> when values of <paramref name="removed"/> are taken out (section 3.1.4).</summary>
    public static ValueType Difference(ValueType type, ValueType removed) =>
        removed.IsNullable ? type.AsNonNullable() : type;
}
