namespace Coffer.Benchmarks.Reporting;

/// <summary>The colours of engines, which are told apart on dark and on light ground.</summary>
internal static class Palette
{
    private static readonly Dictionary<string, string> Colours = new()
    {
        ["coffer-aot"] = "#2f6fed",
        ["coffer-cached"] = "#6c8cff",
        ["coffer-jit"] = "#3aa6d8",
        ["coffer-checked"] = "#8a94c9",
        ["v8-turbofan"] = "#e0533d",
        ["v8"] = "#e79a3c",
        ["wasmtime"] = "#2a9d7a",
        ["javascriptcore"] = "#b58900",
        ["wasmedge"] = "#a05bd6",
        ["native"] = "#7d8590",
    };

    private const string Other = "#c2457d";

    public static string Of(string engine) => Colours.GetValueOrDefault(engine, Other);

    /// <summary>Whether it is one of Coffer's, which stand out.</summary>
    public static bool IsOwn(string engine) => engine.StartsWith("coffer-", StringComparison.Ordinal);
}
