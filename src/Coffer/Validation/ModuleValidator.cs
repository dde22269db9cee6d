using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>
/// Validity of a module (specification, section 3.5) except for function bodies and constant expressions, which are
/// validated as they are compiled. The types themselves were validated when they were made canonical.
/// </summary>
internal static class ModuleValidator
{
    /// <summary>Validates <paramref name="module"/> and fills its <see cref="ModuleDefinition.DeclaredFunctions"/>.</summary>
    /// <exception cref="InvalidException">The module is invalid.</exception>
    public static void Validate(ModuleDefinition module, Features features)
    {
        TypeFeatures.Validate(module, features);
        foreach (var function in module.Functions) RequireFunctionType(module, function.TypeIndex, function.Offset);
        ExternalTypeValidation.Validate(module, features);
        SegmentValidation.Validate(module, features);
        ValidateImports(module, features);
        ValidateExports(module, features);
        ValidateStart(module);
        DeclareFunctions(module, features);
    }

    /// <summary>The function type of an index, which must exist and be one.</summary>
    internal static FunctionType RequireFunctionType(ModuleDefinition module, int index, int offset)
    {
        if (index >= module.Types.Length) throw new InvalidException($"unknown type {index}", offset);
        return module.Types[index].Function
            ?? throw new InvalidException($"type mismatch: type {index} is not a function type", offset);
    }

    /// <summary>Refuses a reference to a type that does not exist.</summary>
    internal static void RequireKnown(ValueType type, Features features, long offset)
    {
        FeatureGate.Require(type, features, offset);
        if (type.IsReference && type.Heap.IsConcrete && type.Heap.Definition is null)
        {
            throw new InvalidException($"unknown type {type.Heap.Index}", offset);
        }
    }

    private static void ValidateImports(ModuleDefinition module, Features features)
    {
        foreach (var import in module.Imports)
        {
            if (import.Kind == ExternalKind.Global) RequireImmutable(module, import.Index, features, import.Offset);
        }
    }

    private static void ValidateExports(ModuleDefinition module, Features features)
    {
        var names = new HashSet<string>(module.Exports.Length, StringComparer.Ordinal);
        foreach (var export in module.Exports)
        {
            if (!names.Add(export.Name))
            {
                throw new InvalidException($"duplicate export name: \"{export.Name}\"", export.Offset);
            }

            var (count, what) = export.Kind switch
            {
                ExternalKind.Function => (module.Functions.Length, "function"),
                ExternalKind.Table => (module.Tables.Length, "table"),
                ExternalKind.Memory => (module.Memories.Length, "memory"),
                ExternalKind.Global => (module.Globals.Length, "global"),
                _ => (module.Tags.Length, "tag"),
            };
            if (export.Index >= count) throw new InvalidException($"unknown {what} {export.Index}", export.Offset);
            if (export.Kind == ExternalKind.Global) RequireImmutable(module, export.Index, features, export.Offset);
        }
    }

    private static void RequireImmutable(ModuleDefinition module, int global, Features features, int offset)
    {
        if (!module.Globals[global].Type.IsMutable) return;
        FeatureGate.Require(
            Features.MutableGlobals, features, "mutable global", "importing or exporting one", offset);
    }

    private static void ValidateStart(ModuleDefinition module)
    {
        if (module.Start < 0) return;
        if (module.Start >= module.Functions.Length)
        {
            throw new InvalidException($"unknown function {module.Start}", module.StartOffset);
        }

        var type = module.FunctionTypeOf(module.Start);
        if (type.Parameters.Length + type.Results.Length == 0) return;
        throw new InvalidException(
            $"start function: it must take and return nothing, but has the type {type}", module.StartOffset);
    }

    /// <summary>The set C.refs of section 3.5.18: functions that occur outside bodies and the start section.</summary>
    private static void DeclareFunctions(ModuleDefinition module, Features features)
    {
        var declared = module.DeclaredFunctions;
        foreach (var export in module.Exports)
        {
            if (export.Kind == ExternalKind.Function) declared.Add(export.Index);
        }

        foreach (var segment in module.Elements)
        {
            if (segment.Functions.IsDefault) continue;
            foreach (var function in segment.Functions) declared.Add(function);
        }

        foreach (var use in ConstantExpressions.Of(module, features))
        {
            ConstantExpressions.CollectFunctions(module, use.Expression, features, declared);
        }
    }
}
