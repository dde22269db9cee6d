namespace Coffer.Binary.Sections;

/// <summary>The data and data count sections (specification, sections 5.5.14 and 5.5.15).</summary>
internal static class DataSections
{
    public static void DecodeCount(ref WasmReader reader, ModuleBuilder module)
    {
        module.Require(Features.BulkMemory, "malformed section id", "a data count section", reader.Offset);
        module.DataCount = reader.ReadIndex();
    }

    public static void DecodeSegments(ref WasmReader reader, ModuleBuilder module)
    {
        var count = reader.ReadCount(module.Limits.DataSegments, nameof(ModuleLimits.DataSegments));
        module.Data.Reserve(count);
        for (var i = 0; i < count; i++) module.Data.Add(ReadSegment(ref reader, module));
    }

    private static DataSegment ReadSegment(ref WasmReader reader, ModuleBuilder module)
    {
        var start = reader.Offset;
        var kind = reader.ReadU32();
        if (kind > 2) throw new MalformedException($"malformed data segment kind: {kind}", start);
        if (kind != 0) module.Require(Features.BulkMemory, "malformed data segment kind", "this form", start);

        var memory = kind == 2 ? reader.ReadIndex() : 0;
        var mode = kind == 1 ? SegmentMode.Passive : SegmentMode.Active;
        var offset = mode == SegmentMode.Active
            ? ExpressionScanner.Scan(ref reader, module.Types.AsSpan(), module.Features)
            : default;
        var length = reader.ReadIndex();
        var content = new ByteRange(reader.Position, length);
        reader.Skip(length);
        return new DataSegment(mode, memory, offset, content, start);
    }
}
