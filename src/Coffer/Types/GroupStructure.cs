using System.Collections.Immutable;

namespace Coffer.Types;

/// <summary>
/// Structural equality of recursion groups: references inside the group compare by their place in it, references out
/// of it by the identity of the canonical type. Both passes are linear in the size of the group.
/// </summary>
internal static class GroupStructure
{
    /// <summary>A hash that equal groups share, whichever module declares them.</summary>
    public static int Hash(ReadOnlySpan<SubTypeDeclaration> members, TypeResolution resolution)
    {
        var hash = new HashCode();
        hash.Add(members.Length);
        foreach (var member in members)
        {
            hash.Add(member.IsFinal);
            hash.Add(HashIndex(member.SupertypeIndex, resolution));
            switch (member.Composite)
            {
                case FunctionType function:
                    hash.Add(function.Parameters.Length);
                    foreach (var type in function.Parameters) Add(ref hash, type, resolution);
                    hash.Add(function.Results.Length);
                    foreach (var type in function.Results) Add(ref hash, type, resolution);
                    break;
                case StructType structure:
                    hash.Add(~structure.Fields.Length);
                    foreach (var field in structure.Fields) Add(ref hash, field, resolution);
                    break;
                case ArrayType array:
                    Add(ref hash, array.Element, resolution);
                    break;
            }
        }

        return hash.ToHashCode();
    }

    /// <summary>Whether the declared group is the canonical group <paramref name="group"/>.</summary>
    public static bool Matches(
        RecursionGroup group, ReadOnlySpan<SubTypeDeclaration> members, TypeResolution resolution)
    {
        if (group.Types.Length != members.Length) return false;
        for (var i = 0; i < members.Length; i++)
        {
            var type = group.Types[i];
            if (type.IsFinal != members[i].IsFinal
                || !SupertypeMatches(type.Supertype, members[i].SupertypeIndex, group, resolution)
                || !Matches(type.Composite, members[i].Composite, group, resolution))
            {
                return false;
            }
        }

        return true;
    }

    private static int HashIndex(int index, TypeResolution resolution)
    {
        if (index < 0) return 0;
        var relative = resolution.RelativeIndex(index);
        return relative >= 0 ? ~relative : resolution.External(index).Id;
    }

    private static void Add(ref HashCode hash, FieldType field, TypeResolution resolution)
    {
        hash.Add(((int)field.Packing << 1) | (field.IsMutable ? 1 : 0));
        Add(ref hash, field.Type, resolution);
    }

    private static void Add(ref HashCode hash, ValueType type, TypeResolution resolution)
    {
        hash.Add((int)type.Kind);
        if (!type.IsReference) return;
        hash.Add(((int)type.Heap.Kind << 1) | (type.IsNullable ? 1 : 0));
        if (!type.Heap.IsConcrete) return;
        var relative = resolution.RelativeIndex(type.Heap);
        hash.Add(relative >= 0 ? ~relative : resolution.External(type.Heap).Id);
    }

    private static bool SupertypeMatches(DefinedType? supertype, int index, RecursionGroup group, TypeResolution resolution)
    {
        if (index < 0 || supertype is null) return index < 0 && supertype is null;
        var relative = resolution.RelativeIndex(index);
        return ReferenceEquals(supertype, relative >= 0 ? group.Types[relative] : resolution.External(index));
    }

    private static bool Matches(
        CompositeType type, CompositeType declared, RecursionGroup group, TypeResolution resolution) => (type, declared) switch
    {
        (FunctionType a, FunctionType b) => Matches(a.Parameters, b.Parameters, group, resolution)
            && Matches(a.Results, b.Results, group, resolution),
        (StructType a, StructType b) => Matches(a.Fields, b.Fields, group, resolution),
        (ArrayType a, ArrayType b) => Matches(a.Element, b.Element, group, resolution),
        _ => false,
    };

    private static bool Matches(
        ImmutableArray<ValueType> types, ImmutableArray<ValueType> declared, RecursionGroup group, TypeResolution resolution)
    {
        if (types.Length != declared.Length) return false;
        for (var i = 0; i < types.Length; i++)
        {
            if (!Matches(types[i], declared[i], group, resolution)) return false;
        }

        return true;
    }

    private static bool Matches(
        ImmutableArray<FieldType> fields, ImmutableArray<FieldType> declared, RecursionGroup group, TypeResolution resolution)
    {
        if (fields.Length != declared.Length) return false;
        for (var i = 0; i < fields.Length; i++)
        {
            if (!Matches(fields[i], declared[i], group, resolution)) return false;
        }

        return true;
    }

    private static bool Matches(FieldType field, FieldType declared, RecursionGroup group, TypeResolution resolution) =>
        field.IsMutable == declared.IsMutable && field.Packing == declared.Packing
        && Matches(field.Type, declared.Type, group, resolution);

    private static bool Matches(ValueType type, ValueType declared, RecursionGroup group, TypeResolution resolution)
    {
        if (type.Kind != declared.Kind) return false;
        if (!type.IsReference) return true;
        if (type.IsNullable != declared.IsNullable || type.Heap.Kind != declared.Heap.Kind) return false;
        if (!type.Heap.IsConcrete) return true;
        var relative = resolution.RelativeIndex(declared.Heap);
        return ReferenceEquals(
            type.Heap.Definition, relative >= 0 ? group.Types[relative] : resolution.External(declared.Heap));
    }
}
