namespace Coffer.Cli.Tests;

/// <summary>Whatever a file holds, a command answers with a message and a documented exit code.</summary>
public sealed class HostileInputTests : IDisposable
{
    private const string Module =
        """
        (module
          (import "env" "log" (func $log (param i32)))
          (type $pair (struct (field i32) (field (ref null $pair))))
          (table 2 funcref) (memory (export "mem") 1) (global (export "g") (mut i32) (i32.const 0)) (tag (param i64))
          (elem (i32.const 0) $twice) (data (i32.const 8) "bytes")
          (func $twice (export "twice") (param i32) (result i32)
            (block $b (loop $l (br_table $b $l (local.get 0)))) (i32.mul (local.get 0) (i32.const 2)))
          (func (export "v") (result v128) (v128.const i64x2 1 2)))
        """;

    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Commands_DamagedModules_NeverReportABug()
    {
        int[] allowed = [ExitCode.Success, ExitCode.Usage, ExitCode.InvalidModule, ExitCode.Exhausted];
        cli.Write("m.wat", Module);
        var original = cli.Run("parse", "m.wat", "--names", "-o", "-").Bytes;
        var random = new Random(20);
        for (var i = 0; i < 400; i++)
        {
            var damaged = original[..(i % 10 == 0 ? random.Next(original.Length) : original.Length)];
            for (var change = random.Next(1, 4); change > 0 && damaged.Length > 8; change--)
            {
                damaged[random.Next(8, damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(Path.Combine(cli.Folder, "d.wasm"), damaged);
            string[][] commands =
            [
                ["validate", "d.wasm"], ["inspect", "d.wasm"], ["print", "d.wasm"],
                ["objdump", "d.wasm", "--function", "1"],
            ];
            foreach (var command in commands)
            {
                var result = cli.Run(command);
                Assert.True(
                    allowed.Contains(result.Code),
                    $"{string.Join(' ', command)}: {result.Code} {result.Error}\n{Convert.ToHexString(damaged)}");
            }
        }
    }

    [Theory]
    [InlineData("(((((")]
    [InlineData("(module (func (export \"\\u{202e}\\1b[2J\") unreachable)")]
    [InlineData("\"")]
    [InlineData("(; never closed")]
    public void Commands_DamagedText_SaysWhere(string text)
    {
        cli.Write("d.wat", text);
        Assert.Contains("d.wat:1:", cli.Run("validate", "d.wat").FailsWith(ExitCode.InvalidModule));
    }

    [Fact]
    public void Errors_NamesOfTheModule_CannotControlTheTerminal()
    {
        cli.Write("n.wat", """(module (func $"a\1b[2Jb\n" unreachable) (func (export "f") (call 0)))""");
        var error = cli.Run("run", "--invoke", "f", "n.wat").FailsWith(ExitCode.Trap);
        Assert.DoesNotContain("\u001b", error);
        Assert.Equal(3, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Errors_ControlCharactersInArguments_DoNotReachTheTerminal() =>
        Assert.DoesNotContain("\u001b", cli.Run("run", "no\u001b[2Jsuch.wasm").FailsWith(ExitCode.InputOutput));
}
