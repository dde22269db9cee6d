using System.Text.Json;

namespace Coffer.Cli.Tests.Commands;

/// <summary>The verbs that look at modules without running them.</summary>
public sealed class ModuleCommandTests : IDisposable
{
    private const string Module =
        """
        (module
          (import "env" "log" (func $log (param i32)))
          (memory (export "mem") 1 2)
          (global (export "g") (mut i32) (i32.const 0))
          (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
          (func (export "v") (result v128) (v128.const i64x2 0 0)))
        """;

    private readonly CliRun cli = new();

    public ModuleCommandTests()
    {
        cli.Write("m.wat", Module);
        cli.Write("bad.wat", "(module (func (result i32)))");
    }

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Validate_ValidModules_SaysSo() =>
        Assert.Equal("m.wat: valid\nm.wat: valid\n", cli.Run("validate", "m.wat", "m.wat").Succeeds());

    [Fact]
    public void Validate_InvalidModule_GoesOnWithTheRest()
    {
        var result = cli.Run("validate", "bad.wat", "m.wat");
        Assert.Equal("m.wat: valid\n", result.Output);
        Assert.StartsWith("error: bad.wat: invalid module: type mismatch", result.FailsWith(ExitCode.InvalidModule));
    }

    [Fact]
    public void Validate_FeatureOff_IsInvalid() =>
        cli.Run("validate", "--features", "wasm2,-simd", "m.wat").FailsWith(ExitCode.InvalidModule);

    [Fact]
    public void Inspect_Module_ShowsWhatItNeedsAndOffers()
    {
        var output = cli.Run("inspect", "m.wat").Succeeds();
        Assert.Contains("features: simd, mutable-globals\n", output);
        Assert.Contains("  func  env log  [i32] -> []\n", output);
        Assert.Contains("  memory  mem    1 2\n", output);
        Assert.Contains("  global  g      (mut i32)\n", output);
    }

    [Fact]
    public void Inspect_Json_IsComplete()
    {
        using var json = JsonDocument.Parse(cli.Run("inspect", "--json", "m.wat").Succeeds());
        var root = json.RootElement;
        Assert.Equal("env", root.GetProperty("imports")[0].GetProperty("module").GetString());
        Assert.Equal(["mem", "g", "twice", "v"], root.GetProperty("exports").EnumerateArray().Select(
            export => export.GetProperty("name").GetString()));
        Assert.Equal(3, root.GetProperty("counts").GetProperty("functions").GetInt32());
        var size = 8 + root.GetProperty("sections").EnumerateArray().Sum(
            section => section.GetProperty("size").GetInt32() + 2);
        Assert.Equal(root.GetProperty("bytes").GetInt32(), size);
    }

    [Theory]
    [InlineData("(module)", "WebAssembly 1.0")]
    [InlineData("(module (func (result i32 i32) unreachable))", "multi-value")]
    [InlineData("(module (memory i64 1) (memory 1))", "multi-memory, memory64")]
    [InlineData("(module (memory 1 1 shared))", "threads")]
    [InlineData("(module (func (local externref)))", "reference-types")]
    [InlineData("(module (type (struct)))", "gc")]
    [InlineData("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))", "extended-constants")]
    [InlineData("(module (func (drop (i32.extend8_s (i32.const 1)))))", "sign-extension")]
    [InlineData("(module (func $f (return_call $f)))", "tail-calls")]
    [InlineData("(module (memory 1 1 (pagesize 1)))", "custom-page-sizes")]
    public void Inspect_Features_AreFound(string module, string features)
    {
        cli.Write("f.wat", module);
        Assert.Contains($"\nfeatures: {features}\n", cli.Run("inspect", "f.wat").Succeeds());
    }

    [Fact]
    public void Parse_ThenPrint_GivesTheModuleBack()
    {
        Assert.Equal("", cli.Run("parse", "m.wat", "-o", "m.wasm", "--names").Succeeds());
        var text = cli.Run("print", "m.wasm").Succeeds();
        Assert.Contains("$twice", text);
        cli.Write("again.wat", text);
        cli.Run("parse", "again.wat", "-o", "again.wasm", "--names").Succeeds();
        Assert.Equal(File.ReadAllBytes(Path.Combine(cli.Folder, "m.wasm")), File.ReadAllBytes(
            Path.Combine(cli.Folder, "again.wasm")));
    }

    [Fact]
    public void Parse_ToStandardOutput_WritesBytes()
    {
        var bytes = cli.Run("parse", "m.wat", "-o", "-").Bytes;
        Assert.Equal("\0asm"u8.ToArray(), bytes[..4]);
        Assert.DoesNotContain((byte)'$', bytes);
    }

    [Fact]
    public void Print_ToFile_WritesText()
    {
        cli.Run("print", "m.wat", "-o", "out.wat").Succeeds();
        Assert.StartsWith("(module", File.ReadAllText(Path.Combine(cli.Folder, "out.wat")));
    }

    [Fact]
    public void Parse_ToMissingFolder_IsInputOutput() =>
        cli.Run("parse", "m.wat", "-o", "nope/m.wasm").FailsWith(ExitCode.InputOutput);

    [Fact]
    public void Parse_Binary_IsUsage()
    {
        cli.Run("parse", "m.wat", "-o", "m.wasm").Succeeds();
        cli.Run("parse", "m.wasm", "-o", "n.wasm").FailsWith(ExitCode.Usage);
    }
}
