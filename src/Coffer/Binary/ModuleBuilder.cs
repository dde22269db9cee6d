using System.Collections.Immutable;
using Coffer.Types;

namespace Coffer.Binary;

/// <summary>What the section decoders have gathered so far.</summary>
internal sealed class ModuleBuilder(ReadOnlyMemory<byte> bytes, Features features, ModuleLimits limits)
{
    /// <summary>The types that later sections refer to; empty before the type section and when that was invalid.</summary>
    public ImmutableArray<DefinedType> Types { get; set; } = [];

    /// <summary>Why the types are invalid. Held back, because malformed bytes further on are to be reported first.</summary>
    public InvalidException? TypeError { get; set; }

    public Features Features => features;

    public ModuleLimits Limits => limits;

    public ImmutableArray<SubTypeDeclaration>.Builder TypeDeclarations { get; } = ImmutableArray.CreateBuilder<SubTypeDeclaration>();
    public ImmutableArray<RecursionGroupDeclaration>.Builder RecursionGroups { get; } = ImmutableArray.CreateBuilder<RecursionGroupDeclaration>();
    public ImmutableArray<ImportDeclaration>.Builder Imports { get; } = ImmutableArray.CreateBuilder<ImportDeclaration>();
    public ImmutableArray<FunctionDeclaration>.Builder Functions { get; } = ImmutableArray.CreateBuilder<FunctionDeclaration>();
    public ImmutableArray<TableDeclaration>.Builder Tables { get; } = ImmutableArray.CreateBuilder<TableDeclaration>();
    public ImmutableArray<MemoryType>.Builder Memories { get; } = ImmutableArray.CreateBuilder<MemoryType>();
    public ImmutableArray<int>.Builder MemoryOffsets { get; } = ImmutableArray.CreateBuilder<int>();
    public ImmutableArray<TagDeclaration>.Builder Tags { get; } = ImmutableArray.CreateBuilder<TagDeclaration>();
    public ImmutableArray<GlobalDeclaration>.Builder Globals { get; } = ImmutableArray.CreateBuilder<GlobalDeclaration>();
    public ImmutableArray<ExportDeclaration>.Builder Exports { get; } = ImmutableArray.CreateBuilder<ExportDeclaration>();
    public ImmutableArray<ElementSegment>.Builder Elements { get; } = ImmutableArray.CreateBuilder<ElementSegment>();
    public ImmutableArray<DataSegment>.Builder Data { get; } = ImmutableArray.CreateBuilder<DataSegment>();
    public ImmutableArray<CustomSection>.Builder CustomSections { get; } = ImmutableArray.CreateBuilder<CustomSection>();

    public int Start { get; set; } = -1;
    public int StartOffset { get; set; }
    public int? DataCount { get; set; }
    public int BodyCount { get; set; }

    public int ImportedFunctions { get; set; }
    public int ImportedTables { get; set; }
    public int ImportedMemories { get; set; }
    public int ImportedGlobals { get; set; }
    public int ImportedTags { get; set; }

    /// <summary>Refuses an encoding that belongs to a proposal which is off.</summary>
    public void Require(Features feature, string error, string what, int offset)
    {
        if ((features & feature) == 0)
        {
            throw new MalformedException($"{error}: {what} needs the feature {feature}, which is switched off", offset);
        }
    }

    /// <summary>The finished module. Call once.</summary>
    public ModuleDefinition Build() => new()
    {
        Bytes = bytes,
        TypeDeclarations = TypeDeclarations.DrainToImmutable(),
        RecursionGroups = RecursionGroups.DrainToImmutable(),
        Types = Types,
        Imports = Imports.DrainToImmutable(),
        Functions = Functions.DrainToImmutable(),
        Tables = Tables.DrainToImmutable(),
        Memories = Memories.DrainToImmutable(),
        MemoryOffsets = MemoryOffsets.DrainToImmutable(),
        Tags = Tags.DrainToImmutable(),
        Globals = Globals.DrainToImmutable(),
        Exports = Exports.DrainToImmutable(),
        Elements = Elements.DrainToImmutable(),
        Data = Data.DrainToImmutable(),
        CustomSections = CustomSections.DrainToImmutable(),
        Start = Start,
        StartOffset = StartOffset,
        HasDataCount = DataCount is not null,
        ImportedFunctions = ImportedFunctions,
        ImportedTables = ImportedTables,
        ImportedMemories = ImportedMemories,
        ImportedGlobals = ImportedGlobals,
        ImportedTags = ImportedTags,
    };
}
