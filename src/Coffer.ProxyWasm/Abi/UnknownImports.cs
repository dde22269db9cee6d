using System.Linq.Expressions;
using Coffer.Types;
using ValueType = Coffer.Types.ValueType;

namespace Coffer.ProxyWasm.Abi;

/// <summary>Functions in the place of those that a module imports and nobody offers.</summary>
internal static class UnknownImports
{
    private const int MaximumParameters = 16;

    /// <summary>Defines a function for every import that is not known. Called, it ends the callback, with the name of what was called.</summary>
    public static void Define(Linker linker, Module module, Func<ImportInfo, bool> isKnown)
    {
        foreach (var import in module.Imports)
        {
            if (import.Kind != ExternalKind.Function || isKnown(import)) continue;
            if (Make(import, (FunctionType)import.Type) is { } function) linker.DefineFunction(import.Module, import.Name, function);
        }
    }

    // What has parameters that no delegate has stays unknown, and linking fails with its name.
    private static Delegate? Make(ImportInfo import, FunctionType type)
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

        var name = $"{import.Module}.{import.Name}";
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

/// <summary>A filter called a function that it imports and that the host does not have.</summary>
public sealed class UnknownImportException : Exception
{
    /// <summary>A filter called it.</summary>
    /// <param name="name">The name, such as <c>env.proxy_unknown</c>.</param>
    public UnknownImportException(string name) : base($"it called {name}, which this host does not have") => Name = name;

    /// <summary>The name.</summary>
    public string Name { get; }
}
