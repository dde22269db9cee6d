using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Manifests;

/// <summary>What a manifest may contain, made from the lists of grants and settings.</summary>
internal static class ManifestShape
{
    public const string Schema = "$schema", Module = "module", Grants = "grants";
    public const string Limits = "limits", Quotas = "quotas", Audit = "audit";

    /// <summary>The sections of single values, with the shape of each.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, SettingShape>> Sections { get; } =
        new Dictionary<string, IReadOnlyDictionary<string, SettingShape>>
        {
            [Limits] = Of(Manifests.Limits.Syntax),
            [Quotas] = Of(Capabilities.Quotas.Syntax),
            [Audit] = Of(AuditSettings.Syntax),
        };

    /// <summary>The lists of grants.</summary>
    public static IReadOnlyList<string> Lists { get; } = [.. GrantSyntax.All.Select(row => row.ManifestKey)];

    /// <summary>What may stand at the top.</summary>
    public static IReadOnlyList<string> Top { get; } = [Schema, Module, Grants, .. Sections.Keys];

    /// <summary>How people write a key of the configuration: <c>grants.directories[0]</c>.</summary>
    public static string Describe(string key) => string.Concat(key.Split(':').Select((part, i) =>
        part.All(char.IsAsciiDigit) ? $"[{part}]" : i == 0 ? part : $".{part}"));

    private static Dictionary<string, SettingShape> Of<T>(IEnumerable<SettingSyntax<T>> rows) =>
        rows.ToDictionary(row => row.ManifestKey, row => row.Shape);
}
