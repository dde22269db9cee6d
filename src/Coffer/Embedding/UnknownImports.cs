using System.Linq.Expressions;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Functions in the place of those that a module imports and nobody offers.</summary>
internal static class UnknownImports
{
    private const int MaximumParameters = 16;

    /// <summary>A function that throws, with the name of the import; null for a type that no delegate has.</summary>
    public static Delegate? Make(string module, string importName, FunctionType type)
    {
        if (type.Parameters.Length > MaximumParameters || type.Results.Length > 1) return null;
        var parameters = new List<ParameterExpression>();
        foreach (var parameter in type.Parameters)
        {
            if (ClrTypeOf(parameter) is not { } clr) return null;
            parameters.Add(Expression.Parameter(clr));
        }

        var result = typeof(void);
        if (type.Results.Length == 1)
        {
            if (ClrTypeOf(type.Results[0]) is not { } clr) return null;
            result = clr;
        }

        var name = $"{module}.{importName}";
        Expression<Func<Exception>> exception = () => new UnknownImportException(name);
        var body = Expression.Throw(exception.Body, result);
        return Expression.Lambda(Expression.GetDelegateType([.. parameters.Select(parameter => parameter.Type), result]), body, parameters).Compile();
    }

    private static Type? ClrTypeOf(ValueType type) =>
        type == ValueType.I32 ? typeof(int)
        : type == ValueType.I64 ? typeof(long)
        : type == ValueType.F32 ? typeof(float)
        : type == ValueType.F64 ? typeof(double)
        : null;
}
