using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>Refuses types of the type section that belong to a proposal which is off.</summary>
internal static class TypeFeatures
{
    public static void Validate(ModuleDefinition module, Features features)
    {
        if ((features & Features.Wasm3) == Features.Wasm3) return;
        foreach (var declaration in module.TypeDeclarations)
        {
            switch (declaration.Composite)
            {
                case FunctionType function:
                    foreach (var type in function.Parameters) FeatureGate.Require(type, features, declaration.Offset);
                    foreach (var type in function.Results) FeatureGate.Require(type, features, declaration.Offset);
                    RequireOneResult(function, features, declaration.Offset);
                    break;
                case StructType structure:
                    foreach (var field in structure.Fields) FeatureGate.Require(field.Type, features, declaration.Offset);
                    break;
                case ArrayType array:
                    FeatureGate.Require(array.Element.Type, features, declaration.Offset);
                    break;
            }
        }
    }

    private static void RequireOneResult(FunctionType function, Features features, long offset)
    {
        if (function.Results.Length <= 1) return;
        FeatureGate.Require(Features.MultiValue, features, "invalid result arity", "more than one result", offset);
    }
}
