using Coffer.Types;

namespace Coffer.Binary;

/// <summary>The types of imports and of table, memory, global and tag declarations (specification, section 5.3.13 on).</summary>
internal static class ExternalTypeReader
{
    private const byte HasMaximum = 0x01;
    private const byte Shared = 0x02;
    private const byte Address64 = 0x04;
    private const byte CustomPageSize = 0x08;
    private const string MalformedFlags = "malformed limits flags";

    public static TableType ReadTable(ref WasmReader reader, ModuleBuilder module)
    {
        var element = reader.ReadReferenceType(module.Types.AsSpan());
        var start = reader.Offset;
        var flags = reader.ReadByte();
        if ((flags & ~(HasMaximum | Address64)) != 0) throw new MalformedException(MalformedFlags, start);
        return new TableType(element, ReadLimits(ref reader, module, flags, start));
    }

    public static MemoryType ReadMemory(ref WasmReader reader, ModuleBuilder module)
    {
        var start = reader.Offset;
        var flags = reader.ReadByte();
        if (flags > (HasMaximum | Shared | Address64 | CustomPageSize)) throw new MalformedException(MalformedFlags, start);
        var hasPageSize = (flags & CustomPageSize) != 0;
        if (hasPageSize) module.Require(Features.CustomPageSizes, MalformedFlags, "a page size", start);
        var limits = ReadLimits(ref reader, module, flags, start);
        if (!hasPageSize) return new MemoryType(limits);

        start = reader.Offset;
        var pageSize = reader.ReadU32();
        if (pageSize >= 64) throw new MalformedException($"invalid custom page size: 2^{pageSize}", start);
        return new MemoryType(limits, (int)pageSize);
    }

    public static GlobalType ReadGlobal(ref WasmReader reader, ModuleBuilder module)
    {
        var type = reader.ReadValueType(module.Types.AsSpan());
        return new GlobalType(type, ReadMutability(ref reader));
    }

    public static int ReadTag(ref WasmReader reader, ModuleBuilder module)
    {
        var start = reader.Offset;
        module.Require(Features.Exceptions | Features.LegacyExceptions, "malformed tag", "a tag", start);
        if (reader.ReadByte() != 0) throw new MalformedException("malformed tag attribute", start);
        return reader.ReadIndex();
    }

    public static bool ReadMutability(ref WasmReader reader)
    {
        var start = reader.Offset;
        return reader.ReadByte() switch
        {
            0 => false,
            1 => true,
            var other => throw new MalformedException($"malformed mutability: {other}", start),
        };
    }

    private static Limits ReadLimits(ref WasmReader reader, ModuleBuilder module, byte flags, int start)
    {
        var isShared = (flags & Shared) != 0;
        var is64 = (flags & Address64) != 0;
        if (isShared) module.Require(Features.Threads, MalformedFlags, "a shared memory", start);
        if (is64) module.Require(Features.Memory64, MalformedFlags, "a 64-bit memory or table", start);
        var minimum = ReadSize(ref reader, module.Features);
        ulong? maximum = (flags & HasMaximum) != 0 ? ReadSize(ref reader, module.Features) : null;
        return new Limits(minimum, maximum, is64, isShared);
    }

    // Since memory64 sizes are u64 in the grammar for 32-bit memories too; that they fit is validation.
    private static ulong ReadSize(ref WasmReader reader, Features features) =>
        (features & Features.Memory64) != 0 ? reader.ReadU64() : reader.ReadU32();
}
