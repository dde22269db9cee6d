using System.Diagnostics;
using System.Globalization;

namespace Coffer.Benchmarks;

/// <summary>
/// Compares programs of the Sightglass suite with V8's optimizing compiler: each runs by turns in a fresh process of
/// either, its output is checked, and the medians of the times that it measures itself are compared.
/// </summary>
internal static class SightglassBenchmark
{
    private static readonly string[] Default =
        ["bz2", "pulldown-cmark", "regex", "richards", "rust-json", "gcc-loops", "shootout"];

    public static int Run(string suite, string script, string[] names, int rounds)
    {
        // Beside machine code made by the JIT compiler, that made ahead of time.
        var isAhead = names is ["--aot", ..];
        if (isAhead) names = names[1..];
        Console.WriteLine($"{"module",-28} {"Coffer ms",10} {(isAhead ? "AOT ms" : ""),10} {"V8 ms",10} {"ratio",7} {(isAhead ? "AOT" : ""),7}   output");
        var logarithms = new List<double>();
        var aheadLogarithms = new List<double>();
        foreach (var file in Find(suite, names.Length > 0 ? names : Default))
        {
            var coffer = new List<double>();
            var ahead = new List<double>();
            var v8 = new List<double>();
            var correct = true;
            for (var i = 0; i < rounds; i++)
            {
                coffer.Add(Measure(Environment.ProcessPath!, ["guest"], file, ref correct));
                if (isAhead) ahead.Add(Measure(Environment.ProcessPath!, ["guest-aot"], file, ref correct));
                v8.Add(Measure("node", ["--no-warnings", "--no-liftoff", "--no-wasm-lazy-compilation", script], file, ref correct));
            }

            var ratio = Median(coffer) / Median(v8);
            logarithms.Add(Math.Log(ratio));
            var aheadMedian = isAhead ? Median(ahead) : double.NaN;
            aheadLogarithms.Add(Math.Log(aheadMedian / Median(v8)));
            Console.WriteLine(FormattableString.Invariant(
                $"{Name(file),-28} {Median(coffer),10:F2} {Cell(aheadMedian, "F2"),10} {Median(v8),10:F2} {ratio,7:F3} {Cell(aheadMedian / Median(v8), "F3"),7}   {(correct ? "as expected" : "WRONG")}"));
        }

        Console.WriteLine(FormattableString.Invariant($"geometric mean of the ratios: {Math.Exp(logarithms.Average()):F3} (below 1: Coffer is faster)"));
        if (isAhead) Console.WriteLine(FormattableString.Invariant($"geometric mean ahead of time: {Math.Exp(aheadLogarithms.Average()):F3}"));
        return 0;
    }

    private static string Cell(double value, string format) =>
        double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Find(string suite, string[] names)
    {
        foreach (var name in names)
        {
            var folder = Path.Combine(suite, name);
            if (Directory.Exists(folder))
            {
                foreach (var file in Directory.GetFiles(folder, "*.wasm").Order()) yield return file;
            }
            else
            {
                yield return Path.Combine(suite, Path.GetDirectoryName(name) is { Length: > 0 } parent ? parent : "shootout", Path.GetFileName(name) + ".wasm");
            }
        }
    }

    private static string Name(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        return name == "benchmark" ? Path.GetFileName(Path.GetDirectoryName(file))! : name;
    }

    private static double Measure(string program, string[] arguments, string guest, ref bool correct)
    {
        var file = Path.GetTempFileName();
        var start = new ProcessStartInfo(program, [.. arguments, file, guest])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetDirectoryName(guest),
        };
        using var process = Process.Start(start)!;
        var last = process.StandardOutput.ReadToEnd().TrimEnd().Split('\n')[^1];
        process.WaitForExit();
        correct &= OutputMatches(guest, File.ReadAllText(file));
        File.Delete(file);
        return last.StartsWith("elapsed ", StringComparison.Ordinal)
            ? double.Parse(last["elapsed ".Length..], CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{program} failed on {guest}");
    }

    private static bool OutputMatches(string guest, string output)
    {
        var stem = Path.Combine(Path.GetDirectoryName(guest)!, Path.GetFileNameWithoutExtension(guest));
        foreach (var candidate in new[] { stem, Path.Combine(Path.GetDirectoryName(guest)!, "default") })
        {
            var expected = candidate + ".stdout.expected";
            if (File.Exists(expected)) return File.ReadAllText(expected).Trim() == output.Trim();
        }

        return true;
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
