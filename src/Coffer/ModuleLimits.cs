using System.Diagnostics.CodeAnalysis;
using Coffer.Runtime;

namespace Coffer;

/// <summary>
/// Bounds on what a module may contain, so that a hostile one cannot exhaust the compiler. Exceeding one is an
/// <see cref="ExhaustionException"/> of kind <see cref="ExhaustionKind.ModuleLimit"/> that names the bound. The
/// defaults are those that WebAssembly's JavaScript interface prescribes, where it prescribes one. Immutable.
/// </summary>
public sealed record ModuleLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static ModuleLimits Default { get; } = new();

    /// <summary>Bytes of the whole module.</summary>
    public int ModuleBytes { get; init; } = 1 << 30;
    /// <summary>Custom sections.</summary>
    public int CustomSections { get; init; } = 100_000;
    /// <summary>Types in the type section.</summary>
    public int Types { get; init; } = 1_000_000;
    /// <summary>Declared supertypes above a type.</summary>
    public int SubtypeDepth { get; init; } = 63;
    /// <summary>Functions, imported and defined.</summary>
    public int Functions { get; init; } = 1_000_000;
    /// <summary>Imports.</summary>
    public int Imports { get; init; } = 1_000_000;
    /// <summary>Exports.</summary>
    public int Exports { get; init; } = 1_000_000;
    /// <summary>Globals.</summary>
    public int Globals { get; init; } = 1_000_000;
    /// <summary>Tags.</summary>
    public int Tags { get; init; } = 1_000_000;
    /// <summary>Tables.</summary>
    public int Tables { get; init; } = 100_000;
    /// <summary>Memories.</summary>
    public int Memories { get; init; } = 100;
    /// <summary>Data segments.</summary>
    public int DataSegments { get; init; } = 100_000;
    /// <summary>Element segments. Fewer than elsewhere, because each costs memory before anything runs.</summary>
    public int ElementSegments { get; init; } = 100_000;
    /// <summary>Elements of one segment.</summary>
    public int ElementsPerSegment { get; init; } = 10_000_000;
    /// <summary>Bytes of one function body.</summary>
    public int FunctionBytes { get; init; } = 7_654_321;
    /// <summary>Parameters of a function or block.</summary>
    public int Parameters { get; init; } = 1_000;
    /// <summary>Results of a function or block; at most 1,024.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative or greater.</exception>
    public int Results
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ResultBuffer.Capacity);
            field = value;
        }
    } = 1_000;
    /// <summary>Locals of one function, parameters included.</summary>
    public int Locals { get; init; } = 50_000;
    /// <summary>Fields of a struct.</summary>
    public int StructFields { get; init; } = 10_000;
    /// <summary>Operands of <c>array.new_fixed</c>.</summary>
    public int ArrayNewFixedOperands { get; init; } = 10_000;
    /// <summary>Nested blocks in one function.</summary>
    public int BlockDepth { get; init; } = 50_000;
    /// <summary>
    /// Nested <c>try_table</c> and <c>try</c> blocks in one function: what they cost the JIT compiler grows with the
    /// square of their depth and more.
    /// </summary>
    public int TryDepth { get; init; } = 250;
    /// <summary><c>try_table</c> and <c>try</c> blocks in one function, for the same reason.</summary>
    public int TryBlocks { get; init; } = 5_000;
    /// <summary>Values on the operand stack of one function.</summary>
    public int OperandStack { get; init; } = 12_000;
    /// <summary>Entries of one <c>br_table</c>.</summary>
    public int BranchTableEntries { get; init; } = 7_500_000;

    /// <summary>Refuses a module that has more of something than the limit called <paramref name="name"/> allows.</summary>
    [DoesNotReturn]
    internal static void ThrowExceeded(string name, long limit, long actual, long offset) =>
        throw new ExhaustionException(
            ExhaustionKind.ModuleLimit,
            $"the module needs {actual} where ModuleLimits.{name} allows {limit} (at offset 0x{offset:x})");
}
