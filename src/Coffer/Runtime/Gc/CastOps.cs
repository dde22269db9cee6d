using System.Runtime.CompilerServices;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// The operations behind <c>ref.test</c> and <c>ref.cast</c>. <c>Is…</c> tests, <c>As…</c> traps; <c>…OrNull</c> lets null
/// pass. <c>Instance</c> is a value known to be null, a struct or an array; <c>AnyInstance</c> may be anything internal;
/// <c>Exact</c> is for types without subtypes.
/// </summary>
internal static class CastOps
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static bool IsEq(object? value) => Casting.IsEq(value);

    public static bool IsEqOrNull(object? value) => value is null || Casting.IsEq(value);

    public static bool IsI31(object? value) => value is I31Object;

    public static bool IsI31OrNull(object? value) => value is null or I31Object;

    public static bool IsStruct(object? value) => value is StructObject;

    public static bool IsStructOrNull(object? value) => value is null or StructObject;

    public static bool IsArray(object? value) => value is ArrayObject;

    public static bool IsArrayOrNull(object? value) => value is null or ArrayObject;

    [MethodImpl(Inline)]
    public static bool IsExact(object? value, DefinedType type) =>
        value is not null && ReferenceEquals(Unsafe.As<GcObject>(value).Type, type);

    [MethodImpl(Inline)]
    public static bool IsExactOrNull(object? value, DefinedType type) =>
        value is null || ReferenceEquals(Unsafe.As<GcObject>(value).Type, type);

    [MethodImpl(Inline)]
    public static bool IsInstance(object? value, DefinedType type) =>
        value is not null && IsOf(Unsafe.As<GcObject>(value).Type, type);

    [MethodImpl(Inline)]
    public static bool IsInstanceOrNull(object? value, DefinedType type) =>
        value is null || IsOf(Unsafe.As<GcObject>(value).Type, type);

    [MethodImpl(Inline)]
    public static bool IsAnyExact(object? value, DefinedType type) =>
        value is GcObject known && ReferenceEquals(known.Type, type);

    [MethodImpl(Inline)]
    public static bool IsAnyExactOrNull(object? value, DefinedType type) => value is null || IsAnyExact(value, type);

    [MethodImpl(Inline)]
    public static bool IsAnyInstance(object? value, DefinedType type) => value is GcObject known && IsOf(known.Type, type);

    [MethodImpl(Inline)]
    public static bool IsAnyInstanceOrNull(object? value, DefinedType type) => value is null || IsAnyInstance(value, type);

    [MethodImpl(Inline)]
    public static bool IsExactFunction(object? value, DefinedType type) =>
        value is not null && ReferenceEquals(Unsafe.As<FuncRef>(value).Type, type);

    [MethodImpl(Inline)]
    public static bool IsExactFunctionOrNull(object? value, DefinedType type) =>
        value is null || ReferenceEquals(Unsafe.As<FuncRef>(value).Type, type);

    [MethodImpl(Inline)]
    public static bool IsFunction(object? value, DefinedType type) =>
        value is not null && IsOf(Unsafe.As<FuncRef>(value).Type, type);

    [MethodImpl(Inline)]
    public static bool IsFunctionOrNull(object? value, DefinedType type) =>
        value is null || IsOf(Unsafe.As<FuncRef>(value).Type, type);

    public static object? AsEq(object? value) => Checked(value, IsEq(value));

    public static object? AsEqOrNull(object? value) => Checked(value, IsEqOrNull(value));

    public static object? AsI31(object? value) => Checked(value, IsI31(value));

    public static object? AsI31OrNull(object? value) => Checked(value, IsI31OrNull(value));

    public static object? AsStruct(object? value) => Checked(value, IsStruct(value));

    public static object? AsStructOrNull(object? value) => Checked(value, IsStructOrNull(value));

    public static object? AsArray(object? value) => Checked(value, IsArray(value));

    public static object? AsArrayOrNull(object? value) => Checked(value, IsArrayOrNull(value));

    [MethodImpl(Inline)]
    public static object? AsExact(object? value, DefinedType type) => Checked(value, IsExact(value, type));

    [MethodImpl(Inline)]
    public static object? AsExactOrNull(object? value, DefinedType type) => Checked(value, IsExactOrNull(value, type));

    [MethodImpl(Inline)]
    public static object? AsInstance(object? value, DefinedType type) => Checked(value, IsInstance(value, type));

    [MethodImpl(Inline)]
    public static object? AsInstanceOrNull(object? value, DefinedType type) => Checked(value, IsInstanceOrNull(value, type));

    [MethodImpl(Inline)]
    public static object? AsAnyExact(object? value, DefinedType type) => Checked(value, IsAnyExact(value, type));

    [MethodImpl(Inline)]
    public static object? AsAnyExactOrNull(object? value, DefinedType type) => Checked(value, IsAnyExactOrNull(value, type));

    [MethodImpl(Inline)]
    public static object? AsAnyInstance(object? value, DefinedType type) => Checked(value, IsAnyInstance(value, type));

    [MethodImpl(Inline)]
    public static object? AsAnyInstanceOrNull(object? value, DefinedType type) => Checked(value, IsAnyInstanceOrNull(value, type));

    [MethodImpl(Inline)]
    public static object? AsExactFunction(object? value, DefinedType type) => Checked(value, IsExactFunction(value, type));

    [MethodImpl(Inline)]
    public static object? AsExactFunctionOrNull(object? value, DefinedType type) => Checked(value, IsExactFunctionOrNull(value, type));

    [MethodImpl(Inline)]
    public static object? AsFunction(object? value, DefinedType type) => Checked(value, IsFunction(value, type));

    [MethodImpl(Inline)]
    public static object? AsFunctionOrNull(object? value, DefinedType type) => Checked(value, IsFunctionOrNull(value, type));

    /// <summary>A cast that only null can fail.</summary>
    [MethodImpl(Inline)]
    public static object? AsNotNull(object? value) => Checked(value, value is not null);

    /// <summary>A cast that only null passes.</summary>
    [MethodImpl(Inline)]
    public static object? AsNull(object? value) => Checked(value, value is null);

    /// <summary>A cast that nothing passes.</summary>
    public static object? Fail(object? value) => Checked(value, passes: false);

    [MethodImpl(Inline)]
    private static object? Checked(object? value, bool passes)
    {
        if (!passes) Trap.CastFailure();
        return value;
    }

    [MethodImpl(Inline)]
    private static bool IsOf(DefinedType actual, DefinedType expected) =>
        ReferenceEquals(actual, expected) || IsProperSubtype(actual, expected);

    private static bool IsProperSubtype(DefinedType actual, DefinedType expected) => Casting.IsSubtype(actual, expected);
}
