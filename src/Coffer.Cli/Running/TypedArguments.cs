using System.Globalization;
using System.Numerics;
using System.Runtime.Intrinsics;
using Coffer.Types;

namespace Coffer.Cli.Running;

/// <summary>Turns words of the command line into values of the types that a function takes.</summary>
internal static class TypedArguments
{
    /// <exception cref="CommandFailure">The words do not fit the type.</exception>
    public static Value[] Parse(string function, FunctionType type, IReadOnlyList<string> words)
    {
        if (words.Count != type.Parameters.Length)
        {
            throw CommandFailure.Usage(
                $"\"{function}\" takes {type.Parameters.Length} arguments, not {words.Count}: its type is {type}");
        }

        var values = new Value[words.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Parse(words[i], type.Parameters[i])
                ?? throw CommandFailure.Usage(
                    $"\"{words[i]}\" is no {type.Parameters[i]} (argument {i + 1} of \"{function}\", {type})");
        }

        return values;
    }

    private static Value? Parse(string word, ValueType type) => type.Kind switch
    {
        ValueKind.I32 => Integer(word, 32) is { } value ? Value.I32((int)(uint)value) : null,
        ValueKind.I64 => Integer(word, 64) is { } value ? Value.I64((long)(ulong)value) : null,
        ValueKind.F32 => Float<float>(word) is { } value ? Value.F32(value) : null,
        ValueKind.F64 => Float<double>(word) is { } value ? Value.F64(value) : null,
        ValueKind.V128 => Integer(word, 128) is { } value
            ? Value.V128(Vector128.Create((ulong)value, (ulong)(value >> 64)).AsByte())
            : null,
        ValueKind.Reference when word == "null" && type.IsNullable => Value.Reference(null),
        ValueKind.Reference when type.Heap.Kind == HeapKind.Extern => Value.Reference(word),
        _ => null,
    };

    // Signed or not, decimal or with 0x; the bits that remain in the width.
    private static UInt128? Integer(string word, int width)
    {
        var digits = word.Replace("_", "", StringComparison.Ordinal).AsSpan();
        var isNegative = digits.StartsWith("-");
        if (isNegative) digits = digits[1..];
        var isHexadecimal = digits.StartsWith("0x") || digits.StartsWith("0X");
        if (isHexadecimal) digits = digits[2..];
        var style = isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (!UInt128.TryParse(digits, style, CultureInfo.InvariantCulture, out var magnitude)) return null;
        var mask = UInt128.MaxValue >> (128 - width);
        if (!isNegative) return magnitude <= mask ? magnitude : null;
        return magnitude <= (mask >> 1) + 1 ? (0 - magnitude) & mask : null;
    }

    private static T? Float<T>(string word) where T : struct, IFloatingPointIeee754<T> => word switch
    {
        "nan" => T.NaN,
        "-nan" => -T.NaN,
        "inf" => T.PositiveInfinity,
        "-inf" => T.NegativeInfinity,
        _ => T.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null,
    };
}
