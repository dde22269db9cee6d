using System.Collections.Immutable;

namespace Coffer.Types;

/// <summary>A function, struct or array type (specification, section 2.3.9). Immutable.</summary>
public abstract class CompositeType
{
    private protected CompositeType()
    {
    }
}

/// <summary>A function type: what it takes and what it returns. Immutable.</summary>
public sealed class FunctionType : CompositeType, IEquatable<FunctionType>
{
    /// <summary>A function type.</summary>
    public FunctionType(ImmutableArray<ValueType> parameters, ImmutableArray<ValueType> results)
    {
        Parameters = parameters;
        Results = results;
    }

    /// <summary>The types of the parameters, in order.</summary>
    public ImmutableArray<ValueType> Parameters { get; }

    /// <summary>The types of the results, in order.</summary>
    public ImmutableArray<ValueType> Results { get; }

    /// <inheritdoc/>
    public bool Equals(FunctionType? other) => other is not null
        && Parameters.AsSpan().SequenceEqual(other.Parameters.AsSpan())
        && Results.AsSpan().SequenceEqual(other.Results.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FunctionType);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var type in Parameters) hash.Add(type);
        hash.Add(Parameters.Length);
        foreach (var type in Results) hash.Add(type);
        return hash.ToHashCode();
    }

    /// <summary>The type in arrow notation, such as <c>[i32 i32] -> [i32]</c>.</summary>
    public override string ToString() => $"[{string.Join(' ', Parameters)}] -> [{string.Join(' ', Results)}]";
}

/// <summary>A struct type: its fields in order. Immutable.</summary>
public sealed class StructType : CompositeType
{
    /// <summary>A struct type.</summary>
    public StructType(ImmutableArray<FieldType> fields) => Fields = fields;

    /// <summary>The fields in order.</summary>
    public ImmutableArray<FieldType> Fields { get; }

    /// <inheritdoc/>
    public override string ToString() => $"(struct {string.Join(' ', Fields)})";
}

/// <summary>An array type: the type of every element. Immutable.</summary>
public sealed class ArrayType : CompositeType
{
    /// <summary>An array type.</summary>
    public ArrayType(FieldType element) => Element = element;

    /// <summary>The element type.</summary>
    public FieldType Element { get; }

    /// <inheritdoc/>
    public override string ToString() => $"(array {Element})";
}
