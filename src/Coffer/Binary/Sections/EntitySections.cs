namespace Coffer.Binary.Sections;

/// <summary>The table, memory, tag and global sections (specification, sections 5.5.7 to 5.5.9 and 5.5.16).</summary>
internal static class EntitySections
{
    private const byte HasInitializer = 0x40;

    public static void DecodeTables(ref WasmReader reader, ModuleBuilder module)
    {
        var count = reader.ReadCount(module.Limits.Tables, nameof(ModuleLimits.Tables), module.Tables.Count);
        for (var i = 0; i < count; i++)
        {
            var start = reader.Offset;
            var hasInitializer = reader.Peek() == HasInitializer;
            if (hasInitializer)
            {
                module.Require(Features.FunctionReferences, "malformed reference type", "a table initializer", start);
                reader.Skip(1);
                if (reader.ReadByte() != 0) throw new MalformedException("zero byte expected", start + 1);
            }

            var type = ExternalTypeReader.ReadTable(ref reader, module);
            var initializer = hasInitializer ? Scan(ref reader, module) : default;
            module.Tables.Add(new TableDeclaration(type, initializer, start));
        }
    }

    public static void DecodeMemories(ref WasmReader reader, ModuleBuilder module)
    {
        var count = reader.ReadCount(module.Limits.Memories, nameof(ModuleLimits.Memories), module.Memories.Count);
        for (var i = 0; i < count; i++)
        {
            module.MemoryOffsets.Add(reader.Offset);
            module.Memories.Add(ExternalTypeReader.ReadMemory(ref reader, module));
        }
    }

    public static void DecodeTags(ref WasmReader reader, ModuleBuilder module)
    {
        if ((module.Features & (Features.Exceptions | Features.LegacyExceptions)) == 0)
        {
            throw new InvalidException("exceptions proposal not enabled: a tag section needs the feature Exceptions", reader.Offset);
        }

        var count = reader.ReadCount(module.Limits.Tags, nameof(ModuleLimits.Tags), module.Tags.Count);
        for (var i = 0; i < count; i++)
        {
            var start = reader.Offset;
            module.Tags.Add(new TagDeclaration(ExternalTypeReader.ReadTag(ref reader, module), start));
        }
    }

    public static void DecodeGlobals(ref WasmReader reader, ModuleBuilder module)
    {
        var count = reader.ReadCount(module.Limits.Globals, nameof(ModuleLimits.Globals), module.Globals.Count);
        for (var i = 0; i < count; i++)
        {
            var start = reader.Offset;
            var type = ExternalTypeReader.ReadGlobal(ref reader, module);
            module.Globals.Add(new GlobalDeclaration(type, Scan(ref reader, module), start));
        }
    }

    private static ByteRange Scan(ref WasmReader reader, ModuleBuilder module) =>
        ExpressionScanner.Scan(ref reader, module.Types.AsSpan(), module.Features);
}
