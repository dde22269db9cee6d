namespace Coffer.Cli.Tests.Commands;

public sealed class WastCommandTests : IDisposable
{
    private const string Good =
        """
        (module (func (export "t") unreachable) (func (export "f") (param i32) (result i32) i32.const 2))
        (assert_return (invoke "f" (i32.const 1)) (i32.const 2))
        (assert_trap (invoke "t") "unreachable")
        """;

    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Wast_Passing_CountsDirectives()
    {
        cli.Write("good.wast", Good);
        Assert.Equal("3 passed, 0 failed, 0 skipped\n", cli.Run("wast", "good.wast").Succeeds());
    }

    [Fact]
    public void Wast_Both_RunsTwice()
    {
        cli.Write("good.wast", Good);
        Assert.Equal("6 passed, 0 failed, 0 skipped\n", cli.Run("wast", "--memory", "both", "good.wast").Succeeds());
    }

    [Fact]
    public void Wast_Failing_NamesFileAndLine()
    {
        cli.Write("dir/a.wast", Good + "\n(assert_return (invoke \"f\" (i32.const 1)) (i32.const 3))");
        cli.Write("dir/b.wast", "(assert_invalid (module (func)) \"type mismatch\")");
        var result = cli.Run("wast", "dir");
        Assert.Equal(ExitCode.Failed, result.Code);
        var lines = result.Output.Split('\n');
        Assert.StartsWith($"dir{Path.DirectorySeparatorChar}a.wast:4: f returned (2)", lines[0]);
        Assert.StartsWith($"dir{Path.DirectorySeparatorChar}b.wast:1: expected InvalidException", lines[1]);
        Assert.Equal("3 passed, 2 failed, 0 skipped", lines[2]);
    }

    [Fact]
    public void Wast_WrongTrap_Fails()
    {
        cli.Write("a.wast", Good.Replace("\"unreachable\"", "\"integer overflow\"", StringComparison.Ordinal));
        Assert.Contains("a.wast:3: expected \"integer overflow\"", cli.Run("wast", "a.wast").Output);
    }

    [Fact]
    public void Wast_Endless_IsReported()
    {
        cli.Write("a.wast", "(module (func (export \"f\") (loop br 0)))\n(invoke \"f\")");
        cli.Write("b.wast", Good);
        var result = cli.Run("wast", "--script-timeout", "500ms", "a.wast", "b.wast");
        Assert.Equal("a.wast: the script did not end within 0.5 s\n3 passed, 1 failed, 0 skipped\n", result.Output);
    }

    [Fact]
    public void Wast_Expected_CountsAsSkippedAndMustFail()
    {
        cli.Write("a.wast", Good + "\n(assert_return (invoke \"f\" (i32.const 1)) (i32.const 3))");
        cli.Write("list.txt", "# known\na.wast:4 a reason\n");
        Assert.Equal("3 passed, 0 failed, 1 skipped\n", cli.Run("wast", "--expect", "list.txt", "a.wast").Succeeds());
        cli.Write("list.txt", "a.wast:3 a reason\na.wast a reason\nother.wast not run");
        Assert.Equal(
            "a.wast:3: is listed as a failure, but passes\n3 passed, 1 failed, 1 skipped\n",
            cli.Run("wast", "--expect", "list.txt", "a.wast").Output);
        cli.Write("list.txt", "a.wast:4");
        cli.Run("wast", "--expect", "list.txt", "a.wast").FailsWith(ExitCode.Usage);
    }

    [Fact]
    public void Wast_FeaturesOfFolder_AreUsed()
    {
        const string script = "(assert_invalid (module (memory 0) (memory 0)) \"multiple memories\")";
        cli.Write("proposals/threads/a.wast", script);
        cli.Write("other/a.wast", script);
        Assert.Equal(ExitCode.Success, cli.Run("wast", "proposals").Code);
        Assert.Equal(ExitCode.Failed, cli.Run("wast", "other").Code);
        Assert.Equal(ExitCode.Success, cli.Run("wast", "--features", "wasm2", "other").Code);
    }

    [Theory]
    [InlineData(";; RUN: wast --assert default % -f wasm1\n")]
    [InlineData(";;! simd = true\n;;! multi_memory = false\n")]
    public void Wast_FeaturesInHeader_AreUsed(string header)
    {
        cli.Write("a.wast", header + "(assert_invalid (module (memory 0) (memory 0)) \"multiple memories\")");
        cli.Run("wast", "a.wast").Succeeds();
    }

    [Fact]
    public void Wast_OutOfScope_IsSkippedWithReason()
    {
        cli.Write("stack-switching/a.wast", "(module)");
        cli.Write("b.wast", ";;! stack_switching = true\n(module)");
        Assert.Equal(
            "skipped 2 scripts about stack switching\n0 passed, 0 failed, 2 skipped\n",
            cli.Run("wast", ".").Succeeds());
    }

    [Fact]
    public void Wast_Syntax_IsReportedWithLine()
    {
        cli.Write("a.wast", "(module)\n(assert_nothing)");
        Assert.StartsWith("a.wast:2: ", cli.Run("wast", "a.wast").Output);
    }

    [Fact]
    public void Wast_MissingFile_IsInputOutput() => cli.Run("wast", "nope.wast").FailsWith(ExitCode.InputOutput);
}
