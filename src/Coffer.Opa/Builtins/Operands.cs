using System.Numerics;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Reads operands, with the messages that Open Policy Agent has for those of a wrong type.</summary>
internal static class Operands
{
    public static string Text(this RegoValue[] operands, int index) =>
        operands[index] is RegoString text ? text.Value : throw WrongType(index, operands[index], "string");

    public static RegoNumber Number(this RegoValue[] operands, int index) =>
        operands[index] as RegoNumber ?? throw WrongType(index, operands[index], "number");

    public static BigInteger Integer(this RegoValue[] operands, int index) =>
        operands.Number(index) is { IsInteger: true } number
        ? number.ToBigInteger()
        : throw new BuiltinException(
            $"operand {index + 1} must be integer number but got floating-point number") { IsTypeError = true };

    public static int SmallInteger(this RegoValue[] operands, int index) =>
        operands.Integer(index) is var value && value >= int.MinValue && value <= int.MaxValue
        ? (int)value
        : throw new BuiltinException($"operand {index + 1} is too large");

    public static bool Boolean(this RegoValue[] operands, int index) =>
        operands[index] is RegoBoolean boolean ? boolean.Value : throw WrongType(index, operands[index], "boolean");

    public static RegoObject Object(this RegoValue[] operands, int index) =>
        operands[index] as RegoObject ?? throw WrongType(index, operands[index], "object");

    public static RegoArray Array(this RegoValue[] operands, int index) =>
        operands[index] as RegoArray ?? throw WrongType(index, operands[index], "array");

    /// <summary>The items of an array or a set.</summary>
    public static IReadOnlyList<RegoValue> Items(this RegoValue[] operands, int index) =>
        operands[index] is RegoArray or RegoSet
        ? (IReadOnlyList<RegoValue>)operands[index]
        : throw WrongType(index, operands[index], "one of {set, array}");

    /// <summary>The error for an operand of a wrong type.</summary>
    public static BuiltinException WrongType(int index, RegoValue operand, string wanted) =>
        new($"operand {index + 1} must be {wanted} but got {operand.TypeName}") { IsTypeError = true };

    /// <summary>The error for an operand whose content is wrong.</summary>
    public static BuiltinException WrongValue(int index, string what) =>
        new($"operand {index + 1} {what}") { IsTypeError = true };

    /// <summary>A set of names as messages show it.</summary>
    public static string Show(IEnumerable<string> names) =>
        RegoWriter.WriteText(new RegoSet(names.Select(name => new RegoString(name))), RegoNotation.Shown);
}
