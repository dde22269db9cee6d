using System.Diagnostics;

namespace Coffer.Cli.Tests;

/// <summary>What only a real process shows: its exit code, its streams, its signals.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Run_Trap_GivesExitCodeAndNoColours()
    {
        cli.Write("t.wat", """(module (func (export "f") unreachable))""");
        using var process = Start("run", "--invoke", "f", "t.wat");
        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(134, process.ExitCode);
        Assert.StartsWith("error: trap: unreachable", error);
    }

    [Fact]
    public void Run_Streams_PassThroughUnchanged()
    {
        cli.Write("cat.wat",
            """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "_start")
                (i32.store (i32.const 0) (i32.const 100))
                (loop $next
                  (i32.store (i32.const 4) (i32.const 1000))
                  (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
                  (if (i32.load (i32.const 4)) (then
                    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                    (br $next))))))
            """);
        using var process = Start("run", "cat.wat");
        process.StandardInput.Write("grüße\n\0end");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal("grüße\n\0end", output);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void Run_Interrupt_CancelsTheGuest()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Windows go to the whole console");
        cli.Write("t.wat",
            """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\08\00\00\00\03\00\00\00on\n")
              (func (export "_start")
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
                (loop (br 0))))
            """);
        using var process = Start("run", "t.wat");
        Assert.Equal("on", process.StandardOutput.ReadLine());
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString()])) kill.WaitForExit();
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(130, process.ExitCode);
        Assert.Equal("error: cancelled\n", process.StandardError.ReadToEnd());
    }

    [Theory]
    [InlineData("DOTNET_EnableDiagnostics")]
    [InlineData("DOTNET_EnableDiagnostics_IPC")]
    public void Objdump_AsmWithoutTheRuntimesMap_IsTheMachineCodeAlone(string variable)
    {
        SkipWithoutDisassembler();
        cli.Write("d.wat", Division);
        using var process = StartWith(new() { [variable] = "0" }, "objdump", "--function", "f", "--asm", "d.wat");
        var output = process.StandardOutput.ReadToEnd().ReplaceLineEndings("\n");
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", process.StandardError.ReadToEnd());
        Assert.Matches(
            "^; function .*\n; [0-9]+ bytes of machine code\n"
            + "; without the wasm instructions: the runtime's diagnostics port is closed \\(DOTNET_EnableDiagnostics\\)\n"
            + "(L[0-9a-f]+:\n|    [0-9a-f]+  .+\n)+$",
            output);
        Assert.Contains("div esi\n", output);
    }

    [Fact]
    public void Objdump_Asm_LeavesNoFileBehind()
    {
        SkipWithoutDisassembler();
        cli.Write("d.wat", Division);
        var temporary = Directory.CreateDirectory(Path.Combine(cli.Folder, "temporary")).FullName;
        using var process = StartWith(
            new() { ["TMPDIR"] = temporary, ["TEMP"] = temporary, ["TMP"] = temporary },
            "objdump", "--function", "f", "--asm", "d.wat");
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        Assert.Contains("i32.div_u", output);
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
    }

    private const string Division =
        """(module (func $f (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1))))""";

    private static void SkipWithoutDisassembler() => Assert.SkipUnless(
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
            == System.Runtime.InteropServices.Architecture.X64,
        "the disassembler knows x86-64 only");

    private Process Start(params string[] arguments) => StartWith([], arguments);

    private Process StartWith(Dictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments])
        {
            WorkingDirectory = cli.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };

        // Tests leave the user's cache alone.
        start.Environment["COFFER_CACHE"] = "off";
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
