using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>Validity of element and data segments (specification, sections 3.5.7 and 3.5.8) but for their expressions.</summary>
internal static class SegmentValidation
{
    public static void Validate(ModuleDefinition module, Features features)
    {
        foreach (var segment in module.Elements) ValidateElement(segment, module, features);
        foreach (var segment in module.Data)
        {
            if (segment.Mode == SegmentMode.Active && segment.Memory >= module.Memories.Length)
            {
                throw new InvalidException($"unknown memory {segment.Memory}", segment.Offset);
            }
        }
    }

    private static void ValidateElement(ElementSegment segment, ModuleDefinition module, Features features)
    {
        if (!segment.Functions.IsDefault) ValidateFunctions(segment, module);
        else if (segment.Type != ValueType.FuncRef) ModuleValidator.RequireKnown(segment.Type, features, segment.Offset);

        if (segment.Mode != SegmentMode.Active) return;
        if (segment.Table >= module.Tables.Length)
        {
            throw new InvalidException($"unknown table {segment.Table}", segment.Offset);
        }

        var expected = module.Tables[segment.Table].Type.Element;
        if (Subtyping.Matches(segment.Type, expected)) return;
        throw new InvalidException(
            $"type mismatch: a segment of {segment.Type} for a table of {expected}", segment.Offset);
    }

    private static void ValidateFunctions(ElementSegment segment, ModuleDefinition module)
    {
        foreach (var function in segment.Functions)
        {
            if (function >= module.Functions.Length)
            {
                throw new InvalidException($"unknown function {function}", segment.Offset);
            }
        }
    }
}
