namespace Coffer;

/// <summary>
/// The proposals beyond WebAssembly 1.0 that an engine accepts. Each can be switched off; a module that
/// needs one that is off is refused with an <see cref="InvalidException"/> or <see cref="MalformedException"/> naming it.
/// </summary>
[Flags]
public enum Features : long
{
    /// <summary>WebAssembly 1.0 only.</summary>
    None = 0,
    /// <summary>Import and export of mutable globals.</summary>
    MutableGlobals = 1L << 0,
    /// <summary>Sign-extension instructions.</summary>
    SignExtension = 1L << 1,
    /// <summary>Non-trapping float-to-integer conversions.</summary>
    SaturatingConversions = 1L << 2,
    /// <summary>Several results for functions and blocks, and block parameters.</summary>
    MultiValue = 1L << 3,
    /// <summary>Bulk memory and table operations.</summary>
    BulkMemory = 1L << 4,
    /// <summary>Reference types and several tables.</summary>
    ReferenceTypes = 1L << 5,
    /// <summary>128-bit SIMD.</summary>
    Simd = 1L << 6,
    /// <summary>Relaxed SIMD; Coffer always uses the deterministic choice of the specification.</summary>
    RelaxedSimd = 1L << 7,
    /// <summary>Several memories in one module.</summary>
    MultiMemory = 1L << 8,
    /// <summary>64-bit memories and tables.</summary>
    Memory64 = 1L << 9,
    /// <summary>Tail calls.</summary>
    TailCalls = 1L << 10,
    /// <summary>Exceptions with <c>exnref</c> and <c>try_table</c>.</summary>
    Exceptions = 1L << 11,
    /// <summary>The earlier encoding of exceptions (<c>try</c>, <c>catch</c>, <c>delegate</c>, <c>rethrow</c>).</summary>
    LegacyExceptions = 1L << 12,
    /// <summary>Typed function references.</summary>
    FunctionReferences = 1L << 13,
    /// <summary>Garbage collection: structs, arrays, recursive types, casts.</summary>
    Gc = 1L << 14,
    /// <summary>Arithmetic in constant expressions.</summary>
    ExtendedConstants = 1L << 15,
    /// <summary>Shared memories and atomic instructions.</summary>
    Threads = 1L << 16,
    /// <summary>128-bit additions, subtractions and widening multiplications.</summary>
    WideArithmetic = 1L << 17,
    /// <summary>Memories with a page size of one byte.</summary>
    CustomPageSizes = 1L << 18,
    /// <summary>Import sections that name a module once for several imports.</summary>
    CompactImports = 1L << 19,

    /// <summary>WebAssembly 1.0 with mutable globals.</summary>
    Wasm1 = MutableGlobals,
    /// <summary>WebAssembly 2.0.</summary>
    Wasm2 = Wasm1 | SignExtension | SaturatingConversions | MultiValue | BulkMemory | ReferenceTypes | Simd,
    /// <summary>WebAssembly 3.0.</summary>
    Wasm3 = Wasm2 | RelaxedSimd | MultiMemory | Memory64 | TailCalls | Exceptions | FunctionReferences | Gc
        | ExtendedConstants,
    /// <summary>The default: WebAssembly 3.0 and every further proposal that Coffer implements.</summary>
    All = Wasm3 | LegacyExceptions | Threads | WideArithmetic | CustomPageSizes | CompactImports,
}
