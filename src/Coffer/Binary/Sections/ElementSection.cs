using System.Collections.Immutable;
using Coffer.Types;

namespace Coffer.Binary.Sections;

/// <summary>The element section (specification, section 5.5.12): eight forms told apart by three flags.</summary>
internal static class ElementSection
{
    /// <summary>Not active: passive, or with <see cref="Explicit"/> declarative.</summary>
    private const uint NotActive = 1;

    /// <summary>When active: the table is given.</summary>
    private const uint Explicit = 2;

    /// <summary>Expressions instead of function indices.</summary>
    private const uint HasExpressions = 4;

    public static void Decode(ref WasmReader reader, ModuleBuilder module)
    {
        var count = reader.ReadCount(module.Limits.ElementSegments, nameof(ModuleLimits.ElementSegments));
        for (var i = 0; i < count; i++) module.Elements.Add(ReadSegment(ref reader, module));
    }

    private static ElementSegment ReadSegment(ref WasmReader reader, ModuleBuilder module)
    {
        var start = reader.Offset;
        var flags = reader.ReadU32();
        if (flags > 7) throw new MalformedException($"malformed elements segment kind: {flags}", start);
        if (flags != 0)
        {
            module.Require(
                Features.BulkMemory | Features.ReferenceTypes, "malformed elements segment kind", "this form", start);
        }

        var mode = (flags & NotActive) == 0 ? SegmentMode.Active
            : (flags & Explicit) == 0 ? SegmentMode.Passive : SegmentMode.Declarative;
        var table = 0;
        var offset = default(ByteRange);
        if (mode == SegmentMode.Active)
        {
            if ((flags & Explicit) != 0) table = reader.ReadIndex();
            offset = ExpressionScanner.Scan(ref reader, module.Types.AsSpan(), module.Features);
        }

        if ((flags & HasExpressions) == 0)
        {
            if ((flags & (NotActive | Explicit)) != 0) ReadElementKind(ref reader);
            var type = ValueType.Reference(HeapKind.Func, nullable: false);
            return new ElementSegment(mode, table, offset, type, ReadFunctions(ref reader, module.Limits), default, start);
        }

        var elementType = (flags & (NotActive | Explicit)) != 0
            ? reader.ReadReferenceType(module.Types.AsSpan())
            : ValueType.FuncRef;
        return new ElementSegment(mode, table, offset, elementType, default, ReadExpressions(ref reader, module), start);
    }

    private static void ReadElementKind(ref WasmReader reader)
    {
        var start = reader.Offset;
        if (reader.ReadByte() != 0) throw new MalformedException("malformed element kind", start);
    }

    private static ImmutableArray<int> ReadFunctions(ref WasmReader reader, ModuleLimits limits)
    {
        var count = reader.ReadCount(limits.ElementsPerSegment, nameof(ModuleLimits.ElementsPerSegment));
        var functions = ImmutableArray.CreateBuilder<int>(count);
        for (var i = 0; i < count; i++) functions.Add(reader.ReadIndex());
        return functions.MoveToImmutable();
    }

    private static ImmutableArray<ByteRange> ReadExpressions(ref WasmReader reader, ModuleBuilder module)
    {
        var limit = module.Limits.ElementsPerSegment;
        var count = reader.ReadCount(limit, nameof(ModuleLimits.ElementsPerSegment));
        var expressions = ImmutableArray.CreateBuilder<ByteRange>(count);
        for (var i = 0; i < count; i++)
        {
            expressions.Add(ExpressionScanner.Scan(ref reader, module.Types.AsSpan(), module.Features));
        }

        return expressions.MoveToImmutable();
    }
}
