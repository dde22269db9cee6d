using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>The second pass over a module: writes the sections field by field (specification, section 6.6).</summary>
internal sealed class FieldParser
{
    private readonly ModuleContext module;
    private readonly TokenReader reader;
    private readonly TypeParser types;
    private readonly TypeUseParser typeUses;
    private readonly InstructionParser instructions;
    private readonly LimitsParser limits;
    private readonly SegmentParser segments;
    private readonly FunctionParser functions;
    private uint nextFunction;
    private uint nextTable;
    private uint nextMemory;
    private uint nextGlobal;
    private uint nextTag;

    public FieldParser(ModuleContext module, TypeParser types, TypeUseParser typeUses)
    {
        this.module = module;
        this.types = types;
        this.typeUses = typeUses;
        reader = module.Reader;
        instructions = new InstructionParser(module, types, typeUses);
        limits = new LimitsParser(module, types);
        segments = new SegmentParser(module, types, instructions);
        functions = new FunctionParser(module, types, typeUses, instructions);
    }

    /// <summary>The branch hints, as the content of their custom section; null when there are none.</summary>
    public byte[]? EncodeHints() => functions.EncodeHints();

    /// <summary>Parses one field.</summary>
    public void ParseField()
    {
        var left = reader.Position;
        reader.Expect(TokenKind.LeftParen);
        if (reader.TryKeyword("func"u8)) ParseFunction();
        else if (reader.IsKeyword("type"u8) || reader.IsKeyword("rec"u8))
        {
            // Defined by the first pass.
            reader.SkipGroup(left);
            return;
        }
        else if (reader.TryKeyword("import"u8)) ParseImports();
        else if (reader.TryKeyword("export"u8)) ParseExport();
        else if (reader.TryKeyword("global"u8)) ParseGlobal();
        else if (reader.TryKeyword("memory"u8)) ParseMemory();
        else if (reader.TryKeyword("table"u8)) ParseTable();
        else if (reader.TryKeyword("tag"u8)) ParseTag();
        else if (reader.TryKeyword("elem"u8)) segments.ParseElements();
        else if (reader.TryKeyword("data"u8)) segments.ParseData();
        else if (reader.TryKeyword("start"u8)) ParseStart(left);
        else reader.ThrowUnexpected();
        reader.ExpectClose();
    }

    private void ParseFunction()
    {
        var index = nextFunction++;
        if (TryParseImport(ExternalKind.Function, index, out var entry)) functions.WriteImportedType(entry!, index);
        else functions.ParseDefinition(index);
    }

    private void ParseGlobal()
    {
        if (TryParseImport(ExternalKind.Global, nextGlobal++, out var entry))
        {
            types.WriteGlobalType(entry!);
            return;
        }

        entry = module.Sections.Globals.Add();
        types.WriteGlobalType(entry);
        instructions.ParseExpression(entry);
    }

    private void ParseTag()
    {
        if (!TryParseImport(ExternalKind.Tag, nextTag++, out var entry)) entry = module.Sections.Tags.Add();
        WriteTagType(entry!);
    }

    private void ParseMemory()
    {
        var index = nextMemory++;
        if (TryParseImport(ExternalKind.Memory, index, out var entry))
        {
            limits.WriteMemoryType(entry!);
            return;
        }

        entry = module.Sections.Memories.Add();
        if (limits.IsInlineData) segments.ParseInlineData(index, entry, limits);
        else limits.WriteMemoryType(entry);
    }

    private void ParseTable()
    {
        var index = nextTable++;
        if (TryParseImport(ExternalKind.Table, index, out var entry))
        {
            limits.WriteTableType(entry!);
            return;
        }

        entry = module.Sections.Tables.Add();
        if (limits.IsInlineElements(types))
        {
            segments.ParseInlineElements(index, entry, limits);
            return;
        }

        var type = new WasmWriter();
        limits.WriteTableType(type);
        if (reader.Kind == TokenKind.RightParen)
        {
            entry.WriteBytes(type.Written);
            return;
        }

        // A table with an initializer (section 5.5.8).
        entry.WriteByte(0x40);
        entry.WriteByte(0);
        entry.WriteBytes(type.Written);
        instructions.ParseExpression(entry);
    }

    // The identifier, inline exports, and an inline import, whose type is yet to be written to the entry.
    private bool TryParseImport(ExternalKind kind, uint index, out WasmWriter? entry)
    {
        if (reader.Kind == TokenKind.Identifier) reader.Position++;
        while (reader.TryOpen("export"u8))
        {
            module.WriteExport((byte)kind, index);
            reader.ExpectClose();
        }

        entry = null;
        if (!reader.TryOpen("import"u8)) return false;
        entry = module.Sections.Imports.Add();
        entry.WriteSized(reader.ReadName());
        entry.WriteSized(reader.ReadName());
        entry.WriteByte((byte)kind);
        reader.ExpectClose();
        return true;
    }

    private void ParseImports()
    {
        var moduleName = reader.ReadName().ToArray();
        if (!reader.IsOpen("item"u8))
        {
            ParseImport(moduleName, reader.ReadName().ToArray());
            return;
        }

        foreach (var item in CompactImports.Read(reader))
        {
            var end = reader.Position;
            reader.Position = item.Name;
            var name = reader.ReadName().ToArray();
            reader.Position = item.Type;
            ParseImport(moduleName, name);
            reader.Position = end;
        }
    }

    private void ParseImport(byte[] moduleName, byte[] name)
    {
        var entry = module.Sections.Imports.Add();
        entry.WriteSized(moduleName);
        entry.WriteSized(name);
        reader.Expect(TokenKind.LeftParen);
        var kind = ReadKind();
        if (reader.Kind == TokenKind.Identifier) reader.Position++;
        entry.WriteByte((byte)kind);
        switch (kind)
        {
            case ExternalKind.Function: functions.WriteImportedType(entry, nextFunction++); break;
            case ExternalKind.Table: limits.WriteTableType(entry); nextTable++; break;
            case ExternalKind.Memory: limits.WriteMemoryType(entry); nextMemory++; break;
            case ExternalKind.Global: types.WriteGlobalType(entry); nextGlobal++; break;
            default: WriteTagType(entry); nextTag++; break;
        }

        reader.ExpectClose();
    }

    private void WriteTagType(WasmWriter entry)
    {
        entry.WriteByte(0);
        entry.WriteUnsigned(typeUses.Read(ParameterNames.Ignored));
    }

    private void ParseExport()
    {
        var entry = module.Sections.Exports.Add();
        entry.WriteSized(reader.ReadName());
        reader.Expect(TokenKind.LeftParen);
        var kind = ReadKind();
        entry.WriteByte((byte)kind);
        entry.WriteUnsigned(module.ReadIndex(kind switch
        {
            ExternalKind.Function => module.Functions,
            ExternalKind.Table => module.Tables,
            ExternalKind.Memory => module.Memories,
            ExternalKind.Global => module.Globals,
            _ => module.Tags,
        }));
        reader.ExpectClose();
    }

    private void ParseStart(int left)
    {
        if (module.Sections.Start.Count > 0) reader.Throw(left, "multiple start sections");
        module.Sections.Start.Add().WriteUnsigned(module.ReadIndex(module.Functions));
    }

    private ExternalKind ReadKind()
    {
        if (reader.TryKeyword("func"u8)) return ExternalKind.Function;
        if (reader.TryKeyword("table"u8)) return ExternalKind.Table;
        if (reader.TryKeyword("memory"u8)) return ExternalKind.Memory;
        if (reader.TryKeyword("global"u8)) return ExternalKind.Global;
        if (!reader.TryKeyword("tag"u8)) reader.ThrowUnexpected();
        return ExternalKind.Tag;
    }
}
