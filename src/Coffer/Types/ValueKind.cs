namespace Coffer.Types;

/// <summary>The kinds of value type (specification, section 2.3). Numbers are the encodings of the binary format.</summary>
public enum ValueKind : byte
{
    /// <summary>The type of a value in unreachable code; never part of a module.</summary>
    Bottom = 0,
    /// <summary>32-bit integer.</summary>
    I32 = 0x7F,
    /// <summary>64-bit integer.</summary>
    I64 = 0x7E,
    /// <summary>32-bit IEEE 754 number.</summary>
    F32 = 0x7D,
    /// <summary>64-bit IEEE 754 number.</summary>
    F64 = 0x7C,
    /// <summary>128-bit vector.</summary>
    V128 = 0x7B,
    /// <summary>A reference; see <see cref="ValueType.Heap"/>.</summary>
    Reference = 0x64,
}
