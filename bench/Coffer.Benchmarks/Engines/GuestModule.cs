using System.Globalization;
using System.Text.RegularExpressions;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Engines;

/// <summary>One program that engines are compared by.</summary>
internal sealed partial class GuestModule
{
    // What CoreMark prints when its results are right.
    private const string Validated = "Correct operation validated.";

    private readonly Lazy<string> digest;

    public GuestModule(string file)
    {
        File = file;
        Folder = Path.GetDirectoryName(file)!;
        var stem = Path.GetFileNameWithoutExtension(file);
        Name = stem == "benchmark" ? Path.GetFileName(Folder) : stem;
        Group = Path.GetFileName(Folder) is "libsodium" or "shootout" ? Path.GetFileName(Folder) : "programs";
        digest = new Lazy<string>(() => Measuring.Digest.OfFile(File));
    }

    public string Name { get; }

    /// <summary>What it belongs to: <c>libsodium</c>, <c>shootout</c>, or the <c>programs</c>.</summary>
    public string Group { get; }

    public string File { get; }

    /// <summary>Where it runs, and what it may read.</summary>
    public string Folder { get; }

    public long Bytes => new FileInfo(File).Length;

    public string Digest => digest.Value;

    /// <summary>Whether it measures itself and prints a score; its time is that of 1,000 iterations then.</summary>
    public bool HasScore => Name == "coremark";

    /// <summary>The programs of the Sightglass suite in a folder, and CoreMark.</summary>
    public static IEnumerable<GuestModule> FindAll(string bench)
    {
        var sightglass = Directory.EnumerateFiles(Path.Combine(bench, "sightglass"), "*.wasm", SearchOption.AllDirectories)
            .Where(IsCoreModule).Order(StringComparer.Ordinal);
        var coremark = Path.Combine(bench, "wasm3/wasi/coremark/coremark.wasm");
        return sightglass.Concat(new[] { coremark }.Where(System.IO.File.Exists)).Select(file => new GuestModule(file));
    }

    /// <summary>Why the output is not the expected one; null when it is, or when nothing is expected.</summary>
    public string? Mismatch(string output, string error)
    {
        if (HasScore) return output.Contains(Validated, StringComparison.Ordinal) ? null : "it did not validate itself";
        if (Expected("stdout") is { } expected && expected.Trim() != output.Trim()) return "standard output differs";
        return Expected("stderr") is { } complaint && complaint.Trim() != error.Trim() ? "standard error differs" : null;
    }

    /// <summary>What of an output is the same in each run: all of it, but where a program prints its times.</summary>
    public string SameInEachRun(string output) => HasScore ? "" : output;

    public bool HasExpectation => HasScore || Expected("stdout") is not null;

    /// <summary>Milliseconds for 1,000 iterations, by the score in its output.</summary>
    public static double? TimeByScore(string output) =>
        Score().Match(output) is { Success: true } match
            ? 1e6 / double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : null;

    // A component has a layer number where a module has the second half of its version.
    private static bool IsCoreModule(string file)
    {
        using var stream = System.IO.File.OpenRead(file);
        Span<byte> head = stackalloc byte[8];
        return stream.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8 && head[6] == 0 && head[7] == 0;
    }

    private string? Expected(string stream)
    {
        foreach (var stem in new[] { Path.GetFileNameWithoutExtension(File), "default" })
        {
            var path = Path.Combine(Folder, $"{stem}.{stream}.expected");
            if (System.IO.File.Exists(path)) return System.IO.File.ReadAllText(path);
        }

        return null;
    }

    [GeneratedRegex(@"Iterations/Sec\s*:\s*([0-9.]+)")]
    private static partial Regex Score();
}
