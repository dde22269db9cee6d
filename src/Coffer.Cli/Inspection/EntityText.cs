using Coffer.Types;

namespace Coffer.Cli.Inspection;

/// <summary>Types of imports and exports in one line each.</summary>
internal static class EntityText
{
    /// <summary>The kind as the text format names it.</summary>
    public static string KindOf(ExternalKind kind) =>
        kind == ExternalKind.Function ? "func" : kind.ToString().ToLowerInvariant();

    /// <summary>The type, nearly as the text format writes it.</summary>
    public static string TypeOf(object type) => type switch
    {
        FunctionType function => function.ToString(),
        TableType table => $"{LimitsText(table.Limits)} {table.Element}",
        MemoryType memory =>
            LimitsText(memory.Limits) + (memory.PageSizeLog2 == 16 ? "" : $" (pagesize {1 << memory.PageSizeLog2})"),
        GlobalType global => global.IsMutable ? $"(mut {global.Type})" : global.Type.ToString(),
        _ => "",
    };

    private static string LimitsText(Limits limits)
    {
        var maximum = limits.Maximum is { } bound ? $" {bound}" : "";
        return $"{(limits.Is64 ? "i64 " : "")}{limits.Minimum}{maximum}{(limits.IsShared ? " shared" : "")}";
    }
}
