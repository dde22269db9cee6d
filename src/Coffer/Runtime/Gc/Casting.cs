using System.Runtime.CompilerServices;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// Tests of reference values against types of the internal hierarchy (specification, section 4.5.3). Null passes none
/// of them; instructions that accept it test for it themselves.
/// <para>
/// <c>any.convert_extern</c> and <c>extern.convert_any</c> change nothing: an object of a host in a reference of type
/// <c>any</c> is recognized by being of none of the classes here, whatever its class is.
/// </para>
/// </summary>
internal static class Casting
{
    /// <summary><c>ref.eq</c>.</summary>
    public static bool AreEqual(object? left, object? right) =>
        ReferenceEquals(left, right) || (left is I31Object a && right is I31Object b && a.Value == b.Value);

    /// <summary>Whether a value is of the abstract type <c>eq</c>: a struct, an array or a scalar.</summary>
    public static bool IsEq(object? value) => value is I31Object or GcObject;

    /// <summary>Whether a value is of the abstract type <c>i31</c>.</summary>
    public static bool IsI31(object? value) => value is I31Object;

    /// <summary>Whether a value is of the abstract type <c>struct</c>.</summary>
    public static bool IsStruct(object? value) => value is StructObject;

    /// <summary>Whether a value is of the abstract type <c>array</c>.</summary>
    public static bool IsArray(object? value) => value is ArrayObject;

    /// <summary>Whether a value is of a struct or array type.</summary>
    public static bool IsInstance(object? value, DefinedType type) =>
        value is GcObject instance && IsSubtype(instance.Type, type);

    /// <summary>
    /// The same for a value whose static type says that it is null, a struct or an array, which spares a look at its
    /// class.
    /// </summary>
    public static bool IsInstanceOfGcObject(object? value, DefinedType type) =>
        value is not null && IsSubtype(Unsafe.As<GcObject>(value).Type, type);

    /// <summary>
    /// Whether the type of a value is another type or below it. A subtype has its ancestor at the ancestor's depth in
    /// its display, so the test takes constant time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSubtype(DefinedType actual, DefinedType expected)
    {
        if (ReferenceEquals(actual, expected)) return true;
        if (expected.IsFinal) return false;
        var display = actual.Display;
        var depth = expected.Depth;
        return (uint)depth < (uint)display.Length && ReferenceEquals(display[depth], expected);
    }

    /// <summary>Whether a non-null value is of a heap type of the internal or external hierarchy.</summary>
    public static bool Is(object? value, HeapType type) => value is not null && type.Kind switch
    {
        HeapKind.Any or HeapKind.Extern => true,
        HeapKind.Eq => IsEq(value),
        HeapKind.I31 => IsI31(value),
        HeapKind.Struct => IsStruct(value),
        HeapKind.Array => IsArray(value),
        HeapKind.Concrete => IsInstance(value, type.Definition!),
        _ => false,
    };
}
