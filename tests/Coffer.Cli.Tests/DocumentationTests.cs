using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Coffer.Cli.Tests.Disassembly;

namespace Coffer.Cli.Tests;

/// <summary>
/// Runs the examples of docs/cli.md and of the samples, and compares what they print; "…" there stands for anything.
/// </summary>
[Collection(RuntimeListening.Name)]
public sealed partial class DocumentationTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Examples_OfEveryVerb_DoWhatTheDocumentationSays()
    {
        var text = File.ReadAllText(Locate("docs", "cli.md")).ReplaceLineEndings("\n");
        foreach (Match block in FileBlock().Matches(text))
        {
            cli.Write(block.Groups["name"].Value, block.Groups["content"].Value);
        }

        var verbs = CheckAll(text).ToHashSet();
        Assert.Equal(["audit", "explain", "inspect", "learn", "objdump", "parse", "print", "run", "snapshot", "validate", "wast"], verbs.Order());
    }

    [Fact]
    public void Samples_OfTheirReadme_DoWhatItSays()
    {
        var samples = Path.GetDirectoryName(Locate("samples", "README.md"))!;
        foreach (var file in Directory.GetFiles(samples, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(cli.Folder, Path.GetRelativePath(samples, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var text = File.ReadAllText(Path.Combine(samples, "README.md")).ReplaceLineEndings("\n");

        Assert.Equal(3, CheckAll(text).Count);
    }

    /// <summary>Runs all examples in a text; which verbs they are of.</summary>
    private List<string> CheckAll(string text)
    {
        var verbs = new List<string>();
        foreach (Match block in ConsoleBlock().Matches(text))
        {
            foreach (
                var example in block.Groups["content"].Value.Split("$ coffer ", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = example.TrimEnd('\n').Split('\n');
                verbs.Add(lines[0].Split(' ')[0]);
                Check(lines[0], lines[1..]);
            }
        }

        return verbs;
    }

    private void Check(string command, string[] expected)
    {
        // The disassembler knows x86-64 only.
        if (command.EndsWith("--asm", StringComparison.Ordinal) && RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        var result = cli.Run(command.Split(' '));
        var code = 0;
        if (expected is [.. var rest, var last] && last.StartsWith("[exit ", StringComparison.Ordinal))
        {
            code = int.Parse(last[6..^1]);
            expected = rest;
        }

        var pattern = string.Concat(
            expected.Select(line => line == "…" ? "(.*\n)*?" : Regex.Escape(line).Replace("…", ".*") + "\n"));
        var actual = result.Output + result.Error;
        var wanted = string.Join('\n', expected);
        Assert.True(Regex.IsMatch(actual, $"^{pattern}$"), $"{command}\nexpected:\n{wanted}\nactual:\n{actual}");
        Assert.Equal(code, result.Code);
    }

    internal static string Locate(params string[] path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine([folder.FullName, .. path]);
            if (File.Exists(candidate)) return candidate;
        }

        throw new FileNotFoundException(Path.Combine(path));
    }

    [GeneratedRegex("```(wat|json) file=(?<name>\\S+)\n(?<content>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FileBlock();

    [GeneratedRegex("```console\n(?<content>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();
}
