using Coffer.Native;

namespace Coffer.Cli.Tests.Commands;

public sealed class CompileCommandTests : IDisposable
{
    private readonly CliRun cli = new();

    public CompileCommandTests() => cli.Write("f.wat", """(module (func (export "f") (result i32) (i32.const 42)))""");

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Compile_ToAFile_MakesWhatAllVerbsTake()
    {
        RequireCompiler();
        cli.Run("compile", "--cache", "cache", "f.wat", "-o", "f.cof").Succeeds();
        Assert.Equal("42\n", cli.Run("run", "--cache", "cache", "--invoke", "f", "f.cof").Succeeds());
        Assert.Equal("42\n", cli.Run("run", "--cache", "off", "--invoke", "f", "f.cof").Succeeds());
        Assert.Equal("f.cof: valid\n", cli.Run("validate", "f.cof").Succeeds());
        var shown = cli.Run("inspect", "f.cof").Succeeds();
        Assert.Contains("artifact: ", shown);
        Assert.Contains("memory  auto", shown);
        Assert.Contains("func  f", shown);
    }

    [Fact]
    public void Compile_ForTheCache_IsListedAndCleared()
    {
        RequireCompiler();
        cli.Run("compile", "--cache", "cache", "f.wat").Succeeds();
        Assert.Contains("module ", cli.Run("cache", "list", "--cache", "cache").Succeeds());
        Assert.Equal(Path.Combine(cli.Folder, "cache") + "\n", cli.Run("cache", "path", "--cache", "cache").Succeeds());
        Assert.Equal("1 entries removed\n", cli.Run("cache", "clear", "--cache", "cache").Succeeds());
        Assert.Equal("", cli.Run("cache", "list", "--cache", "cache").Succeeds());
    }

    [Fact]
    public void Run_ArtifactThatIsCutShort_IsMalformed()
    {
        cli.Write("f.cof", "MZ and not much more");
        Assert.Contains("artifact", cli.Run("run", "f.cof").FailsWith(65));
    }

    [Fact]
    public void Compile_ExecutableWithoutALauncher_IsRefusedWithTheReason()
    {
        var said = cli.Run("compile", "--executable", "--cache", "cache", "f.wat").FailsWith(74);
        Assert.Contains("there is no launcher", said);
        cli.Run("compile", "--executable", "--background", "--cache", "cache", "f.wat").Succeeds();
    }

    private static void RequireCompiler()
    {
        if (NativeCompiler.Refusal(new NativeOptions()) is { } refusal) Assert.Skip(refusal);
    }
}
