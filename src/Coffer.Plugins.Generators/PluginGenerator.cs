using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Coffer.Plugins.Generators;

/// <summary>
/// Makes, beside each interface of a plugin, the class that calls it, and beside each interface of a host, what offers it.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class PluginGenerator : IIncrementalGenerator
{
    private const string Attributes = "Coffer.Plugins.Typed.";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        Register(context, "PluginInterfaceAttribute", isHost: false, PluginWriter.Write);
        Register(context, "PluginHostInterfaceAttribute", isHost: true, HostWriter.Write);
    }

    private static void Register(
        IncrementalGeneratorInitializationContext context, string attribute, bool isHost, Action<Lines, InterfaceModel> writer)
    {
        var files = context.SyntaxProvider.ForAttributeWithMetadataName(
            Attributes + attribute, static (_, _) => true, (found, _) => Make((INamedTypeSymbol)found.TargetSymbol, found.Attributes[0], isHost, writer));
        context.RegisterSourceOutput(files, static (output, file) =>
        {
            foreach (var problem in file.Problems) output.ReportDiagnostic(problem.ToDiagnostic());
            if (file.Text is not null) output.AddSource(file.Name, file.Text);
        });
    }

    private static GeneratedFile Make(INamedTypeSymbol symbol, AttributeData attribute, bool isHost, Action<Lines, InterfaceModel> writer)
    {
        var problems = new List<Problem>();
        var model = InterfaceModel.Of(symbol, attribute, isHost, problems);
        return new GeneratedFile($"{symbol.ToDisplayString()}.{(isHost ? "Functions" : "Plugin")}.g.cs", model?.Write(writer), [.. problems]);
    }

    /// <summary>What is made of an interface. Compared by content, so that nothing is made again when nothing has changed.</summary>
    private readonly struct GeneratedFile(string name, string? text, ImmutableArray<Problem> problems) : IEquatable<GeneratedFile>
    {
        public string Name => name;

        public string? Text => text;

        public ImmutableArray<Problem> Problems => problems;

        public bool Equals(GeneratedFile other) => Name == other.Name && Text == other.Text && Problems.SequenceEqual(other.Problems);

        public override bool Equals(object? obj) => obj is GeneratedFile other && Equals(other);

        public override int GetHashCode() => Name.GetHashCode();
    }
}
