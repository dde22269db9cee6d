namespace Coffer.Cli.Tests.Commands;

public sealed class RunCommandTests : IDisposable
{
    private const string Module =
        """
        (module
          (tag $t (param i32))
          (memory 1)
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func (export "all") (param i64 f32 f64 externref) (result externref f64 f32 i64)
            local.get 3 local.get 2 local.get 1 local.get 0)
          (func (export "trap") call $inner)
          (func $inner unreachable)
          (func (export "loop") (loop br 0))
          (func $deep (export "deep") (call $deep) (call $deep))
          (func (export "throw") (throw $t (i32.const 1)))
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
        """;

    private readonly CliRun cli = new();

    public RunCommandTests() => cli.Write("m.wat", Module);

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Invoke_Integers_PrintsResult() =>
        Assert.Equal("-3\n", cli.Run("run", "--invoke", "add", "m.wat", "2", "-5").Succeeds());

    [Fact]
    public void Invoke_UnsignedAndHexadecimal_KeepBits() =>
        Assert.Equal("-1\n", cli.Run("run", "--invoke", "add", "m.wat", "4294967294", "0x1").Succeeds());

    [Fact]
    public void Invoke_SeveralResults_PrintsOneALine() =>
        Assert.Equal(
            "text\nInfinity\n-0.1\n-9223372036854775808\n",
            cli.Run("run", "--invoke", "all", "m.wat", "-9223372036854775808", "-0.1", "inf", "text").Succeeds());

    [Theory]
    [InlineData("2")]
    [InlineData("2", "3", "4")]
    [InlineData("2", "4294967296")]
    [InlineData("2", "1.5")]
    [InlineData("2", "")]
    public void Invoke_WrongArguments_IsUsage(params string[] arguments) =>
        Assert.Contains("add", cli.Run(["run", "--invoke", "add", "m.wat", .. arguments]).FailsWith(ExitCode.Usage));

    [Fact]
    public void Invoke_UnknownFunction_NamesThoseThereAre() =>
        Assert.Contains("add, all, trap", cli.Run("run", "--invoke", "nope", "m.wat").FailsWith(ExitCode.Usage));

    [Fact]
    public void Run_OptionsAfterFile_AreTheGuests() =>
        Assert.Contains("\"--help\" is no i32", cli.Run("run", "--invoke", "add", "m.wat", "1", "--help").FailsWith(
            ExitCode.Usage));

    [Fact]
    public void Run_Trap_ShowsWasmBacktrace()
    {
        var error = cli.Run("run", "--invoke", "trap", "m.wat").FailsWith(ExitCode.Trap);
        const string place = """\(m.wat\+0x[0-9a-f]+\)\n""";
        Assert.Matches($"^error: trap: unreachable\n  at inner {place}  at trap {place}$", error);
    }

    [Theory]
    [InlineData("deep", "--stack", "256KiB")]
    [InlineData("loop", "--timeout", "100ms")]
    [InlineData("loop", "--fuel", "10000")]
    public void Run_LimitReached_NamesTheOption(string function, string option, string value) =>
        Assert.Contains(
            option, cli.Run("run", option, value, "--invoke", function, "m.wat").FailsWith(ExitCode.Exhausted));

    [Fact]
    public void Run_MaxMemory_BoundsGrowth() =>
        Assert.Equal("-1\n", cli.Run("run", "--max-memory", "128KiB", "--invoke", "grow", "m.wat", "2").Succeeds());

    [Fact]
    public void Run_MaxMemoryBelowInitial_IsExhausted() =>
        cli.Run("run", "--max-memory", "1k", "--invoke", "grow", "m.wat", "2").FailsWith(ExitCode.Exhausted);

    [Fact]
    public void Run_Exception_HasItsOwnCode() =>
        cli.Run("run", "--invoke", "throw", "m.wat").FailsWith(ExitCode.UncaughtException);

    [Fact]
    public void Run_Cancelled_Ends()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        cli.Run("", source.Token, "run", "--invoke", "loop", "m.wat").FailsWith(ExitCode.Cancelled);
    }

    [Fact]
    public void Run_Preload_OffersExports()
    {
        cli.Write("user.wat",
            """
            (module
              (import "math" "add" (func $add (param i32 i32) (result i32)))
              (func (export "f") (result i32) (call $add (i32.const 40) (i32.const 2))))
            """);
        Assert.Equal("42\n", cli.Run("run", "--preload", "math=m.wat", "--invoke", "f", "user.wat").Succeeds());
        Assert.Contains("--preload", cli.Run("run", "--invoke", "f", "user.wat").FailsWith(ExitCode.Link));
    }

    [Fact]
    public void Run_Reactor_IsInitializedFirst()
    {
        cli.Write("r.wat",
            """
            (module
              (global $g (mut i32) (i32.const 0))
              (func (export "_initialize") (global.set $g (i32.const 7)))
              (func (export "get") (result i32) (global.get $g)))
            """);
        Assert.Equal("7\n", cli.Run("run", "--invoke", "get", "r.wat").Succeeds());
    }

    [Fact]
    public void Run_NoEntry_SaysWhatThereIs() =>
        Assert.Contains("--invoke", cli.Run("run", "m.wat").FailsWith(ExitCode.Usage));

    [Fact]
    public void Run_Start_Runs() =>
        cli.Run("run", cli.Write("s.wat", """(module (func (export "_start")))""")).Succeeds();

    [Theory]
    [InlineData("(module (func (result i32) i64.const 1))", "type mismatch")]
    [InlineData("(module\n  (fun))", "bad.wat:2:")]
    public void Run_BadModule_SaysWhere(string text, string expected)
    {
        cli.Write("bad.wat", text);
        Assert.Contains(expected, cli.Run("run", "bad.wat").FailsWith(ExitCode.InvalidModule));
    }

    [Fact]
    public void Run_BinaryGarbage_IsRefused()
    {
        File.WriteAllBytes(Path.Combine(cli.Folder, "x"), [0x7F, (byte)'E', (byte)'L', (byte)'F', 0, 1, 2]);
        cli.Run("run", "x").FailsWith(ExitCode.InvalidModule);
        File.WriteAllBytes(Path.Combine(cli.Folder, "y"), [0, (byte)'a', (byte)'s', (byte)'m', 1, 0]);
        cli.Run("run", "y").FailsWith(ExitCode.InvalidModule);
    }

    [Fact]
    public void Run_FeatureOff_IsRefused() =>
        cli.Run("run", "--features", "wasm3,-exceptions", "--invoke", "add", "m.wat", "1", "2").FailsWith(
            ExitCode.InvalidModule);

    [Theory]
    [InlineData("--memory", "some")]
    [InlineData("--features", "wasm9")]
    [InlineData("--timeout", "2")]
    [InlineData("--timeout", "0s")]
    [InlineData("--max-memory", "many")]
    [InlineData("--preload", "a")]
    [InlineData("--fuel", "x")]
    [InlineData("--env", "x")]
    [InlineData("--dir", "::x")]
    public void Run_WrongOption_IsUsage(string option, string value) =>
        cli.Run("run", option, value, "m.wat").FailsWith(ExitCode.Usage);

    [Fact]
    public void Run_MissingFile_IsInputOutput() => cli.Run("run", "nope.wasm").FailsWith(ExitCode.InputOutput);

    [Theory]
    [InlineData("guarded")]
    [InlineData("checked")]
    [InlineData("auto")]
    public void Run_MemoryModes_Work(string mode) =>
        Assert.Equal("1\n", cli.Run("run", "--memory", mode, "--prepare", "--invoke", "grow", "m.wat", "1").Succeeds());
}
