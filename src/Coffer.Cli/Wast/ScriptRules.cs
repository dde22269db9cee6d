using System.Text;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Wast;

/// <summary>
/// Which features a script is run with, from the folder it lies in or from what it says of itself in its first
/// comments; and which scripts are about things that Coffer does not have.
/// </summary>
internal static class ScriptRules
{
    private const string RunLine = ";; RUN:";

    private static readonly (string Folder, Features Features)[] Folders =
    [
        ("spec/core", Features.Wasm3),
        ("spec/legacy", Features.Wasm3 | Features.LegacyExceptions),
        // These scripts assert that two tables, two memories and 64-bit limits are errors, as they were in 1.0.
        ("proposals/threads", (Features.Wasm2 & ~Features.ReferenceTypes) | Features.Threads),
        ("proposals/threads-upstream", (Features.Wasm3 & ~Features.MultiMemory) | Features.Threads),
    ];

    // As names of folders, and as what scripts say of themselves.
    private static readonly (string Word, string Reason)[] OutOfScope =
    [
        ("stack-switching", "stack switching"),
        ("custom-descriptors", "custom descriptors"),
        ("shared-everything-threads", "shared-everything threads"),
        ("phase1-shared-everything-threads", "shared-everything threads"),
        ("component-model", "components"),
        ("component-model-async", "components"),
        ("memory-control", "memory control"),
        ("nan-canonicalization", "canonical NaNs"),
    ];

    // wasm-tools has these switched off unless a script asks for them.
    private const Features NotInWasmTools = Features.LegacyExceptions;


    /// <summary>Why a script is not run at all, or null. The path is a full one.</summary>
    public static string? ReasonToSkip(string path, ReadOnlySpan<byte> source)
    {
        var normalized = path.Replace('\\', '/');
        var header = Header(source);
        foreach (var (word, reason) in OutOfScope)
        {
            if (IsBelow(normalized, word) || Requires(header, word)) return reason;
        }

        return null;
    }

    /// <summary>The features for a script. The path is a full one.</summary>
    public static Features FeaturesFor(string path, ReadOnlySpan<byte> source)
    {
        var normalized = path.Replace('\\', '/');
        foreach (var (folder, features) in Folders)
        {
            if (IsBelow(normalized, folder)) return features;
        }

        var header = Header(source);
        return Declared(header, IsOfWasmTools(header) ? Features.All & ~NotInWasmTools : Features.All);
    }

    /// <summary>What a script's directives mean. The path is a full one.</summary>
    public static ScriptDialect DialectOf(string path, ReadOnlySpan<byte> source)
    {
        var header = Header(source);
        if (IsOfWasmTools(header)) return ScriptDialect.ValidationOnly;
        return header.Contains(";;! ", StringComparison.Ordinal) || IsBelow(path.Replace('\\', '/'), "wasmtime")
            ? ScriptDialect.Wasmtime
            : ScriptDialect.Specification;
    }

    private static bool IsOfWasmTools(string header) => header.Contains(RunLine, StringComparison.Ordinal);

    private static bool IsBelow(string path, string folder) => path.Contains($"/{folder}/", StringComparison.Ordinal);

    private static string Header(ReadOnlySpan<byte> source)
    {
        var end = 0;
        while (end < source.Length && source[end..].StartsWith(";;"u8))
        {
            var line = source[end..].IndexOf((byte)'\n');
            end = line < 0 ? source.Length : end + line + 1;
        }

        return Encoding.UTF8.GetString(source[..end]);
    }

    private static bool Requires(string header, string word) =>
        header.Contains($";;! {word.Replace('-', '_')} = true", StringComparison.Ordinal)
        || RunFeatures(header).Split(',').Contains(word);

    // wasm-tools: ";; RUN: wast % -f wasm1,simd"; wasmtime: ";;! bulk_memory = false".
    private static Features Declared(string header, Features features)
    {
        foreach (var word in RunFeatures(header).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            FeatureText.Apply(word, ref features);
        }

        foreach (var line in header.Split('\n'))
        {
            if (!line.StartsWith(";;! ", StringComparison.Ordinal)) continue;
            if (line.Split('=', StringSplitOptions.TrimEntries) is not [var name, "false"]) continue;
            FeatureText.Apply("-" + name[4..].Replace('_', '-'), ref features);
        }

        return features;
    }

    private static string RunFeatures(string header)
    {
        foreach (var line in header.Split('\n'))
        {
            if (!line.StartsWith(RunLine, StringComparison.Ordinal)) continue;
            var start = line.IndexOf(" -f", StringComparison.Ordinal);
            if (start >= 0) return line[(start + 3)..].TrimStart(' ', '=').Split(' ')[0].Trim();
        }

        return "";
    }
}
