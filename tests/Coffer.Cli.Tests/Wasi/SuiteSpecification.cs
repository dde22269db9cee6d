using System.Text.Json;

namespace Coffer.Cli.Tests.Wasi;

/// <summary>
/// What a program of WebAssembly/wasi-testsuite is given and must do, in the legacy form of the suite, which all programs
/// for WASI 0.1 have. Output that it does not mention is not checked: one program writes notes to its standard error.
/// </summary>
internal sealed class SuiteSpecification
{
    private readonly JsonElement json;

    public SuiteSpecification(string program)
    {
        var file = Path.ChangeExtension(program, ".json");
        json = JsonDocument.Parse(File.Exists(file) ? File.ReadAllText(file) : "{}").RootElement;
        Assert.False(json.TryGetProperty("operations", out _), "a description by operations is not understood");
        Root = Text("root") is { } root ? Path.Combine(Path.GetDirectoryName(program)!, root) : null;
    }

    /// <summary>The folder that the program gets as its root.</summary>
    public string? Root { get; }

    public int ExitCode => json.TryGetProperty("exit_code", out var code) ? code.GetInt32() : 0;

    public string? Output => Text("stdout");

    public string? Error => Text("stderr");

    public string[] Arguments => json.TryGetProperty("args", out var list)
        ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
        : [];

    public string[] Environment => json.TryGetProperty("env", out var map)
        ? [.. map.EnumerateObject().Select(pair => $"{pair.Name}={pair.Value.GetString()}")]
        : [];

    private string? Text(string name) => json.TryGetProperty(name, out var text) ? text.GetString() : null;
}
