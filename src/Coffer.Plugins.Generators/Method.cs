using System.Collections.Generic;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;

namespace Coffer.Plugins.Generators;

/// <summary>A parameter of a method.</summary>
internal readonly record struct Parameter(string Name, Crossing Type);

/// <summary>A method of an interface, as it crosses the boundary.</summary>
internal sealed record Method(
    string Name, string WasmName, IReadOnlyList<Parameter> Parameters, Crossing Result, string ResultName, string? Cancellation, bool IsAsync)
{
    private const int MostValues = 15;

    /// <summary>Reads a method; null, with what is wrong, where it cannot be one.</summary>
    public static Method? Of(IMethodSymbol symbol, bool isHost, List<Problem> problems)
    {
        if (symbol.IsGenericMethod || symbol.IsStatic)
        {
            problems.Add(Problem.At(symbol, $"{symbol.Name} is generic or static; a plugin's functions are neither"));
            return null;
        }

        string? cancellation = null;
        var parameters = new List<Parameter>();
        foreach (var parameter in symbol.Parameters)
        {
            if (!isHost && parameter.Type.Name == "CancellationToken" && parameter.Ordinal == symbol.Parameters.Length - 1)
            {
                cancellation = parameter.Name;
                continue;
            }

            var crossing = Crossing.Of(parameter.Type);
            if (parameter.RefKind != RefKind.None || crossing.Shape is Shape.None or Shape.Nothing)
            {
                problems.Add(Problem.At(parameter, $"{parameter.Name} is a {parameter.Type.ToDisplayString()}; what crosses are numbers, bool, string, byte[], ReadOnlySpan<byte>, ReadOnlyMemory<byte> and records"));
                return null;
            }

            parameters.Add(new Parameter("@" + parameter.Name, crossing));
        }

        var (result, isAsync) = Unwrap(symbol.ReturnType);
        var answer = result is null ? new Crossing(Shape.Nothing, "void", "", "void", false, false) : Crossing.Of(result);
        if (answer.Shape == Shape.None || answer.IsSpan || (isAsync && isHost))
        {
            problems.Add(Problem.At(symbol, isAsync && isHost
                ? $"{symbol.Name} returns a task; a plugin waits for its host on its own thread"
                : $"{symbol.Name} returns a {symbol.ReturnType.ToDisplayString()}; what is returned are numbers, bool, string, byte[], ReadOnlyMemory<byte> and records"));
            return null;
        }

        var method = new Method(symbol.Name, NameOf(symbol), parameters, answer, symbol.ReturnType.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat
            .WithMiscellaneousOptions(SymbolDisplayFormat.FullyQualifiedFormat.MiscellaneousOptions | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier)), cancellation, isAsync);
        if (method.WasmParameters.Count() <= MostValues) return method;
        problems.Add(Problem.At(symbol, $"{symbol.Name} has more than {MostValues} values in WebAssembly, where each string and record is two"));
        return null;
    }

    /// <summary>The types of the parameters in WebAssembly: pointers and lengths for all but numbers.</summary>
    public IEnumerable<string> WasmParameters => Parameters.SelectMany(parameter =>
        parameter.Type.Shape == Shape.Number ? new[] { parameter.Type.Wasm } : ["int", "int"]);

    /// <summary>The type of the result in WebAssembly.</summary>
    public string WasmResult => Result.Shape switch
    {
        Shape.Nothing => "void",
        Shape.Number => Result.Wasm,
        _ => "long",
    };

    /// <summary>The type of the delegate that calls it.</summary>
    public string DelegateType => (WasmResult, WasmParameters.Any()) switch
    {
        ("void", false) => "global::System.Action",
        ("void", true) => $"global::System.Action<{string.Join(", ", WasmParameters)}>",
        _ => $"global::System.Func<{string.Join(", ", WasmParameters.Concat([WasmResult]))}>",
    };

    private static (ITypeSymbol? Type, bool IsAsync) Unwrap(ITypeSymbol type)
    {
        if (type is not INamedTypeSymbol { Name: "Task" or "ValueTask" } named || named.ContainingNamespace.ToDisplayString() != "System.Threading.Tasks") return (type, false);
        return (named.TypeArguments.FirstOrDefault(), true);
    }

    private static string NameOf(IMethodSymbol symbol)
    {
        var attribute = symbol.GetAttributes().FirstOrDefault(candidate => candidate.AttributeClass?.Name == "WasmNameAttribute");
        if (attribute?.ConstructorArguments.FirstOrDefault().Value is string given) return given;
        var name = symbol.Name.EndsWith("Async", System.StringComparison.Ordinal) && Unwrap(symbol.ReturnType).IsAsync
            ? symbol.Name.Substring(0, symbol.Name.Length - "Async".Length)
            : symbol.Name;
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsUpper(name[i]) && i > 0 && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])))) text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
