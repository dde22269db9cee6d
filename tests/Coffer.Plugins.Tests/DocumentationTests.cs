using System.Reflection;
using System.Text.RegularExpressions;
using Coffer.Plugins.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Coffer.Plugins.Tests;

/// <summary>The examples of docs/plugins.md: each is compiled and run, and prints what is said there.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private static readonly string[] Usings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks",
    ];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-docs-");
    private readonly string before = Environment.CurrentDirectory;

    public void Dispose()
    {
        Environment.CurrentDirectory = before;
        folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [Fact]
    public async Task Examples_AreCompiledAndRun_AndPrintWhatIsSaid()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "plugins.md"), TestContext.Current.CancellationToken);
        var blocks = Block().Matches(page).Select(match => (Language: match.Groups[1].Value, Text: match.Groups[2].Value)).ToList();
        string[] modules = ["shout.wat", "quote.wat", "greeter.wat"];
        Assert.Equal(modules.Length, blocks.Count(block => block.Language == "wat"));
        foreach (var (name, block) in modules.Zip(blocks.Where(block => block.Language == "wat")))
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), block.Text, TestContext.Current.CancellationToken);
        }

        Environment.CurrentDirectory = folder.FullName;
        var ran = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Language != "csharp") continue;
            Assert.Equal("text", blocks[i + 1].Language);
            Assert.Equal(blocks[i + 1].Text, await RunAsync(Compile(blocks[i].Text)));
            ran++;
        }

        Assert.True(ran >= 7, $"{ran} examples");
    }

    private static Assembly Compile(string text)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !path.EndsWith("Generators.dll", StringComparison.Ordinal))
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path));
        var source = string.Concat(Usings.Select(name => $"global using {name};")) + "\n" + text;
        var compilation = CSharpCompilation.Create(
            $"example{text.Length}", [CSharpSyntaxTree.ParseText(source)], references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create(new PluginGenerator()).RunGeneratorsAndUpdateCompilation(compilation, out var generated, out _);
        using var image = new MemoryStream();
        var result = generated.Emit(image);
        Assert.True(result.Success, text + string.Join("\n", result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
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
