namespace Coffer;

/// <summary>The base of every error that Coffer reports about a module or a guest. Any thread may read one.</summary>
public abstract class CofferException : Exception
{
    private protected CofferException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

/// <summary>The bytes or the text are not a WebAssembly module (specification, chapters 5 and 6).</summary>
public sealed class MalformedException : CofferException
{
    /// <summary>A module is malformed.</summary>
    /// <param name="message">What is wrong, in the specification's words where it has some.</param>
    /// <param name="offset">The byte offset in a binary module, -1 when the error is in text.</param>
    /// <param name="line">The line in text, counted from 1; 0 for a binary module.</param>
    /// <param name="column">The column in text, counted from 1; 0 for a binary module.</param>
    public MalformedException(string message, long offset, int line = 0, int column = 0)
        : base(line > 0 ? $"{message} (line {line}, column {column})" : $"{message} (at offset 0x{offset:x})")
    {
        Reason = message;
        Offset = offset;
        Line = line;
        Column = column;
    }

    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; }

    /// <summary>The byte offset, or -1 when the error is in text.</summary>
    public long Offset { get; }

    /// <summary>The line in text, counted from 1; 0 for a binary module.</summary>
    public int Line { get; }

    /// <summary>The column in text, counted from 1; 0 for a binary module.</summary>
    public int Column { get; }
}

/// <summary>The module is well-formed but not valid (specification, chapter 3).</summary>
public sealed class InvalidException : CofferException
{
    /// <summary>A module is invalid.</summary>
    /// <param name="message">What is wrong, in the specification's words where it has some.</param>
    /// <param name="offset">The byte offset of the offending item in the module.</param>
    /// <param name="function">The index of the function whose body is invalid, or -1.</param>
    public InvalidException(string message, long offset, int function = -1)
        : base(function >= 0 ? $"{message} (in function {function}, at offset 0x{offset:x})" : $"{message} (at offset 0x{offset:x})")
    {
        Reason = message;
        Offset = offset;
        Function = function;
    }

    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; }

    /// <summary>The byte offset of the offending item.</summary>
    public long Offset { get; }

    /// <summary>The index of the function whose body is invalid, or -1.</summary>
    public int Function { get; }
}

/// <summary>An import is missing or does not match (specification, section 4.7.2).</summary>
public sealed class LinkException : CofferException
{
    /// <summary>A module cannot be linked.</summary>
    public LinkException(string message) : base(message)
    {
    }
}

/// <summary>
/// A guest called a function that it imports and that the host does not have
/// (<see cref="Linker.DefineUnknownFunctions"/>).
/// </summary>
public sealed class UnknownImportException : CofferException
{
    /// <summary>A guest called it.</summary>
    /// <param name="name">The names of the module and the function, such as <c>env.proxy_unknown</c>.</param>
    public UnknownImportException(string name) : base($"it called {name}, which this host does not have") => Name = name;

    /// <summary>The name.</summary>
    public string Name { get; }
}

/// <summary>
/// A limit was reached: the guest's stack, its fuel, its deadline, its memory, or a bound on what a module may ask of
/// the compiler or the system.
/// </summary>
public sealed class ExhaustionException : CofferException
{
    /// <summary>A limit was reached.</summary>
    public ExhaustionException(ExhaustionKind kind, string message, Exception? inner = null) : base(message, inner) => Kind = kind;

    /// <summary>Which limit.</summary>
    public ExhaustionKind Kind { get; }

    /// <summary>Where the guest was, innermost frame first; empty when no guest code was running.</summary>
    public IReadOnlyList<WasmFrame> WasmTrace => trace ??= Diagnostics.WasmStackTrace.Collect(this);

    private IReadOnlyList<WasmFrame>? trace;
}

/// <summary>What was exhausted.</summary>
public enum ExhaustionKind
{
    /// <summary>The call stack.</summary>
    CallStack,
    /// <summary>The fuel of the store.</summary>
    Fuel,
    /// <summary>The deadline of the store passed.</summary>
    Deadline,
    /// <summary>The caller cancelled.</summary>
    Cancelled,
    /// <summary>A limit of the store: memory, tables, instances.</summary>
    StoreLimit,
    /// <summary>A bound on what a module may contain.</summary>
    ModuleLimit,
    /// <summary>The operating system refused memory or address space.</summary>
    System,
}

/// <summary>The guest trapped (specification, section 4.2.1).</summary>
public sealed class TrapException : CofferException
{
    /// <summary>A trap.</summary>
    public TrapException(TrapKind kind, Exception? inner = null) : base(kind.Describe(), inner) => Kind = kind;

    /// <summary>Why the guest trapped.</summary>
    public TrapKind Kind { get; }

    /// <summary>Where the guest was, innermost frame first.</summary>
    public IReadOnlyList<WasmFrame> WasmTrace => trace ??= Diagnostics.WasmStackTrace.Collect(this);

    private IReadOnlyList<WasmFrame>? trace;

    /// <summary>The message, then one line a frame.</summary>
    public override string ToString() => WasmTrace.Count == 0
        ? Message
        : $"{Message}{Environment.NewLine}{string.Join(Environment.NewLine, WasmTrace.Select(frame => "  at " + frame))}";
}

/// <summary>A frame of WebAssembly code in a backtrace. Immutable.</summary>
/// <param name="Module">The module's name (from its name section or its file), or "&lt;module&gt;".</param>
/// <param name="FunctionIndex">The function's index.</param>
/// <param name="FunctionName">Its name from the name section or its export, or null.</param>
/// <param name="Offset">The byte offset in the module of the instruction, or -1 when it is not known.</param>
public readonly record struct WasmFrame(string Module, int FunctionIndex, string? FunctionName, long Offset)
{
    /// <summary>The frame as one line: name, module, offset.</summary>
    public override string ToString() =>
        $"{FunctionName ?? $"func[{FunctionIndex}]"} ({Module}{(Offset >= 0 ? $"+0x{Offset:x}" : "")})";
}

/// <summary>Why a guest trapped.</summary>
public enum TrapKind
{
    /// <summary>An <c>unreachable</c> instruction.</summary>
    Unreachable,
    /// <summary>A memory access beyond the end.</summary>
    MemoryOutOfBounds,
    /// <summary>A table access beyond the end.</summary>
    TableOutOfBounds,
    /// <summary>An indirect call through an index beyond the end of the table.</summary>
    UndefinedElement,
    /// <summary>An indirect call through a null element.</summary>
    UninitializedElement,
    /// <summary>An indirect call of a function of another type.</summary>
    IndirectCallTypeMismatch,
    /// <summary>Division by zero.</summary>
    IntegerDivideByZero,
    /// <summary>A quotient or conversion result that does not fit.</summary>
    IntegerOverflow,
    /// <summary>A conversion of NaN to an integer.</summary>
    InvalidConversionToInteger,
    /// <summary>A null reference where a value is needed.</summary>
    NullReference,
    /// <summary>A null function reference was called.</summary>
    NullFunctionReference,
    /// <summary>A null struct was accessed.</summary>
    NullStructReference,
    /// <summary>A null array was accessed.</summary>
    NullArrayReference,
    /// <summary>A null i31 was read.</summary>
    NullI31Reference,
    /// <summary>A null exception reference was thrown.</summary>
    NullExceptionReference,
    /// <summary>A cast failed.</summary>
    CastFailure,
    /// <summary>An array access beyond the end.</summary>
    ArrayOutOfBounds,
    /// <summary>An atomic access that is not aligned.</summary>
    UnalignedAtomic,
    /// <summary>A wait on a memory that is not shared.</summary>
    ExpectedSharedMemory,
}

/// <summary>The specification's words for traps.</summary>
internal static class TrapKindText
{
    public static string Describe(this TrapKind kind) => kind switch
    {
        TrapKind.Unreachable => "unreachable",
        TrapKind.MemoryOutOfBounds => "out of bounds memory access",
        TrapKind.TableOutOfBounds => "out of bounds table access",
        TrapKind.UndefinedElement => "undefined element",
        TrapKind.UninitializedElement => "uninitialized element",
        TrapKind.IndirectCallTypeMismatch => "indirect call type mismatch",
        TrapKind.IntegerDivideByZero => "integer divide by zero",
        TrapKind.IntegerOverflow => "integer overflow",
        TrapKind.InvalidConversionToInteger => "invalid conversion to integer",
        TrapKind.NullReference => "null reference",
        TrapKind.NullFunctionReference => "null function reference",
        TrapKind.NullStructReference => "null structure reference",
        TrapKind.NullArrayReference => "null array reference",
        TrapKind.NullI31Reference => "null i31 reference",
        TrapKind.NullExceptionReference => "null exception reference",
        TrapKind.CastFailure => "cast failure",
        TrapKind.ArrayOutOfBounds => "out of bounds array access",
        TrapKind.UnalignedAtomic => "unaligned atomic",
        TrapKind.ExpectedSharedMemory => "expected shared memory",
        _ => kind.ToString(),
    };
}
