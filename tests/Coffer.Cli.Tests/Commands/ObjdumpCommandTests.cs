using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Coffer.Cli.Disassembly;
using Coffer.Cli.Tests.Disassembly;

namespace Coffer.Cli.Tests.Commands;

[Collection(RuntimeListening.Name)]
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

    // A load, a division and a loop; a function with handlers, whose code has parts of its own; a call that returns no more.
    private const string Loop =
        """
        (module
          (memory 1)
          (tag $t (param i32))
          (func $mean (export "mean") (param $n i32) (param $by i32) (result i32) (local $sum i32)
            (loop $next
              (if (local.get $n) (then
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (local.set $sum (i32.add (local.get $sum)
                  (i32.div_u (i32.load offset=8 (local.get $n)) (local.get $by))))
                (br $next))))
            (local.get $sum))
          (func $caught (export "caught") (param i32) (result i32)
            (block $h (result i32)
              (try_table (catch $t $h) (throw $t (call $mean (local.get 0) (i32.const 3))))
              (unreachable)))
          (func $again (export "again") (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
            (return_call $again (i32.sub (local.get 0) (i32.const 1)))))
        """;

    private readonly CliRun cli = new();

    public ObjdumpCommandTests()
    {
        cli.Write("m.wat", Module);
        cli.Write("loop.wat", Loop);
    }

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData("sum")]
    [InlineData("$sum")]
    [InlineData("1")]
    public void Objdump_Cil_StandsBelowItsInstructions(string function)
    {
        var output = cli.Run("objdump", "m.wat", "--function", function).Succeeds();
        Assert.Matches("br_table \\$done \\$done\n    IL_....  stloc.*\n(?:    .*\n)+?    IL_....  blt\\.un", output);
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
    public void Objdump_Fuel_ShowsHowItIsCounted()
    {
        Assert.DoesNotContain("FuelTank", cli.Run("objdump", "m.wat", "--function", "sum").Succeeds());
        Assert.Contains("FuelTank", cli.Run("objdump", "m.wat", "--function", "sum", "--fuel").Succeeds());
    }

    [Fact]
    public void Objdump_Asm_IsWholeFunction()
    {
        SkipWithoutDisassembler();
        var output = cli.Run("objdump", "m.wat", "--function", "sum", "--asm").Succeeds();
        Assert.Contains("mul", output);
        Assert.Contains(" ret\n", output);
        Assert.DoesNotContain("(bad)", output);
        Assert.DoesNotContain("IL_", output);
    }

    [Theory]
    [InlineData("guarded")]
    [InlineData("checked")]
    public void Objdump_Asm_StandsBelowItsInstructions(string memory)
    {
        SkipWithoutDisassembler();
        Assert.SkipWhen(
            memory == "guarded" && !OperatingSystem.IsLinux(), "guarded memory is there on Linux only");
        var output = cli.Run("objdump", "loop.wat", "--function", "mean", "--asm", "--memory", memory).Succeeds();
        Assert.Matches(MachineCodeBelow("loop \\$next", "cmp .*\\[r.+\\]"), output);
        Assert.Matches(MachineCodeBelow("i32\\.load offset=8", "mov e.+,\\[r.+\\]"), output);
        Assert.Matches(MachineCodeBelow("i32\\.div_u", "div e"), output);
        Assert.Matches(MachineCodeBelow("if", "test edi,edi"), output);
        Assert.Matches("(?m)^; prologue\n    0000  ", output);
        Assert.Matches("(?m)^; epilogue\n(    .*\n)*    ....  ret\n", output);
        Assert.DoesNotContain("; without", output);
    }

    [Theory]
    [InlineData("mean")]
    [InlineData("caught")]
    [InlineData("again")]
    public void Objdump_Asm_ShowsInstructionsOfTheModuleOnce(string function)
    {
        SkipWithoutDisassembler();
        var known = WasmLines(cli.Run("objdump", "loop.wat", "--function", function, "--cil").Succeeds());
        var output = cli.Run("objdump", "loop.wat", "--function", function, "--asm").Succeeds();
        var shown = WasmLines(output);
        Assert.NotEmpty(shown);
        Assert.Subset(known.ToHashSet(), shown.ToHashSet());
        Assert.Equal(shown.Distinct(), shown);
        foreach (Match again in Regex.Matches(output, "(?m)^; again .*$"))
        {
            var before = WasmLines(output[..again.Index]).Select(line => line.Split(' ')[0]);
            var named = Regex.Matches(again.Value, "0x[0-9a-f]+").Select(offset => offset.Value);
            Assert.Subset(before.ToHashSet(), named.ToHashSet());
        }
    }

    [Fact]
    public void Objdump_Asm_OffsetsRiseAndNothingElseIsBetween()
    {
        SkipWithoutDisassembler();
        var output = cli.Run("objdump", "loop.wat", "--function", "mean", "--asm").Succeeds();
        Assert.Matches(
            "^; function .*\n; [0-9]+ bytes of machine code\n"
            + "(?:    [0-9a-f]{4,}  .+\n|L[0-9a-f]{4,}:\n|0x[0-9a-f]+ +.+\n|; (?:prologue|epilogue|of no instruction|again .+)\n)+$",
            output);
        var offsets = Regex.Matches(output, "(?m)^    ([0-9a-f]{4,})  ").Select(match => Convert.ToInt32(match.Groups[1].Value, 16));
        Assert.Equal(offsets.Order(), offsets);
    }

    [Fact]
    public void Objdump_AsmOfMoreThanTheRuntimeTellsOf_SaysSo()
    {
        SkipWithoutDisassembler();
        var statements = Enumerable.Range(0, NativeOffsetMap.MostPlaces)
            .Select(i => $"(if (i32.eq (local.get 0) (i32.const {i})) (then (local.set 1 (i32.const {i}))))");
        cli.Write("large.wat", $"(module (func $f (param i32) (result i32) (local i32) {string.Concat(statements)} (local.get 1)))");
        var output = cli.Run("objdump", "large.wat", "--function", "f", "--asm").Succeeds();
        Assert.Matches("(?m)^; the runtime tells of 7000 places only: ", output);
        Assert.Matches(MachineCodeBelow("i32.const 7", "cmp .+,7"), output);
        var groups = Regex.Matches(output, "(?m)(?:^0x.*\n)+").Select(group => WasmLines(group.Value).Count);
        Assert.InRange(groups.Max(), 3, 12);
    }

    [Theory]
    [InlineData("imported")]
    [InlineData("0")]
    [InlineData("2")]
    [InlineData("nope")]
    public void Objdump_NoSuchFunction_IsUsage(string function) =>
        cli.Run("objdump", "m.wat", "--function", function).FailsWith(ExitCode.Usage);

    private static void SkipWithoutDisassembler() => Assert.SkipUnless(
        RuntimeInformation.ProcessArchitecture == Architecture.X64, "the disassembler knows x86-64 only");

    /// <summary>A wasm instruction, others of its group, and a machine instruction before the next group.</summary>
    private static string MachineCodeBelow(string wasm, string machine) =>
        $"(?m)^0x[0-9a-f]+ +{wasm}\n(?:0x.*\n)*(?:L[0-9a-f]+:\n|    .*\n)*?    [0-9a-f]+  {machine}";

    private static List<string> WasmLines(string output) =>
        [.. output.Split('\n').Where(line => line.StartsWith("0x", StringComparison.Ordinal))];
}
