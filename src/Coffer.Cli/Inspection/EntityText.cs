using Coffer.Types;

namespace Coffer.Cli.Inspection;

/// <summary>Types of imports and exports in one line each.</summary>
internal static class EntityText
{
    /// <summary>The kind as the text format names it.</summary>
    public static string KindOf(ExternalKind kind) =>
        kind == ExternalKind.Function ? "func" : kind.ToString().ToLowerInvariant();

    /// <summary>The type, nearly as the text format writes it.</summary>
    public static string TypeOf(object type) => type.ToString() ?? "";
}
