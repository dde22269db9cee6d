using Coffer.Binary;
using Coffer.Cli.Settings;
using Coffer.Types;

namespace Coffer.Cli.Inspection;

/// <summary>An import or export in words.</summary>
/// <param name="Module">The first name of an import; null for an export.</param>
/// <param name="Name">The name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Type">Its type.</param>
internal sealed record EntitySummary(string? Module, string Name, string Kind, string Type);

/// <summary>What <c>inspect</c> says of a module.</summary>
internal sealed record ModuleSummary
{
    public required string File { get; init; }
    public required int Size { get; init; }

    /// <summary>The module's name for itself, or null.</summary>
    public required string? Name { get; init; }

    public required IReadOnlyList<string> Features { get; init; }
    public required IReadOnlyList<(string What, int Count)> Counts { get; init; }
    public required IReadOnlyList<SectionPlace> Sections { get; init; }
    public required IReadOnlyList<EntitySummary> Imports { get; init; }
    public required IReadOnlyList<EntitySummary> Exports { get; init; }

    /// <summary>The index of the start function, or -1.</summary>
    public required int Start { get; init; }

    public static ModuleSummary Of(string file, Module module)
    {
        var definition = module.Definition;
        return new ModuleSummary
        {
            File = file,
            Size = definition.Bytes.Length,
            Name = NameSection.Of(definition).ModuleName,
            Features = [.. FeatureText.Describe(FeatureScan.Of(definition))],
            Counts = CountsOf(definition),
            Sections = ModuleSections.Of(definition.Bytes.Span),
            Imports = [.. module.Imports.Select(import => new EntitySummary(
                PlainText.OneLine(import.Module),
                PlainText.OneLine(import.Name),
                EntityText.KindOf(import.Kind),
                EntityText.TypeOf(import.Type)))],
            Exports = [.. module.Exports.Select(export => new EntitySummary(
                null, PlainText.OneLine(export.Name), EntityText.KindOf(export.Kind), EntityText.TypeOf(export.Type)))],
            Start = definition.Start,
        };
    }

    private static List<(string What, int Count)> CountsOf(ModuleDefinition module) =>
    [
        ("types", module.TypeDeclarations.Length),
        ("functions", module.Functions.Length),
        ("tables", module.Tables.Length),
        ("memories", module.Memories.Length),
        ("globals", module.Globals.Length),
        ("tags", module.Tags.Length),
        ("element segments", module.Elements.Length),
        ("data segments", module.Data.Length),
        ("custom sections", module.CustomSections.Length),
    ];
}
