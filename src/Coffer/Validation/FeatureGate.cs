using Coffer.Types;

namespace Coffer.Validation;

/// <summary>Which types need which proposal.</summary>
internal static class FeatureGate
{
    /// <summary>Refuses a type that belongs to a proposal which is off.</summary>
    public static void Require(ValueType type, Features enabled, long offset, int function = -1)
    {
        var missing = Needed(type) & ~enabled;
        if (missing == 0) return;
        throw new InvalidException(
            $"unknown type: {type} needs the feature {missing}, which is switched off", offset, function);
    }

    /// <summary>Refuses anything else that belongs to a proposal which is off.</summary>
    public static void Require(Features needed, Features enabled, string error, string what, long offset)
    {
        if ((needed & ~enabled) == 0) return;
        throw new InvalidException($"{error}: {what} needs the feature {needed}, which is switched off", offset);
    }

    /// <summary>The proposals that a type belongs to.</summary>
    public static Features Needed(ValueType type) => type.Kind switch
    {
        ValueKind.V128 => Features.Simd,
        ValueKind.Reference => (type.IsNullable ? Features.None : Features.FunctionReferences) | Needed(type.Heap.Kind),
        _ => Features.None,
    };

    private static Features Needed(HeapKind kind) => kind switch
    {
        HeapKind.Func or HeapKind.Extern => Features.ReferenceTypes,
        HeapKind.Concrete => Features.FunctionReferences,
        HeapKind.Exn or HeapKind.NoExn => Features.Exceptions,
        _ => Features.Gc,
    };
}
