using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Coffer.Plugins.Generators;

/// <summary>An interface of a plugin or of its host.</summary>
internal sealed class InterfaceModel
{
    private InterfaceModel(INamedTypeSymbol symbol, AttributeData attribute, List<Method> methods)
    {
        Name = symbol.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        Namespace = symbol.ContainingNamespace.IsGlobalNamespace ? null : symbol.ContainingNamespace.ToDisplayString();
        BaseName = symbol.Name.Length > 1 && symbol.Name[0] == 'I' && char.IsUpper(symbol.Name[1]) ? symbol.Name.Substring(1) : symbol.Name;
        Accessibility = symbol.DeclaredAccessibility == Microsoft.CodeAnalysis.Accessibility.Public ? "public" : "internal";
        Module = attribute.ConstructorArguments.FirstOrDefault().Value as string;
        Methods = methods;
        JsonContext = (attribute.NamedArguments.FirstOrDefault(argument => argument.Key == "Json").Value.Value as ITypeSymbol)?
            .ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
    }

    public string Name { get; }

    public string? Namespace { get; }

    public string BaseName { get; }

    public string Accessibility { get; }

    public string? Module { get; }

    public string? JsonContext { get; }

    public IReadOnlyList<Method> Methods { get; }

    /// <summary>Reads an interface; what is wrong with it is added to the problems.</summary>
    public static InterfaceModel? Of(INamedTypeSymbol symbol, AttributeData attribute, bool isHost, List<Problem> problems)
    {
        var methods = new List<Method>();
        if (symbol.IsGenericType || symbol.ContainingType is not null) problems.Add(Problem.At(symbol, $"{symbol.Name} is generic or inside another type"));
        foreach (var member in symbol.AllInterfaces.SelectMany(parent => parent.GetMembers()).Concat(symbol.GetMembers()))
        {
            if (member is not IMethodSymbol { MethodKind: MethodKind.Ordinary } method)
            {
                if (member is not IMethodSymbol) problems.Add(Problem.At(member, $"{member.Name} is no method; a plugin's interface has methods only"));
                continue;
            }

            if (Method.Of(method, isHost, problems) is { } read) methods.Add(read);
        }

        return problems.Count == 0 ? new InterfaceModel(symbol, attribute, methods) : null;
    }

    /// <summary>The further argument that says how a type is JSON; nothing where that is found at run time.</summary>
    public string JsonArgument(Crossing type) => JsonContext is null
        ? ""
        : $", type: (global::System.Text.Json.Serialization.Metadata.JsonTypeInfo<{type.RecordName}>){JsonContext}.Default.GetTypeInfo(typeof({type.RecordName.TrimEnd('?')}))!";

    /// <summary>The further arguments where a record comes back: whether it may be null, and how it is JSON.</summary>
    public string ReadArguments(Crossing type) => (type.IsNullable ? ", isNullable: true" : "") + JsonArgument(type);

    /// <summary>The file with the class that is made of it.</summary>
    public string Write(Action<Lines, InterfaceModel> writer)
    {
        var lines = new Lines().Add("// Made from the interface; changes are lost.").Add("#nullable enable");
        if (Namespace is not null) lines.Add($"namespace {Namespace};");
        lines.Add("");
        writer(lines, this);
        return lines.ToString();
    }
}
