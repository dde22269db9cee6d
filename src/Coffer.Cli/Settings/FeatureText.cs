namespace Coffer.Cli.Settings;

/// <summary>
/// Sets of features as people write them: names with commas between, each the name of an edition (<c>wasm2</c>,
/// <c>all</c>), which replaces what came before, or of a feature, with <c>-</c> before it to take it away.
/// </summary>
internal static class FeatureText
{
    private static readonly Dictionary<string, Features> Editions = new(StringComparer.Ordinal)
    {
        ["none"] = Features.None,
        ["mvp"] = Features.None,
        ["wasm1"] = Features.Wasm1,
        ["lime1"] = Features.Wasm1 | Features.SignExtension | Features.SaturatingConversions | Features.MultiValue
            | Features.BulkMemory | Features.ExtendedConstants,
        ["wasm2"] = Features.Wasm2,
        ["wasm3"] = Features.Wasm3,
        ["all"] = Features.All,
    };

    private static readonly Dictionary<string, Features> Names = Enum.GetValues<Features>()
        .Where(feature => feature != Features.None && long.IsPow2((long)feature) && feature != Features.Wasm1)
        .Append(Features.MutableGlobals)
        .Distinct()
        .ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>The names of all editions and features.</summary>
    public static IEnumerable<string> AllNames => Editions.Keys.Concat(Names.Keys);

    /// <summary>Changes a set of features as the text says.</summary>
    /// <returns>The word that is not known, or null.</returns>
    public static string? Apply(string text, ref Features features)
    {
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var name = word.TrimStart('+', '-');
            if (Names.TryGetValue(name, out var feature))
            {
                features = word[0] == '-' ? features & ~feature : features | feature;
            }
            else if (word == name && Editions.TryGetValue(name, out var edition)) features = edition;
            else return word;
        }

        return null;
    }

    /// <summary>The features of a set by name, with commas between.</summary>
    public static IEnumerable<string> Describe(Features features) =>
        Names.Where(entry => features.HasFlag(entry.Value)).Select(entry => entry.Key);

    /// <summary>The name of one feature: words in lower case with hyphens between.</summary>
    public static string NameOf(Features feature)
    {
        var name = feature == Features.MutableGlobals ? nameof(Features.MutableGlobals) : feature.ToString();
        return string.Concat(name.Select(
            (c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
    }
}
