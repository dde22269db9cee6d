using System.Runtime.InteropServices;

namespace Coffer.Cli.Tests.Commands;

public sealed class ObjdumpCommandTests : IDisposable
{
    private const string Module =
        """
        (module
          (import "m" "f" (func $imported))
          (memory 1)
          (func $sum (export "sum") (param $n i32) (result i32) (local i64)
            (block $done
              (br_table $done $done (local.get $n)))
            (call $imported)
            (i32.div_u (i32.load offset=8 (local.get $n)) (i32.const 70000))))
        """;

    private readonly CliRun cli = new();

    public ObjdumpCommandTests() => cli.Write("m.wat", Module);

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData("sum")]
    [InlineData("$sum")]
    [InlineData("1")]
    public void Objdump_Cil_StandsBelowItsInstructions(string function)
    {
        var output = cli.Run("objdump", "m.wat", "--function", function).Succeeds();
        Assert.Matches("br_table \\$done \\$done\n    IL_....  switch ", output);
        Assert.Matches("(?s)call \\$imported\n.*i32\\.load offset=8\n", output);
        Assert.Matches("i32\\.const 70000\n    IL_....  ldc\\.i4      70000\n", output);
        Assert.EndsWith("ret\n", output);
        Assert.DoesNotContain(".byte", output);
    }

    [Fact]
    public void Objdump_Memory_ChangesTheCode()
    {
        var guarded = cli.Run("objdump", "m.wat", "--function", "sum", "--memory", "guarded").Succeeds();
        var isChecked = cli.Run("objdump", "m.wat", "--function", "sum", "--memory", "checked").Succeeds();
        Assert.NotEqual(guarded, isChecked);
    }

    [Fact]
    public void Objdump_Asm_IsWholeFunction()
    {
        Assert.SkipUnless(
            RuntimeInformation.ProcessArchitecture == Architecture.X64, "the disassembler knows x86-64 only");
        var output = cli.Run("objdump", "m.wat", "--function", "sum", "--asm").Succeeds();
        Assert.Contains("mul", output);
        Assert.Contains(" ret\n", output);
        Assert.DoesNotContain("(bad)", output);
        Assert.DoesNotContain("IL_", output);
    }

    [Theory]
    [InlineData("imported")]
    [InlineData("0")]
    [InlineData("2")]
    [InlineData("nope")]
    public void Objdump_NoSuchFunction_IsUsage(string function) =>
        cli.Run("objdump", "m.wat", "--function", function).FailsWith(ExitCode.Usage);
}
