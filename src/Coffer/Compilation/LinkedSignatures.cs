using System.Collections.Immutable;
using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// The function types for which calls between host and guest are compiled ahead, when a module is made part of a program.
/// The same when the program is built and when it runs: they follow from the module alone.
/// </summary>
internal sealed class LinkedSignatures
{
    private LinkedSignatures(ImmutableArray<FunctionType> imports, ImmutableArray<FunctionType> exports)
    {
        Imports = imports;
        Exports = exports;
    }

    /// <summary>Those of no module.</summary>
    public static LinkedSignatures None { get; } = new([], []);

    /// <summary>The types of imported functions.</summary>
    public ImmutableArray<FunctionType> Imports { get; }

    /// <summary>The types of exported functions.</summary>
    public ImmutableArray<FunctionType> Exports { get; }

    public static LinkedSignatures Of(ModuleDefinition module) => new(
        Distinct(module.Imports.Where(import => import.Kind == ExternalKind.Function).Select(import => module.FunctionTypeOf(import.Index))),
        Distinct(module.Exports.Where(export => export.Kind == ExternalKind.Function).Select(export => module.FunctionTypeOf(export.Index))));

    /// <summary>
    /// Whether a function type has a delegate among those of the platform: numbers alone, so many parameters that a
    /// caller can come before them, and results that fit a value tuple.
    /// </summary>
    public static bool Has(FunctionType type) => type.Parameters.Length <= 15 && type.Results.Length <= ResultShape.LargestTuple
        && type.Parameters.Concat(type.Results).All(value => value.Kind is ValueKind.I32 or ValueKind.I64 or ValueKind.F32 or ValueKind.F64);

    private static ImmutableArray<FunctionType> Distinct(IEnumerable<FunctionType> types) => [.. types.Where(Has).Distinct()];
}
