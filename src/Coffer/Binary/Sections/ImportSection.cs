using Coffer.Types;

namespace Coffer.Binary.Sections;

/// <summary>
/// The import section (specification, section 5.5.5), and its compact form: an entry whose second name is empty and
/// whose kind is 0x7F or 0x7E stands for several imports from one module.
/// </summary>
internal static class ImportSection
{
    private const string Malformed = "malformed import kind";
    private const byte NamesAndTypes = 0x7F;
    private const byte NamesOfOneType = 0x7E;

    public static void Decode(ref WasmReader reader, ModuleBuilder module)
    {
        var limit = module.Limits.Imports;
        var entries = reader.ReadCount(limit, nameof(ModuleLimits.Imports));
        for (var entry = 0; entry < entries; entry++)
        {
            var start = reader.Offset;
            var from = reader.ReadName();
            var name = reader.ReadName();
            if (name.Length == 0 && reader.Peek() is NamesAndTypes or NamesOfOneType)
            {
                ReadGroup(ref reader, module, from);
                continue;
            }

            if (module.Imports.Count == limit)
            {
                ModuleLimits.ThrowExceeded(nameof(ModuleLimits.Imports), limit, limit + 1L, start);
            }

            Add(module, from, name, ReadType(ref reader, module), start);
        }
    }

    private static void ReadGroup(ref WasmReader reader, ModuleBuilder module, string from)
    {
        module.Require(Features.CompactImports, Malformed, "a group of imports", reader.Offset);
        ImportedType? shared = null;
        if (reader.ReadByte() == NamesOfOneType) shared = ReadType(ref reader, module);
        var count = reader.ReadCount(module.Limits.Imports, nameof(ModuleLimits.Imports), module.Imports.Count);
        for (var i = 0; i < count; i++)
        {
            var start = reader.Offset;
            var name = reader.ReadName();
            Add(module, from, name, shared ?? ReadType(ref reader, module), start);
        }
    }

    private static ImportedType ReadType(ref WasmReader reader, ModuleBuilder module)
    {
        var start = reader.Offset;
        var kind = (ExternalKind)reader.ReadByte();
        return kind switch
        {
            ExternalKind.Function => new(kind, Index: reader.ReadIndex()),
            ExternalKind.Table => new(kind, Table: ExternalTypeReader.ReadTable(ref reader, module)),
            ExternalKind.Memory => new(kind, Memory: ExternalTypeReader.ReadMemory(ref reader, module)),
            ExternalKind.Global => new(kind, Global: ExternalTypeReader.ReadGlobal(ref reader, module)),
            ExternalKind.Tag => new(kind, Index: ExternalTypeReader.ReadTag(ref reader, module)),
            _ => throw new MalformedException($"{Malformed}: 0x{(byte)kind:x}", start),
        };
    }

    private static void Add(ModuleBuilder module, string from, string name, ImportedType type, int start)
    {
        var index = type.Kind switch
        {
            ExternalKind.Function => module.ImportedFunctions++,
            ExternalKind.Table => module.ImportedTables++,
            ExternalKind.Memory => module.ImportedMemories++,
            ExternalKind.Global => module.ImportedGlobals++,
            _ => module.ImportedTags++,
        };
        CheckLimit(module.Limits, type.Kind, index, start);
        module.Imports.Add(new ImportDeclaration(from, name, type.Kind, index, start));
        switch (type.Kind)
        {
            case ExternalKind.Function:
                module.Functions.Add(new FunctionDeclaration(type.Index, default, start));
                break;
            case ExternalKind.Table:
                module.Tables.Add(new TableDeclaration(type.Table!, default, start));
                break;
            case ExternalKind.Memory:
                module.Memories.Add(type.Memory!);
                module.MemoryOffsets.Add(start);
                break;
            case ExternalKind.Global:
                module.Globals.Add(new GlobalDeclaration(type.Global!, default, start));
                break;
            case ExternalKind.Tag:
                module.Tags.Add(new TagDeclaration(type.Index, start));
                break;
        }
    }

    private static void CheckLimit(ModuleLimits limits, ExternalKind kind, int index, int start)
    {
        var (limit, name) = kind switch
        {
            ExternalKind.Function => (limits.Functions, nameof(ModuleLimits.Functions)),
            ExternalKind.Table => (limits.Tables, nameof(ModuleLimits.Tables)),
            ExternalKind.Memory => (limits.Memories, nameof(ModuleLimits.Memories)),
            ExternalKind.Global => (limits.Globals, nameof(ModuleLimits.Globals)),
            _ => (limits.Tags, nameof(ModuleLimits.Tags)),
        };
        if (index >= limit) ModuleLimits.ThrowExceeded(name, limit, index + 1L, start);
    }

    private readonly record struct ImportedType(
        ExternalKind Kind, int Index = 0, TableType? Table = null, MemoryType? Memory = null, GlobalType? Global = null);
}
