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

    public DeclarationList<SubTypeDeclaration> TypeDeclarations { get; } = new();
    public DeclarationList<RecursionGroupDeclaration> RecursionGroups { get; } = new();
    public DeclarationList<ImportDeclaration> Imports { get; } = new();
    public DeclarationList<FunctionDeclaration> Functions { get; } = new();
    public DeclarationList<TableDeclaration> Tables { get; } = new();
    public DeclarationList<MemoryType> Memories { get; } = new();
    public DeclarationList<int> MemoryOffsets { get; } = new();
    public DeclarationList<TagDeclaration> Tags { get; } = new();
    public DeclarationList<GlobalDeclaration> Globals { get; } = new();
    public DeclarationList<ExportDeclaration> Exports { get; } = new();
    public DeclarationList<ElementSegment> Elements { get; } = new();
    public DeclarationList<DataSegment> Data { get; } = new();
    public DeclarationList<CustomSection> CustomSections { get; } = new();

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
        TypeDeclarations = TypeDeclarations.ToImmutable(),
        RecursionGroups = RecursionGroups.ToImmutable(),
        Types = Types,
        Imports = Imports.ToImmutable(),
        Functions = Functions.ToImmutable(),
        Tables = Tables.ToImmutable(),
        Memories = Memories.ToImmutable(),
        MemoryOffsets = MemoryOffsets.ToImmutable(),
        Tags = Tags.ToImmutable(),
        Globals = Globals.ToImmutable(),
        Exports = Exports.ToImmutable(),
        Elements = Elements.ToImmutable(),
        Data = Data.ToImmutable(),
        CustomSections = CustomSections.ToImmutable(),
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
