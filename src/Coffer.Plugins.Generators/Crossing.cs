using Microsoft.CodeAnalysis;

namespace Coffer.Plugins.Generators;

/// <summary>How a value crosses the boundary.</summary>
internal enum Shape
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A method that returns nothing.</summary>
    Nothing,

    /// <summary>As it is.</summary>
    Number,

    /// <summary>As UTF-8.</summary>
    Text,

    /// <summary>As they are.</summary>
    Bytes,

    /// <summary>As JSON.</summary>
    Record,
}

/// <summary>A type of an interface: its name in C#, how it crosses, and what it is in WebAssembly.</summary>
internal readonly record struct Crossing(Shape Shape, string Name, string Wasm, string RecordName, bool IsSpan, bool IsNullable)
{
    private static readonly SymbolDisplayFormat Full = SymbolDisplayFormat.FullyQualifiedFormat
        .WithMiscellaneousOptions(SymbolDisplayFormat.FullyQualifiedFormat.MiscellaneousOptions | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    public static Crossing Of(ITypeSymbol type)
    {
        var name = type.ToDisplayString(Full);
        var isNullable = type.NullableAnnotation == NullableAnnotation.Annotated;
        Crossing As(Shape shape, string wasm = "", bool isSpan = false) => new(shape, name, wasm, type.WithNullableAnnotation(isNullable ? NullableAnnotation.Annotated : NullableAnnotation.None).ToDisplayString(Full), isSpan, isNullable);
        switch (type.SpecialType)
        {
            case SpecialType.System_Void:
                return As(Shape.Nothing);
            case SpecialType.System_Boolean:
            case SpecialType.System_Int32:
            case SpecialType.System_UInt32:
            case SpecialType.System_Int64:
            case SpecialType.System_UInt64:
            case SpecialType.System_Single:
            case SpecialType.System_Double:
                return As(Shape.Number, name);
            case SpecialType.System_String:
                return As(Shape.Text);
        }

        if (type is IArrayTypeSymbol { Rank: 1, ElementType.SpecialType: SpecialType.System_Byte }) return As(Shape.Bytes);
        if (type is INamedTypeSymbol { IsGenericType: true, Name: "ReadOnlySpan" or "ReadOnlyMemory" } generic
            && generic.TypeArguments[0].SpecialType == SpecialType.System_Byte)
        {
            return As(Shape.Bytes, isSpan: generic.Name == "ReadOnlySpan");
        }

        return type.TypeKind is TypeKind.Class or TypeKind.Struct or TypeKind.Enum or TypeKind.Array && !type.IsRefLikeType && type.SpecialType != SpecialType.System_Object
            ? As(Shape.Record)
            : As(Shape.None);
    }
}
