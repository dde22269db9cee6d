namespace Coffer.Types;

/// <summary>What an import or export is (specification, section 2.5).</summary>
public enum ExternalKind : byte
{
    /// <summary>A function.</summary>
    Function = 0,
    /// <summary>A table.</summary>
    Table = 1,
    /// <summary>A memory.</summary>
    Memory = 2,
    /// <summary>A global.</summary>
    Global = 3,
    /// <summary>An exception tag.</summary>
    Tag = 4,
}

/// <summary>
/// The size limits of a memory (in pages) or table (in elements); 64-bit ones use the full range. Immutable.
/// </summary>
/// <param name="Minimum">The initial size.</param>
/// <param name="Maximum">The largest size it may grow to, or null when not declared.</param>
/// <param name="Is64">Whether addresses are i64.</param>
/// <param name="IsShared">Whether threads may share it.</param>
public readonly record struct Limits(ulong Minimum, ulong? Maximum, bool Is64 = false, bool IsShared = false)
{
    /// <summary>The type of an address: i64 or i32.</summary>
    public ValueType AddressType => Is64 ? ValueType.I64 : ValueType.I32;

    /// <summary>The limits as the text format writes them, such as <c>i64 1 2 shared</c>.</summary>
    public override string ToString() =>
        $"{(Is64 ? "i64 " : "")}{Minimum}{(Maximum is { } maximum ? $" {maximum}" : "")}{(IsShared ? " shared" : "")}";
}

/// <summary>A memory type (specification, section 2.3.14). Immutable.</summary>
/// <param name="Limits">The size in pages.</param>
/// <param name="PageSizeLog2">The page size as a power of two: 16 (64 KiB) unless custom page sizes are used, then 0.</param>
public sealed record MemoryType(Limits Limits, int PageSizeLog2 = 16)
{
    /// <summary>The type as the text format writes it, such as <c>1 2 (pagesize 1)</c>.</summary>
    public override string ToString() => PageSizeLog2 == 16 ? $"{Limits}" : $"{Limits} (pagesize {1 << PageSizeLog2})";
}

/// <summary>A table type (specification, section 2.3.15). Immutable.</summary>
/// <param name="Element">The reference type of the elements.</param>
/// <param name="Limits">The size in elements.</param>
public sealed record TableType(ValueType Element, Limits Limits)
{
    /// <summary>The type as the text format writes it, such as <c>10 20 funcref</c>.</summary>
    public override string ToString() => $"{Limits} {Element}";
}

/// <summary>A global type (specification, section 2.3.13). Immutable.</summary>
/// <param name="Type">The type of the value.</param>
/// <param name="IsMutable">Whether it can be written.</param>
public sealed record GlobalType(ValueType Type, bool IsMutable)
{
    /// <summary>The type as the text format writes it, such as <c>(mut i32)</c>.</summary>
    public override string ToString() => IsMutable ? $"(mut {Type})" : Type.ToString();
}
