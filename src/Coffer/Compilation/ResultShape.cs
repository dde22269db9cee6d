using System.Collections.Immutable;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// How results are returned: none as void, one as itself, up to seven as a value tuple, more through the store's
/// <see cref="Runtime.ResultBuffer"/>.
/// </summary>
internal sealed record ResultShape(ImmutableArray<ValueType> Results, Type ClrType, CilType Local)
{
    public const int LargestTuple = 7;

    public bool IsTuple => Results.Length is > 1 and <= LargestTuple;

    public bool IsBuffered => Results.Length > LargestTuple;

    public static ResultShape Of(FunctionType type, List<Type> tuples)
    {
        var results = type.Results;
        if (results.Length is 0 or > LargestTuple) return new ResultShape(results, typeof(void), default);
        if (results.Length == 1) return new ResultShape(results, CilTypes.Clr(results[0]), CilTypes.Of(results[0]));
        var tuple = TupleType(results);
        var known = tuples.IndexOf(tuple);
        if (known < 0)
        {
            known = tuples.Count;
            tuples.Add(tuple);
        }

        return new ResultShape(results, tuple, CilType.FirstTuple + known);
    }

    /// <summary>The value tuple of two to seven results.</summary>
    public static Type TupleType(ImmutableArray<ValueType> results)
    {
        var arguments = results.Select(CilTypes.Clr).ToArray();
        var definition = results.Length switch
        {
            2 => typeof(ValueTuple<,>),
            3 => typeof(ValueTuple<,,>),
            4 => typeof(ValueTuple<,,,>),
            5 => typeof(ValueTuple<,,,,>),
            6 => typeof(ValueTuple<,,,,,>),
            _ => typeof(ValueTuple<,,,,,,>),
        };
        return definition.MakeGenericType(arguments);
    }

    /// <summary>The CLR type a function type returns.</summary>
    public static Type ReturnType(FunctionType type) => type.Results.Length switch
    {
        0 or > LargestTuple => typeof(void),
        1 => CilTypes.Clr(type.Results[0]),
        _ => TupleType(type.Results),
    };
}
