using System.Collections.Immutable;

namespace Coffer.Types;

/// <summary>
/// What the type indices of one recursion group mean: those of the group itself are relative to it, the earlier ones
/// are canonical types already.
/// </summary>
/// <param name="types">The types of the module; those before <paramref name="first"/> are there.</param>
/// <param name="first">The index of the group's first type.</param>
/// <param name="count">How many types the group has.</param>
internal readonly ref struct TypeResolution(ReadOnlySpan<DefinedType> types, int first, int count)
{
    private readonly ReadOnlySpan<DefinedType> types = types;

    /// <summary>The index of the group's first type.</summary>
    public int First => first;

    /// <summary>The place in the group that <paramref name="heap"/> refers to, or -1 when it refers to elsewhere.</summary>
    public int RelativeIndex(HeapType heap) => heap.Definition is null ? heap.Index - first : -1;

    /// <summary>The place in the group that a module type index refers to, or a negative number.</summary>
    public int RelativeIndex(int index) => index - first;

    /// <summary>The canonical type that a heap type outside the group refers to.</summary>
    public DefinedType External(HeapType heap) => heap.Definition ?? types[heap.Index];

    /// <summary>The canonical type of an index before the group.</summary>
    public DefinedType External(int index) => types[index];

    /// <summary>Refuses indices of types that do not exist, and supertypes that do not come earlier.</summary>
    public void CheckIndices(ReadOnlySpan<SubTypeDeclaration> members)
    {
        for (var i = 0; i < members.Length; i++)
        {
            var member = members[i];
            if (member.SupertypeIndex >= first + i)
            {
                throw new InvalidException($"unknown type {member.SupertypeIndex}: a supertype must come first", member.Offset);
            }

            switch (member.Composite)
            {
                case FunctionType function:
                    foreach (var type in function.Parameters) CheckIndex(type, member);
                    foreach (var type in function.Results) CheckIndex(type, member);
                    break;
                case StructType structure:
                    foreach (var field in structure.Fields) CheckIndex(field.Type, member);
                    break;
                case ArrayType array:
                    CheckIndex(array.Element.Type, member);
                    break;
            }
        }
    }

    /// <summary>The type of an index, inside <paramref name="group"/> or before it.</summary>
    public DefinedType Resolve(int index, RecursionGroup group) =>
        index >= first ? group.Types[index - first] : types[index];

    /// <summary>The composite type with indices replaced by types.</summary>
    public CompositeType Resolve(CompositeType composite, RecursionGroup group)
    {
        switch (composite)
        {
            case FunctionType function:
                return new FunctionType(Resolve(function.Parameters, group), Resolve(function.Results, group));
            case StructType structure:
                var fields = ImmutableArray.CreateBuilder<FieldType>(structure.Fields.Length);
                foreach (var field in structure.Fields) fields.Add(field with { Type = Resolve(field.Type, group) });
                return new StructType(fields.MoveToImmutable());
            default:
                var element = ((ArrayType)composite).Element;
                return new ArrayType(element with { Type = Resolve(element.Type, group) });
        }
    }

    private ImmutableArray<ValueType> Resolve(ImmutableArray<ValueType> values, RecursionGroup group)
    {
        var needed = false;
        foreach (var value in values) needed |= value.IsReference && value.Heap.IsConcrete;
        if (!needed) return values;

        var resolved = ImmutableArray.CreateBuilder<ValueType>(values.Length);
        foreach (var value in values) resolved.Add(Resolve(value, group));
        return resolved.MoveToImmutable();
    }

    private ValueType Resolve(ValueType value, RecursionGroup group)
    {
        if (!value.IsReference || !value.Heap.IsConcrete) return value;
        var definition = value.Heap.Definition ?? Resolve(value.Heap.Index, group);

        // The index of one module would mislead in the messages of another.
        return ValueType.Reference(new HeapType(definition, -1), value.IsNullable);
    }

    private void CheckIndex(ValueType type, SubTypeDeclaration member)
    {
        if (type.IsReference && type.Heap.Index >= first + count)
        {
            throw new InvalidException($"unknown type {type.Heap.Index}", member.Offset);
        }
    }
}
