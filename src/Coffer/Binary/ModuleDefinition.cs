using System.Collections.Immutable;
using Coffer.Types;

namespace Coffer.Binary;

/// <summary>A stretch of the module's bytes.</summary>
/// <param name="Offset">The first byte, from the start of the module.</param>
/// <param name="Length">The number of bytes.</param>
internal readonly record struct ByteRange(int Offset, int Length)
{
    public int End => Offset + Length;
}

/// <summary>An import. Its type is that of the entity at <c>Index</c> in the index space of its kind.</summary>
/// <param name="Module">The first name.</param>
/// <param name="Name">The second name.</param>
/// <param name="Kind">What is imported.</param>
/// <param name="Index">The index it gets in the index space of its kind.</param>
/// <param name="Offset">Where the entry begins.</param>
internal sealed record ImportDeclaration(string Module, string Name, ExternalKind Kind, int Index, int Offset);

/// <summary>A function of the index space; imported ones have an empty body.</summary>
/// <param name="TypeIndex">Its type.</param>
/// <param name="Body">The code entry without its size: local declarations and instructions up to and including <c>end</c>.</param>
/// <param name="Offset">Where it is declared: its entry in the function section, or its import.</param>
internal readonly record struct FunctionDeclaration(int TypeIndex, ByteRange Body, int Offset);

/// <summary>A table; <c>Initializer</c> is an expression including its <c>end</c>, empty when the elements start as null.</summary>
internal sealed record TableDeclaration(TableType Type, ByteRange Initializer, int Offset);

/// <summary>A global; imported ones have an empty initializer. The expression includes its <c>end</c>.</summary>
internal sealed record GlobalDeclaration(GlobalType Type, ByteRange Initializer, int Offset);

/// <summary>An exception tag: the index of its function type.</summary>
internal readonly record struct TagDeclaration(int TypeIndex, int Offset);

/// <summary>An export.</summary>
internal sealed record ExportDeclaration(string Name, ExternalKind Kind, int Index, int Offset);

/// <summary>When a segment is used.</summary>
internal enum SegmentMode : byte
{
    /// <summary>By instructions.</summary>
    Passive,
    /// <summary>Copied at instantiation.</summary>
    Active,
    /// <summary>Element segments only: declares functions for <c>ref.func</c>.</summary>
    Declarative,
}

/// <summary>
/// An element segment: either function indices (<c>Functions</c> not default) or expressions (<c>Expressions</c>).
/// </summary>
internal sealed record ElementSegment(
    SegmentMode Mode, int Table, ByteRange TableOffset, ValueType Type,
    ImmutableArray<int> Functions, ImmutableArray<ByteRange> Expressions, int Offset)
{
    public int Count => Functions.IsDefault ? Expressions.Length : Functions.Length;
}

/// <summary>A data segment; <c>MemoryOffset</c> is an expression including its <c>end</c> when active.</summary>
internal readonly record struct DataSegment(SegmentMode Mode, int Memory, ByteRange MemoryOffset, ByteRange Content, int Offset);

/// <summary>A custom section: where its content (after the name) lies, and which section id came before it (for printing).</summary>
internal sealed record CustomSection(string Name, ByteRange Content, byte After);

/// <summary>
/// A decoded module: every section but the instructions, which stay bytes until they are validated and compiled.
/// Index spaces hold imports first. Well-formed, not yet validated.
/// </summary>
internal sealed class ModuleDefinition
{
    /// <summary>The whole module.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The types as written, in index order.</summary>
    public required ImmutableArray<SubTypeDeclaration> TypeDeclarations { get; init; }

    /// <summary>How the types are grouped.</summary>
    public required ImmutableArray<RecursionGroupDeclaration> RecursionGroups { get; init; }

    /// <summary>The canonical types, in index order. Made by the type registry.</summary>
    public required ImmutableArray<DefinedType> Types { get; init; }

    public required ImmutableArray<ImportDeclaration> Imports { get; init; }
    public required ImmutableArray<FunctionDeclaration> Functions { get; init; }
    public required ImmutableArray<TableDeclaration> Tables { get; init; }
    public required ImmutableArray<MemoryType> Memories { get; init; }

    /// <summary>Where each memory is declared.</summary>
    public required ImmutableArray<int> MemoryOffsets { get; init; }

    public required ImmutableArray<TagDeclaration> Tags { get; init; }
    public required ImmutableArray<GlobalDeclaration> Globals { get; init; }
    public required ImmutableArray<ExportDeclaration> Exports { get; init; }
    public required ImmutableArray<ElementSegment> Elements { get; init; }
    public required ImmutableArray<DataSegment> Data { get; init; }
    public required ImmutableArray<CustomSection> CustomSections { get; init; }

    /// <summary>The start function, or -1.</summary>
    public required int Start { get; init; }

    /// <summary>Where the start function is named.</summary>
    public required int StartOffset { get; init; }

    /// <summary>Whether there is a data count section (needed by instructions that name data segments).</summary>
    public required bool HasDataCount { get; init; }

    public required int ImportedFunctions { get; init; }
    public required int ImportedTables { get; init; }
    public required int ImportedMemories { get; init; }
    public required int ImportedGlobals { get; init; }
    public required int ImportedTags { get; init; }

    /// <summary>Functions that <c>ref.func</c> in a body may name: they occur outside bodies, in exports, elements, globals
    /// or tables. Filled by the module validator.</summary>
    public HashSet<int> DeclaredFunctions { get; } = [];

    /// <summary>The function type of a function of the index space.</summary>
    public FunctionType FunctionTypeOf(int function) => Types[Functions[function].TypeIndex].Function!;
}
