namespace Coffer.Types;

/// <summary>A value type (specification, section 2.3): a number, a vector or a reference. Immutable.</summary>
public readonly struct ValueType : IEquatable<ValueType>
{
    private ValueType(ValueKind kind) => Kind = kind;

    private ValueType(HeapType heap, bool nullable)
    {
        Kind = ValueKind.Reference;
        Heap = heap;
        IsNullable = nullable;
    }

    /// <summary>32-bit integer.</summary>
    public static ValueType I32 => new(ValueKind.I32);
    /// <summary>64-bit integer.</summary>
    public static ValueType I64 => new(ValueKind.I64);
    /// <summary>32-bit IEEE 754 number.</summary>
    public static ValueType F32 => new(ValueKind.F32);
    /// <summary>64-bit IEEE 754 number.</summary>
    public static ValueType F64 => new(ValueKind.F64);
    /// <summary>128-bit vector.</summary>
    public static ValueType V128 => new(ValueKind.V128);
    /// <summary><c>funcref</c>: a nullable reference to any function.</summary>
    public static ValueType FuncRef => Reference(HeapKind.Func);
    /// <summary><c>externref</c>: a nullable reference to any host value.</summary>
    public static ValueType ExternRef => Reference(HeapKind.Extern);

    /// <summary>The type of a kind that is no reference.</summary>
    internal static ValueType Number(ValueKind kind) => new(kind);

    /// <summary>The type of a value in unreachable code: matches every type.</summary>
    internal static ValueType Bottom => default;

    /// <summary>The kind of value.</summary>
    public ValueKind Kind { get; }

    /// <summary>What a reference refers to; meaningful only when <see cref="IsReference"/>.</summary>
    public HeapType Heap { get; }

    /// <summary>Whether a reference may be null.</summary>
    public bool IsNullable { get; }

    /// <summary>Whether this is a reference type.</summary>
    public bool IsReference => Kind == ValueKind.Reference;

    /// <summary>Whether this is a number type (i32, i64, f32, f64).</summary>
    public bool IsNumeric => Kind is ValueKind.I32 or ValueKind.I64 or ValueKind.F32 or ValueKind.F64;

    internal bool IsBottom => Kind == ValueKind.Bottom;

    /// <summary>Whether locals and table elements of this type have a default value.</summary>
    public bool IsDefaultable => Kind != ValueKind.Reference || IsNullable;

    /// <summary>A reference type.</summary>
    public static ValueType Reference(HeapType heap, bool nullable = true) => new(heap, nullable);

    /// <summary>A reference to an abstract heap type.</summary>
    public static ValueType Reference(HeapKind heap, bool nullable = true) => new(new HeapType(heap), nullable);

    /// <summary>The same reference type without null.</summary>
    public ValueType AsNonNullable() => IsReference ? new ValueType(Heap, false) : this;

    /// <inheritdoc/>
    public bool Equals(ValueType other) =>
        Kind == other.Kind && (Kind != ValueKind.Reference || (IsNullable == other.IsNullable && Heap == other.Heap));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ValueType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => IsReference ? HashCode.Combine(Kind, IsNullable, Heap) : (int)Kind;

    /// <summary>Whether two value types are the same.</summary>
    public static bool operator ==(ValueType left, ValueType right) => left.Equals(right);

    /// <summary>Whether two value types differ.</summary>
    public static bool operator !=(ValueType left, ValueType right) => !left.Equals(right);

    /// <summary>The type as the text format writes it.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Bottom => "bot",
        ValueKind.Reference => ReferenceToString(),
        _ => Kind.ToString().ToLowerInvariant(),
    };

    private string ReferenceToString() => (IsNullable, Heap.Kind) switch
    {
        (true, HeapKind.None) => "nullref",
        (true, HeapKind.NoFunc) => "nullfuncref",
        (true, HeapKind.NoExtern) => "nullexternref",
        (true, HeapKind.NoExn) => "nullexnref",
        (true, HeapKind.Concrete or HeapKind.Bottom) => $"(ref null {Heap})",
        (true, _) => $"{Heap}ref",
        _ => $"(ref {Heap})",
    };
}
