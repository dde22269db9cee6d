using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>Element and data segments, inline ones included (specification, sections 6.6.9 and 6.6.10).</summary>
internal sealed class SegmentParser(ModuleContext module, TypeParser types, InstructionParser instructions)
{
    private const int Passive = 1;
    private const int HasTable = 2;
    private const int HasExpressions = 4;

    private readonly TokenReader reader = module.Reader;
    private readonly WasmWriter offset = new();
    private readonly WasmWriter items = new();
    private readonly WasmWriter type = new();

    /// <summary>A field <c>(elem …)</c>, after its word.</summary>
    public void ParseElements()
    {
        if (reader.Kind == TokenKind.Identifier) reader.Position++;
        var isDeclarative = reader.TryKeyword("declare"u8);
        var hasTableUse = reader.IsOpen("table"u8);
        var table = TryReadUse("table"u8, module.Tables);
        var hasOffset = reader.Kind == TokenKind.LeftParen && !types.IsReferenceType;
        var isActive = table is not null || (!isDeclarative && hasOffset);
        offset.Clear();
        if (isActive) WriteOffset(offset);
        var mayOmitWord = isActive && !hasTableUse;
        var hasExpressions = ReadElementList(mayOmitWord, out var count);
        WriteElements(isActive, isDeclarative, table ?? 0, hasExpressions, count);
    }

    /// <summary>The type and content of a table: <c>reftype (elem …)</c>.</summary>
    public void ParseInlineElements(uint table, WasmWriter entry, LimitsParser limits)
    {
        var is64 = limits.ReadAddressType();
        type.Clear();
        types.WriteReferenceType(type);
        entry.WriteBytes(type.Written);
        reader.ExpectOpen("elem"u8);
        items.Clear();
        var hasExpressions = reader.Kind == TokenKind.LeftParen;
        var count = hasExpressions ? ReadExpressions() : ReadFunctions();
        reader.ExpectClose();
        LimitsParser.WriteTableLimits(entry, is64, count);

        // Function indices stand for references to any function only.
        if (!hasExpressions && !IsFunctionReference(type.Written)) hasExpressions = RewriteAsExpressions(count);
        offset.Clear();
        WriteZero(is64);
        WriteElements(isActive: true, isDeclarative: false, table, hasExpressions, count);
    }

    /// <summary>A field <c>(data …)</c>, after its word.</summary>
    public void ParseData()
    {
        if (reader.Kind == TokenKind.Identifier) reader.Position++;
        var memory = TryReadUse("memory"u8, module.Memories);
        var isActive = memory is not null || reader.Kind == TokenKind.LeftParen;
        offset.Clear();
        if (isActive) WriteOffset(offset);
        ReadStrings();
        WriteData(isActive, memory ?? 0);
    }

    /// <summary>The content of a memory: <c>(data …)</c>, which says how large it is.</summary>
    public void ParseInlineData(uint memory, WasmWriter entry, LimitsParser limits)
    {
        var is64 = limits.ReadAddressType();
        var pageSize = limits.ReadPageSize();
        reader.ExpectOpen("data"u8);
        ReadStrings();
        reader.ExpectClose();
        var log2 = pageSize < 0 ? 16 : pageSize;
        var pages = (ulong)items.Length >> log2;
        if (log2 < 64 && pages << log2 != (ulong)items.Length) pages++;
        LimitsParser.WriteMemoryType(entry, is64, pages, pageSize);
        offset.Clear();
        WriteZero(is64);
        WriteData(isActive: true, memory);
    }

    private void WriteElements(bool isActive, bool isDeclarative, uint table, bool hasExpressions, uint count)
    {
        var flags = isActive ? 0 : isDeclarative ? Passive | HasTable : Passive;
        if (hasExpressions) flags |= HasExpressions;
        var isFunctionReference = hasExpressions && type.Written is [(byte)HeapKind.Func];
        if (isActive && (table != 0 || (hasExpressions && !isFunctionReference))) flags |= HasTable;
        var entry = module.Sections.Elements.Add();
        entry.WriteUnsigned((ulong)flags);
        if (isActive && (flags & HasTable) != 0) entry.WriteUnsigned(table);
        entry.WriteBytes(offset.Written);
        if ((flags & (Passive | HasTable)) != 0)
        {
            if (hasExpressions) entry.WriteBytes(type.Written);
            else entry.WriteByte(0);
        }

        entry.WriteUnsigned(count);
        entry.WriteBytes(items.Written);
    }

    private void WriteData(bool isActive, uint memory)
    {
        var entry = module.Sections.Data.Add();
        entry.WriteUnsigned(!isActive ? 1u : memory == 0 ? 0u : 2u);
        if (isActive && memory != 0) entry.WriteUnsigned(memory);
        entry.WriteBytes(offset.Written);
        entry.WriteSized(items.Written);
    }

    private uint? TryReadUse(ReadOnlySpan<byte> word, IndexSpace space)
    {
        // WebAssembly 1.0 had the number without the word.
        if (reader.Kind == TokenKind.Natural && reader.Peek(1) == TokenKind.LeftParen) return module.ReadIndex(space);
        if (!reader.TryOpen(word)) return null;
        var index = module.ReadIndex(space);
        reader.ExpectClose();
        return index;
    }

    private void WriteOffset(WasmWriter output)
    {
        if (!reader.TryOpen("offset"u8))
        {
            instructions.ParseFoldedExpression(output);
            return;
        }

        instructions.ParseExpression(output);
        reader.ExpectClose();
    }

    private void WriteZero(bool is64)
    {
        offset.WriteByte((byte)(is64 ? Opcode.I64Const : Opcode.I32Const));
        offset.WriteByte(0);
        offset.WriteByte((byte)Opcode.End);
    }

    // "func x*", "reftype expr*", or just "x*" where that is allowed. Returns whether the items are expressions.
    private bool ReadElementList(bool mayOmitWord, out uint count)
    {
        items.Clear();
        type.Clear();
        if (types.IsReferenceType)
        {
            types.WriteReferenceType(type);
            count = ReadExpressions();
            return true;
        }

        if (!reader.TryKeyword("func"u8) && !mayOmitWord) reader.ThrowUnexpected();
        count = ReadFunctions();
        return false;
    }

    private uint ReadFunctions()
    {
        uint count = 0;
        for (; ModuleContext.IsIndex(reader.Kind); count++) items.WriteUnsigned(module.ReadIndex(module.Functions));
        return count;
    }

    private uint ReadExpressions()
    {
        uint count = 0;
        for (; reader.Kind == TokenKind.LeftParen; count++)
        {
            if (reader.TryOpen("item"u8))
            {
                instructions.ParseExpression(items);
                reader.ExpectClose();
            }
            else
            {
                instructions.ParseFoldedExpression(items);
            }
        }

        return count;
    }

    private void ReadStrings()
    {
        items.Clear();
        while (reader.Kind == TokenKind.String) reader.AppendString(items);
    }

    private static bool IsFunctionReference(ReadOnlySpan<byte> type) =>
        type is [(byte)HeapKind.Func] or [(byte)ValueKind.Reference, (byte)HeapKind.Func];

    private bool RewriteAsExpressions(uint count)
    {
        var functions = new WasmReader(items.ToArray());
        items.Clear();
        for (; count > 0; count--)
        {
            items.WriteByte((byte)Opcode.RefFunc);
            items.WriteUnsigned(functions.ReadU32());
            items.WriteByte((byte)Opcode.End);
        }

        return true;
    }
}
