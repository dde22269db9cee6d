using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>How values of guest types are stored in objects: a letter for each kind of storage.</summary>
internal static class StorageShape
{
    // A shape that is longer is named by its hash.
    private const int LongestName = 48;

    /// <summary>The letter of a field: b i8, h i16, i i32, l i64, f f32, d f64, v v128, r reference.</summary>
    public static char Of(FieldType field) => field.Packing switch
    {
        Packing.I8 => 'b',
        Packing.I16 => 'h',
        _ => field.Type.Kind switch
        {
            ValueKind.I32 => 'i',
            ValueKind.I64 => 'l',
            ValueKind.F32 => 'f',
            ValueKind.F64 => 'd',
            ValueKind.V128 => 'v',
            _ => 'r',
        },
    };

    /// <summary>The CLR type of a letter.</summary>
    public static Type ClrType(char letter) => letter switch
    {
        'b' => typeof(sbyte),
        'h' => typeof(short),
        'i' => typeof(int),
        'l' => typeof(long),
        'f' => typeof(float),
        'd' => typeof(double),
        'v' => typeof(Vector128<byte>),
        _ => typeof(object),
    };

    /// <summary>
    /// The letters of a struct, with an underscore where a subtype adds fields to those of its supertype. Types that add
    /// nothing do not show.
    /// </summary>
    public static string Of(DefinedType type)
    {
        var shape = new StringBuilder();
        var fields = 0;
        foreach (var level in type.Display)
        {
            var structure = (StructType)level.Composite;
            if (fields > 0 && structure.Fields.Length > fields) shape.Append('_');
            for (; fields < structure.Fields.Length; fields++) shape.Append(Of(structure.Fields[fields]));
        }

        return shape.ToString();
    }

    /// <summary>A name of bounded length that the shape determines, in every process.</summary>
    public static string NameOf(string shape) => shape.Length <= LongestName
        ? shape.Length == 0 ? "0" : shape
        : $"{shape.Length}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(shape)).AsSpan(0, 16))}";
}
