namespace Coffer.Types;

/// <summary>The kinds of heap type (specification, section 2.3.3). Numbers are the encodings of the binary format.</summary>
public enum HeapKind : byte
{
    /// <summary>A type of the module's type section.</summary>
    Concrete = 0,
    /// <summary>The bottom of every hierarchy; only in unreachable code.</summary>
    Bottom = 1,
    /// <summary>Any function.</summary>
    Func = 0x70,
    /// <summary>Any host value.</summary>
    Extern = 0x6F,
    /// <summary>The top of the internal types.</summary>
    Any = 0x6E,
    /// <summary>Internal types that can be compared by <c>ref.eq</c>.</summary>
    Eq = 0x6D,
    /// <summary>Unboxed 31-bit integers.</summary>
    I31 = 0x6C,
    /// <summary>Any struct.</summary>
    Struct = 0x6B,
    /// <summary>Any array.</summary>
    Array = 0x6A,
    /// <summary>Any exception.</summary>
    Exn = 0x69,
    /// <summary>The bottom of the exception types.</summary>
    NoExn = 0x74,
    /// <summary>The bottom of the function types.</summary>
    NoFunc = 0x73,
    /// <summary>The bottom of the external types.</summary>
    NoExtern = 0x72,
    /// <summary>The bottom of the internal types.</summary>
    None = 0x71,
}
