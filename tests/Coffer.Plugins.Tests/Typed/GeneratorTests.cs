using Coffer.Plugins.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Coffer.Plugins.Tests.Typed;

public sealed class GeneratorTests
{
    private static (GeneratorDriver Driver, CSharpCompilation Source) Run(string source)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "test", [CSharpSyntaxTree.ParseText("using System; using Coffer.Plugins.Typed; " + source)], references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        var driver = CSharpGeneratorDriver.Create(
            [new PluginGenerator().AsSourceGenerator()], driverOptions: new GeneratorDriverOptions(default, trackIncrementalGeneratorSteps: true));
        return (driver.RunGenerators(compilation), compilation);
    }

    [Theory]
    [InlineData("int F(object o);", "o is a object")]
    [InlineData("int F(ref int i);", "i is a int")]
    [InlineData("int F<T>(int i);", "generic or static")]
    [InlineData("ReadOnlySpan<byte> F();", "returns a System.ReadOnlySpan<byte>")]
    [InlineData("int P { get; }", "is no method")]
    [InlineData("int F(string a, string b, string c, string d, string e, string f, string g, string h);", "more than 15 values")]
    public void Interface_ThatCannotCross_IsAnErrorAtItsPlace(string member, string says)
    {
        var (driver, _) = Run($"[PluginInterface] public interface IBad {{ {member} }}");
        var result = driver.GetRunResult();
        var problem = Assert.Single(result.Diagnostics, diagnostic => diagnostic.Id == "COFFER1001");
        Assert.Contains(says, problem.GetMessage(), StringComparison.Ordinal);
        Assert.True(problem.Location.SourceSpan.Length > 0);
        Assert.Empty(result.GeneratedTrees);
    }

    [Fact]
    public void HostInterface_WithATask_IsAnError()
    {
        var (driver, _) = Run("[PluginHostInterface(\"m\")] public interface IBad { System.Threading.Tasks.Task F(); }");
        Assert.Contains("own thread", Assert.Single(driver.GetRunResult().Diagnostics).GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void Interface_OfAll_CompilesWithoutWarnings()
    {
        var (driver, compilation) = Run("""
            namespace N;
            public record R(int A);
            [PluginInterface] public interface IAll : IBase
            {
                void F(); bool G(bool @class, uint u, ulong v, long w, float x, double y); string? H(byte[]? b, string? s);
                byte[] I(ReadOnlySpan<byte> b, ReadOnlyMemory<byte> m); R J(R r, R[] many); R? K(R? r);
                System.Threading.Tasks.ValueTask<R> LAsync(R r, System.Threading.CancellationToken token); System.Threading.Tasks.Task MAsync();
            }
            public interface IBase { int HTMLPage2(int x); }
            [PluginHostInterface("m")] internal interface IHost { void A(string? s); R? B(R r); byte[]? C(byte[] b); long D(); }
            """);
        driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out var updated, out var problems);
        Assert.Empty(problems);
        Assert.Empty(updated.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).Select(diagnostic => diagnostic.ToString()));
        var text = string.Concat(driver.GetRunResult().GeneratedTrees.Select(tree => tree.ToString()));
        Assert.Contains("\"html_page2\"", text, StringComparison.Ordinal);
        Assert.Contains("internal static class HostFunctions", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Change_Elsewhere_MakesNothingAgain()
    {
        var (driver, compilation) = Run("[PluginInterface] public interface IOne { int F(); }");
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Other { }")));
        var reasons = driver.GetRunResult().Results[0].TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs).Select(output => output.Reason);
        Assert.All(reasons, reason => Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"{reason}"));
    }
}
