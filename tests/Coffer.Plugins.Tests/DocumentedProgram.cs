using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Coffer;

/// <summary>A program in C# that stands in a document.</summary>
internal static class DocumentedProgram
{
    private static readonly string[] Usings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks",
    ];

    /// <summary>Compiles and runs it; gives what it prints.</summary>
    public static async Task<string> RunAsync(string text, params IIncrementalGenerator[] generators)
    {
        var output = new StringWriter { NewLine = "\n" };
        var main = Compile(text, generators).EntryPoint!;
        var console = Console.Out;
        Console.SetOut(output);
        try
        {
            if (main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]) is Task task) await task;
        }
        finally
        {
            Console.SetOut(console);
        }

        return output.ToString();
    }

    private static Assembly Compile(string text, IIncrementalGenerator[] generators)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !path.EndsWith("Generators.dll", StringComparison.Ordinal))
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path));
        var source = string.Concat(Usings.Select(name => $"global using {name};")) + "\n" + text;
        var compilation = CSharpCompilation.Create(
            $"example{text.Length}", [CSharpSyntaxTree.ParseText(source)], references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create(generators).RunGeneratorsAndUpdateCompilation(compilation, out var generated, out _);
        using var image = new MemoryStream();
        var result = generated.Emit(image);
        Assert.True(result.Success, text + string.Join("\n", result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
        return Assembly.Load(image.ToArray());
    }
}
