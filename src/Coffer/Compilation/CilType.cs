using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// The CIL types that guest values and temporaries have. Numbers from <see cref="FirstTuple"/> on are value tuples of
/// several results, numbered by the image.
/// </summary>
internal enum CilType
{
    I32,
    I64,
    F32,
    F64,
    V128,
    Object,
    NativeInt,
    FuncRef,
    FirstTuple,
}

internal static class CilTypes
{
    /// <summary>All references are <see cref="object"/>: their static types were checked by validation.</summary>
    public static CilType Of(ValueType type) => type.Kind switch
    {
        ValueKind.I32 => CilType.I32,
        ValueKind.I64 => CilType.I64,
        ValueKind.F32 => CilType.F32,
        ValueKind.F64 => CilType.F64,
        ValueKind.V128 => CilType.V128,
        _ => CilType.Object,
    };

    /// <summary>The CLR type of a guest value.</summary>
    public static Type Clr(ValueType type) => type.Kind switch
    {
        ValueKind.I32 => typeof(int),
        ValueKind.I64 => typeof(long),
        ValueKind.F32 => typeof(float),
        ValueKind.F64 => typeof(double),
        ValueKind.V128 => typeof(System.Runtime.Intrinsics.Vector128<byte>),
        _ => typeof(object),
    };
}
