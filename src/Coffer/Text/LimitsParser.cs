using System.Numerics;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>Memory and table types (specification, sections 6.4.10 to 6.4.12).</summary>
internal sealed class LimitsParser(ModuleContext module, TypeParser types)
{
    private const int HasMaximum = 1;
    private const int IsShared = 2;
    private const int Is64 = 4;
    private const int HasPageSize = 8;

    private readonly TokenReader reader = module.Reader;

    /// <summary>Whether a memory's content comes next instead of its limits.</summary>
    public bool IsInlineData => LooksAhead(static reader =>
    {
        if (reader.IsOpen("pagesize"u8)) reader.SkipGroup(reader.Position);
        return reader.IsOpen("data"u8);
    });

    /// <summary>Whether a table's type and content come next instead of its limits.</summary>
    public bool IsInlineElements(TypeParser elementTypes) => LooksAhead(_ => elementTypes.IsReferenceType);

    /// <summary>An optional address type: whether it is i64.</summary>
    public bool ReadAddressType()
    {
        if (reader.TryKeyword("i64"u8)) return true;
        reader.TryKeyword("i32"u8);
        return false;
    }

    /// <summary>An optional page size as a power of two, -1 when there is none.</summary>
    public int ReadPageSize()
    {
        if (!reader.TryOpen("pagesize"u8)) return -1;
        var position = reader.Position;
        var size = reader.ReadNatural(64);
        if (!BitOperations.IsPow2(size)) reader.Throw(position, "invalid custom page size");
        reader.ExpectClose();
        return BitOperations.Log2(size);
    }

    public void WriteMemoryType(WasmWriter output)
    {
        var flags = ReadLimits(out var minimum, out var maximum, mayBeShared: true);
        WriteMemoryType(output, flags, minimum, maximum, ReadPageSize());
    }

    /// <summary>The type of a memory that its content fills.</summary>
    public static void WriteMemoryType(WasmWriter output, bool is64, ulong size, int pageSize) =>
        WriteMemoryType(output, HasMaximum | (is64 ? Is64 : 0), size, size, pageSize);

    public void WriteTableType(WasmWriter output)
    {
        var flags = ReadLimits(out var minimum, out var maximum, mayBeShared: false);
        types.WriteReferenceType(output);
        WriteLimits(output, flags, minimum, maximum);
    }

    /// <summary>The limits of a table that its content fills.</summary>
    public static void WriteTableLimits(WasmWriter output, bool is64, ulong size) =>
        WriteLimits(output, HasMaximum | (is64 ? Is64 : 0), size, size);

    private static void WriteMemoryType(WasmWriter output, int flags, ulong minimum, ulong maximum, int pageSize)
    {
        WriteLimits(output, flags | (pageSize >= 0 ? HasPageSize : 0), minimum, maximum);
        if (pageSize >= 0) output.WriteUnsigned((ulong)pageSize);
    }

    private static void WriteLimits(WasmWriter output, int flags, ulong minimum, ulong maximum)
    {
        output.WriteByte((byte)flags);
        output.WriteUnsigned(minimum);
        if ((flags & HasMaximum) != 0) output.WriteUnsigned(maximum);
    }

    private int ReadLimits(out ulong minimum, out ulong maximum, bool mayBeShared)
    {
        var flags = ReadAddressType() ? Is64 : 0;

        // With 64-bit memories, sizes that are too large for their address type are a matter of validation.
        var bits = (module.Features & Features.Memory64) != 0 ? 64 : 32;
        minimum = reader.ReadNatural(bits);
        maximum = 0;
        if (reader.Kind == TokenKind.Natural)
        {
            flags |= HasMaximum;
            maximum = reader.ReadNatural(bits);
        }

        if (mayBeShared && reader.TryKeyword("shared"u8)) flags |= IsShared;
        return flags;
    }

    private bool LooksAhead(Func<TokenReader, bool> predicate)
    {
        var position = reader.Position;
        ReadAddressType();
        var result = predicate(reader);
        reader.Position = position;
        return result;
    }
}
