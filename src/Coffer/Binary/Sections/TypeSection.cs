using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Coffer.Types;

namespace Coffer.Binary.Sections;

/// <summary>The type section (specification, sections 5.3.9 to 5.3.12 and 5.5.4).</summary>
internal static class TypeSection
{
    private const byte RecursionGroup = 0x4E;
    private const byte FinalSubType = 0x4F;
    private const byte OpenSubType = 0x50;
    private const byte Array = 0x5E;
    private const byte Struct = 0x5F;
    private const byte Function = 0x60;
    private const string Malformed = "malformed definition type";

    public static void Decode(ref WasmReader reader, ModuleBuilder module)
    {
        var limit = module.Limits.Types;
        var groups = reader.ReadCount(limit, nameof(ModuleLimits.Types));
        for (var group = 0; group < groups; group++)
        {
            var first = module.TypeDeclarations.Count;
            var isExplicit = reader.Peek() == RecursionGroup;
            var count = 1;
            if (isExplicit)
            {
                module.Require(Features.Gc, Malformed, "a recursion group", reader.Offset);
                reader.Skip(1);
                count = reader.ReadCount(limit, nameof(ModuleLimits.Types), first);
            }
            else if (first == limit)
            {
                ModuleLimits.ThrowExceeded(nameof(ModuleLimits.Types), limit, first + 1L, reader.Offset);
            }

            module.RecursionGroups.Add(new RecursionGroupDeclaration(first, count, isExplicit));
            for (var i = 0; i < count; i++) module.TypeDeclarations.Add(ReadSubType(ref reader, module));
        }
    }

    private static SubTypeDeclaration ReadSubType(ref WasmReader reader, ModuleBuilder module)
    {
        var start = reader.Offset;
        var form = reader.Peek();
        if (form is not (FinalSubType or OpenSubType))
        {
            return new SubTypeDeclaration(start, IsFinal: true, -1, ReadComposite(ref reader, module));
        }

        module.Require(Features.Gc, Malformed, "a subtype", start);
        reader.Skip(1);
        var supertypes = reader.ReadCount();
        if (supertypes > 1) throw new InvalidException("sub type has more than one supertype", start);
        var supertype = supertypes == 1 ? reader.ReadIndex() : -1;
        return new SubTypeDeclaration(start, form == FinalSubType, supertype, ReadComposite(ref reader, module));
    }

    private static CompositeType ReadComposite(ref WasmReader reader, ModuleBuilder module)
    {
        var start = reader.Offset;
        var form = reader.ReadByte();
        switch (form)
        {
            case Function:
                var parameters = ReadValueTypes(ref reader, module.Limits.Parameters, nameof(ModuleLimits.Parameters));
                var results = ReadValueTypes(ref reader, module.Limits.Results, nameof(ModuleLimits.Results));
                return new FunctionType(parameters, results);
            case Struct:
                module.Require(Features.Gc, Malformed, "a struct type", start);
                return ReadStruct(ref reader, module.Limits);
            case Array:
                module.Require(Features.Gc, Malformed, "an array type", start);
                return new ArrayType(ReadField(ref reader));
            default:
                // The form is a signed LEB128 of seven bits.
                throw new MalformedException(form >= 0x80 ? "integer representation too long" : Malformed, start);
        }
    }

    private static StructType ReadStruct(ref WasmReader reader, ModuleLimits limits)
    {
        var fields = new FieldType[reader.ReadCount(limits.StructFields, nameof(ModuleLimits.StructFields))];
        for (var i = 0; i < fields.Length; i++) fields[i] = ReadField(ref reader);
        return new StructType([.. fields]);
    }

    private static ImmutableArray<ValueType> ReadValueTypes(ref WasmReader reader, int limit, string name)
    {
        var count = reader.ReadCount(limit, name);
        var types = new ValueType[count];
        for (var i = 0; i < count; i++) types[i] = reader.ReadValueType([]);
        return ImmutableCollectionsMarshal.AsImmutableArray(types);
    }

    private static FieldType ReadField(ref WasmReader reader)
    {
        var packing = reader.Peek() switch
        {
            (int)Packing.I8 => Packing.I8,
            (int)Packing.I16 => Packing.I16,
            _ => Packing.None,
        };
        ValueType type;
        if (packing == Packing.None)
        {
            type = reader.ReadValueType([], "malformed storage type");
        }
        else
        {
            reader.Skip(1);
            type = ValueType.I32;
        }

        return new FieldType(type, packing, ExternalTypeReader.ReadMutability(ref reader));
    }
}
