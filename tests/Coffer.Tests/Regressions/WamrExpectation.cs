using System.Text.Json;

namespace Coffer.Tests.Regressions;

/// <summary>What a bug report's module must do.</summary>
/// <param name="Folder">The report, below the folder of all.</param>
/// <param name="File">The module; may be <c>*.wasm</c>.</param>
/// <param name="Function">The function to call, or null for the program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Code">The exit code of WAMR's command: 0, 1 for an exception, 255 for a module that is refused.</param>
/// <param name="Output">What it prints; null when the module only has to compile.</param>
internal sealed record WamrExpectation(string Folder, string File, string? Function, string[] Arguments, int Code, string? Output)
{
    /// <summary>The expectations that WAMR's own test runner reads.</summary>
    public static IEnumerable<WamrExpectation> Read(string configuration)
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(configuration));
        foreach (var test in document.RootElement.GetProperty("test cases").EnumerateArray())
        {
            if (test.TryGetProperty("deprecated", out var deprecated) && deprecated.GetBoolean()) continue;
            var compiled = test.TryGetProperty("compile_options", out var compile);
            var file = compiled ? compile.GetProperty("in file").GetString()! : test.GetProperty("file").GetString()!;
            var options = test.TryGetProperty("options", out var text) ? text.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
            var at = Array.IndexOf(options, "-f");
            string[] arguments = test.TryGetProperty("argument", out var argument)
                ? argument.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                : [];
            var hasOutcome = test.TryGetProperty("expected return", out var expected);
            foreach (var id in test.GetProperty("ids").EnumerateArray())
            {
                yield return new WamrExpectation(
                    $"issue-{id.GetInt32()}", file, at >= 0 ? options[at + 1] : null, arguments,
                    hasOutcome ? expected.GetProperty("ret code").GetInt32() : 0,
                    hasOutcome ? expected.GetProperty("stdout content").GetString() : null);
            }
        }
    }

    /// <summary>Whether an outcome is the expected one. How a refusal is worded is each runtime's own affair.</summary>
    public bool Accepts(string outcome) => (Code, Output) switch
    {
        (_, null) => !outcome.StartsWith("refused", StringComparison.Ordinal),
        (255, _) => outcome.StartsWith("refused", StringComparison.Ordinal),
        (1, ['E', 'x', 'c', 'e', 'p', 't', 'i', 'o', 'n', ':', ' ', .. var reason]) => reason.StartsWith("lookup the entry point", StringComparison.Ordinal)
            ? outcome.StartsWith("has no function", StringComparison.Ordinal)
            : outcome == $"trapped: {reason}",
        (0, "") => outcome.StartsWith("returned", StringComparison.Ordinal),
        (0, _) => outcome.StartsWith($"returned {Output}", StringComparison.Ordinal),
        _ => outcome == $"exited {Code}" || outcome == $"returned 0x{Code:x}:i32",
    };
}
