using System.Collections.Immutable;
using Coffer.Binary.Sections;
using Coffer.Types;

namespace Coffer.Binary;

/// <summary>
/// Decodes a binary module (specification, section 5.5). As the specification's own decoder does, sections are read
/// without a bound of their own, and that each ended where it said is checked afterwards.
/// </summary>
internal static class ModuleDecoder
{
    private const uint Magic = 0x6D736100;
    private const string UnexpectedEnd = "unexpected end";

    /// <summary>Decodes <paramref name="bytes"/>, which must not change while the result is used.</summary>
    /// <exception cref="MalformedException">The bytes are not a module.</exception>
    /// <exception cref="InvalidException">The type section is invalid.</exception>
    /// <exception cref="ExhaustionException">A limit is exceeded.</exception>
    public static ModuleDefinition Decode(
        ReadOnlyMemory<byte> bytes, TypeRegistry registry, Features features, ModuleLimits limits)
    {
        if (bytes.Length > limits.ModuleBytes)
        {
            ModuleLimits.ThrowExceeded(nameof(ModuleLimits.ModuleBytes), limits.ModuleBytes, bytes.Length, 0);
        }

        var reader = new WasmReader(bytes.Span);
        ReadHeader(ref reader);
        var module = new ModuleBuilder(bytes, features, limits);
        try
        {
            DecodeSections(ref reader, module, registry);
        }
        catch (MalformedException)
        {
            BodyScanner.Check(bytes.Span, module.Functions.ToImmutable().AsSpan(), features);
            throw;
        }

        if (module.TypeError is not null) throw module.TypeError;
        return module.Build();
    }

    /// <summary>Decodes the module that a stream holds.</summary>
    /// <inheritdoc cref="Decode(ReadOnlyMemory{byte}, TypeRegistry, Features, ModuleLimits)"/>
    public static ModuleDefinition Decode(
        Stream stream, TypeRegistry registry, Features features, ModuleLimits limits) =>
        Decode(ModuleStream.Read(stream, limits), registry, features, limits);

    private static void DecodeSections(ref WasmReader reader, ModuleBuilder module, TypeRegistry registry)
    {
        var previous = SectionId.Custom;
        while (!reader.AtEnd)
        {
            var start = reader.Offset;
            var id = (SectionId)reader.ReadByte();
            if (id > SectionId.Tag) throw new MalformedException($"malformed section id: {(int)id}", start);
            if (id == SectionId.Custom)
            {
                CustomSections.Decode(reader.ReadSlice(reader.ReadLength()), module, previous);
                continue;
            }

            var length = reader.ReadU32();
            if (Rank(id) <= Rank(previous))
            {
                throw new MalformedException(
                    $"unexpected content after last section: the {id} section is repeated or out of order", start);
            }

            var end = reader.Offset + length;
            DecodeSection(id, length, ref reader, module, registry);
            if (reader.Offset != end)
            {
                throw new MalformedException(
                    $"section size mismatch: the {id} section ends at 0x{reader.Offset:x}, not at 0x{end:x}", start);
            }

            previous = id;
        }

        CheckLengths(reader.Offset, module);
    }

    private static void ReadHeader(ref WasmReader reader)
    {
        if (reader.ReadFixed32() != Magic) throw new MalformedException("magic header not detected", 0);
        var version = reader.ReadFixed32();
        if (version == 1) return;
        throw new MalformedException(
            version >> 16 == 1
                ? "unknown binary version: this is a component, not a core module"
                : $"unknown binary version: 0x{version:x}",
            4);
    }

    private static void DecodeSection(
        SectionId id, uint length, ref WasmReader reader, ModuleBuilder module, TypeRegistry registry)
    {
        var start = reader.Offset;
        var isCutShort = length > reader.Remaining;
        try
        {
            DecodeSection(id, ref reader, module, registry);
        }
        catch (MalformedException error) when (isCutShort && error.Reason.StartsWith(UnexpectedEnd, StringComparison.Ordinal))
        {
            // Only where nothing else is wrong inside the section is its length the cause.
        }

        if (isCutShort) throw new MalformedException($"length out of bounds: the {id} section", start);
    }

    private static void DecodeSection(SectionId id, ref WasmReader reader, ModuleBuilder module, TypeRegistry registry)
    {
        switch (id)
        {
            case SectionId.Type:
                TypeSection.Decode(ref reader, module);
                DefineTypes(module, registry);
                break;
            case SectionId.Import:
                ImportSection.Decode(ref reader, module);
                break;
            case SectionId.Function:
                CodeSections.DecodeFunctions(ref reader, module);
                break;
            case SectionId.Table:
                EntitySections.DecodeTables(ref reader, module);
                break;
            case SectionId.Memory:
                EntitySections.DecodeMemories(ref reader, module);
                break;
            case SectionId.Global:
                EntitySections.DecodeGlobals(ref reader, module);
                break;
            case SectionId.Export:
                ExportSections.DecodeExports(ref reader, module);
                break;
            case SectionId.Start:
                ExportSections.DecodeStart(ref reader, module);
                break;
            case SectionId.Element:
                ElementSection.Decode(ref reader, module);
                break;
            case SectionId.Code:
                CodeSections.DecodeBodies(ref reader, module);
                break;
            case SectionId.Data:
                DataSections.DecodeSegments(ref reader, module);
                break;
            case SectionId.DataCount:
                DataSections.DecodeCount(ref reader, module);
                break;
            case SectionId.Tag:
                EntitySections.DecodeTags(ref reader, module);
                break;
        }
    }

    private static void DefineTypes(ModuleBuilder module, TypeRegistry registry)
    {
        try
        {
            module.Types = registry.Define(
                module.TypeDeclarations.ToImmutable(), module.RecursionGroups.ToImmutable(), module.Limits);
        }
        catch (InvalidException error)
        {
            module.TypeError = error;
        }
    }

    private static void CheckLengths(int end, ModuleBuilder module)
    {
        var defined = module.Functions.Count - module.ImportedFunctions;
        if (defined != module.BodyCount)
        {
            throw new MalformedException(
                $"function and code section have inconsistent lengths: {defined} and {module.BodyCount}", end);
        }

        if (module.DataCount is { } count && count != module.Data.Count)
        {
            throw new MalformedException(
                $"data count and data section have inconsistent lengths: {count} and {module.Data.Count}", end);
        }
    }

    /// <summary>The place of a section in the prescribed order (section 5.5.17).</summary>
    private static int Rank(SectionId id) => id switch
    {
        SectionId.Custom => 0,
        SectionId.Type => 1,
        SectionId.Import => 2,
        SectionId.Function => 3,
        SectionId.Table => 4,
        SectionId.Memory => 5,
        SectionId.Tag => 6,
        SectionId.Global => 7,
        SectionId.Export => 8,
        SectionId.Start => 9,
        SectionId.Element => 10,
        SectionId.DataCount => 11,
        SectionId.Code => 12,
        _ => 13,
    };
}
