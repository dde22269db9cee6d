using System.Runtime.InteropServices;
using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// What all instances of a module have in common, found once: what they share, and what their tables and memories hold at
/// first. Immutable and thread-safe.
/// </summary>
internal sealed class InstanceTemplate
{
    private static readonly object?[] Dropped = [];

    // Loops and no queries: those would be compiled when the command starts.
    public InstanceTemplate(ModuleDefinition module, CompiledModule compiled)
    {
        Types = ImmutableCollectionsMarshal.AsArray(module.Types)!;
        foreach (var type in module.Types)
        {
            HasManyResults |= type.Function?.Results.Length > ResultShape.LargestTuple;
            HasObjects |= type.Composite is StructType or ArrayType;
        }

        Exports = new Dictionary<string, ExportDeclaration>(module.Exports.Length, StringComparer.Ordinal);
        foreach (var export in module.Exports) Exports.Add(export.Name, export);
        Globals = new ConstantCode[module.Globals.Length - module.ImportedGlobals];
        for (var i = 0; i < Globals.Length; i++)
        {
            Globals[i] = compiled.Constants[module.Globals[module.ImportedGlobals + i].Initializer];
        }

        Elements = new object?[module.Elements.Length][];
        for (var i = 0; i < Elements.Length; i++) Elements[i] = Dropped;
        foreach (var segment in module.Elements) HasPassiveElements |= segment.Mode == SegmentMode.Passive;
        foreach (var segment in module.Data) HasPassiveData |= segment.Mode == SegmentMode.Passive;

        // Without a count before the code no instruction can name a segment, and there may be tens of thousands.
        Data = new ReadOnlyMemory<byte>[module.HasDataCount || HasPassiveData ? module.Data.Length : 0];
        for (var i = 0; HasPassiveData && i < Data.Length; i++)
        {
            if (module.Data[i].Mode == SegmentMode.Passive) Data[i] = ContentOf(module, module.Data[i]);
        }

        TableFunctions = TryPlaceElements(module, compiled);
        if (TableFunctions is not null) Contents = TryPlaceData(module, compiled);
    }

    /// <summary>The types of the module.</summary>
    public DefinedType[] Types { get; }

    /// <summary>Whether a function can have more results than a value tuple holds.</summary>
    public bool HasManyResults { get; }

    /// <summary>Whether there can be structs or arrays.</summary>
    public bool HasObjects { get; }

    /// <summary>The exports by name.</summary>
    public Dictionary<string, ExportDeclaration> Exports { get; }

    /// <summary>The initial values of the globals that the module defines.</summary>
    public ConstantCode[] Globals { get; }

    /// <summary>The elements of segments as they are after instantiation, but for passive ones.</summary>
    public object?[][] Elements { get; }

    /// <summary>Whether some segments of elements are passive: then each instance needs its own.</summary>
    public bool HasPassiveElements { get; }

    /// <summary>The data segments as they are after instantiation; none when no instruction can name them.</summary>
    public ReadOnlyMemory<byte>[] Data { get; }

    /// <summary>Whether some data segments are passive: then each instance drops its own.</summary>
    public bool HasPassiveData { get; }

    /// <summary>
    /// For each table of the index space the functions it holds at first, as index plus one where there is one; null for
    /// tables without any. Null when it depends on the instance, or may trap: then active segments are run one by one.
    /// </summary>
    public int[]?[]? TableFunctions { get; }

    /// <summary>The same for memories and their bytes; null also when there is no telling for tables, which come first.</summary>
    public InitialContent?[]? Contents { get; }

    private static ReadOnlyMemory<byte> ContentOf(ModuleDefinition module, DataSegment segment) =>
        module.Bytes.Slice(segment.Content.Offset, segment.Content.Length);

    private static int[]?[]? TryPlaceElements(ModuleDefinition module, CompiledModule compiled)
    {
        var tables = new int[]?[module.Tables.Length];
        var total = 0L;
        foreach (var segment in module.Elements) total += segment.Count;
        foreach (var segment in module.Elements)
        {
            if (segment.Mode != SegmentMode.Active) continue;
            var length = module.Tables[segment.Table].Type.Limits.Minimum;
            var isOwn = segment.Table >= module.ImportedTables;
            if (!isOwn || !TryGetOffset(compiled, segment.TableOffset, length, (ulong)segment.Count, out var offset)) return null;
            // A table whose elements are something else at first cannot tell "none yet" by null.
            if (module.Tables[segment.Table].Initializer.Length > 0) return null;
            // Nothing that is much larger than the module itself.
            var end = offset + (ulong)segment.Count;
            if (end > (ulong)(total * 2) + 4096) return null;
            ref var functions = ref tables[segment.Table];
            if (functions is null || functions.Length < (int)end) Array.Resize(ref functions, (int)end);
            for (var i = 0; i < segment.Count; i++)
            {
                if (FunctionOf(segment, i, compiled) is not { } function) return null;
                functions[(int)offset + i] = function + 1;
            }
        }

        return tables;
    }

    /// <summary>The function of an element; -1 for null, null when it is something else.</summary>
    private static int? FunctionOf(ElementSegment segment, int index, CompiledModule compiled)
    {
        if (!segment.Functions.IsDefault) return segment.Functions[index];
        var value = compiled.Constants[segment.Expressions[index]].Value;
        if (!value.IsKnown) return null;
        return value.Opcode switch
        {
            Opcode.RefFunc => value.Index,
            Opcode.RefNull => -1,
            _ => null,
        };
    }

    private static InitialContent?[]? TryPlaceData(ModuleDefinition module, CompiledModule compiled)
    {
        var counts = new int[module.Memories.Length];
        foreach (var segment in module.Data)
        {
            if (segment is { Mode: SegmentMode.Active, Content.Length: > 0 }) counts[segment.Memory]++;
        }

        var pieces = Array.ConvertAll(counts, count => count == 0 ? null : new ContentPiece[count]);
        Array.Clear(counts);
        foreach (var segment in module.Data)
        {
            if (segment.Mode != SegmentMode.Active) continue;
            var type = module.Memories[segment.Memory];
            var pages = type.Limits.Minimum;
            if (segment.Memory < module.ImportedMemories || pages > ulong.MaxValue >> type.PageSizeLog2) return null;
            var length = (ulong)segment.Content.Length;
            if (!TryGetOffset(compiled, segment.MemoryOffset, pages << type.PageSizeLog2, length, out var offset)) return null;
            if (length > 0) pieces[segment.Memory]![counts[segment.Memory]++] = new ContentPiece(offset, ContentOf(module, segment));
        }

        return Array.ConvertAll(pieces, some => some is null ? null : new InitialContent(some));
    }

    /// <summary>Where a segment goes, when that is a constant and all of it is in bounds.</summary>
    private static bool TryGetOffset(CompiledModule compiled, ByteRange expression, ulong available, ulong count, out ulong offset)
    {
        var value = compiled.Constants[expression].Value;
        offset = value.Opcode == Opcode.I32Const ? (uint)value.Bits : value.Bits;
        return value is { IsKnown: true, Opcode: Opcode.I32Const or Opcode.I64Const } && count <= available && offset <= available - count;
    }
}
