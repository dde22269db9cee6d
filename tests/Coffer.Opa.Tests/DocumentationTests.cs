using System.Reflection;
using System.Text.RegularExpressions;
using Coffer.Opa.Tests.Bundles;
using Coffer.Server;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Coffer.Opa.Tests;

/// <summary>The examples of docs/policies.md: each is compiled and run, and prints what is said there.</summary>
[Collection(nameof(DocumentationTests))]
public sealed partial class DocumentationTests : IDisposable
{
    private static readonly string[] Usings = [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading.Tasks"];
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-docs-");
    private readonly string before = Environment.CurrentDirectory;

    public DocumentationTests()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "policy"))) File.Copy(
            file, Path.Combine(folder.FullName, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder.FullName, "input.json"), """{"method": "POST", "user": "carl"}""");
        File.WriteAllBytes(Path.Combine(folder.FullName, "bundle.tar.gz"), new BundleArchive()
            .Add("policy.wasm", File.ReadAllBytes(Path.Combine(folder.FullName, "orders.wasm")))
            .Add("data.json", File.ReadAllBytes(Path.Combine(folder.FullName, "data.json")))
            .Add(".manifest", """{"revision":"r1","wasm":[{"entrypoint":"orders/allow","module":"/policy.wasm"}]}""").ToArray());
        Environment.CurrentDirectory = folder.FullName;
    }

    public void Dispose()
    {
        Environment.CurrentDirectory = before;
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Examples_AreCompiledAndRun_AndPrintWhatIsSaid()
    {
        var page = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "policies.md"), TestContext.Current.CancellationToken);
        var blocks = Block().Matches(page).Select(match => (Language: match.Groups[1].Value, Text: match.Groups[2].Value))
            .ToList();
        var ran = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Language == "console") ran += await RunCommandsAsync(blocks[i].Text);
            if (blocks[i].Language != "csharp") continue;
            Assert.Equal("text", blocks[i + 1].Language);
            Assert.Equal(blocks[i + 1].Text, await RunAsync(Compile(blocks[i].Text)));
            ran++;
        }

        Assert.Equal(8, ran);
    }

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    private static async Task<int> RunCommandsAsync(string text)
    {
        var examples = text.Split("$ coffer ", StringSplitOptions.RemoveEmptyEntries);
        foreach (var example in examples)
        {
            var lines = example.Split('\n', 2);
            var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter());
            await ServerCommandLine.RunAsync(lines[0].Split(' '), output, error);
            Assert.Equal(("", lines[1]), (error.ToString(), output.ToString()));
        }

        return examples.Length;
    }

    private static Assembly Compile(string text)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path));
        var source = string.Concat(Usings.Select(name => $"global using {name};")) + "\n" + text;
        var compilation = CSharpCompilation.Create(
            $"example{text.Length}", [CSharpSyntaxTree.ParseText(source)], references,
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success,
            text + string.Join("\n", result.Diagnostics.Where(
                diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
        return Assembly.Load(image.ToArray());
    }

    private static async Task<string> RunAsync(Assembly program)
    {
        var output = new StringWriter { NewLine = "\n" };
        var console = Console.Out;
        Console.SetOut(output);
        try
        {
            var main = program.EntryPoint!;
            if (main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]) is Task task) await task;
        }
        finally
        {
            Console.SetOut(console);
        }

        return output.ToString();
    }
}

/// <summary>Where the whole process has another folder and another output, nothing else may run.</summary>
[CollectionDefinition(nameof(DocumentationTests), DisableParallelization = true)]
public static class DocumentationCollection;
