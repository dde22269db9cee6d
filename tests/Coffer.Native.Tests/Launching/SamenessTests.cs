using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Coffer.Cli;
using Coffer.Native.Tests.Executables;
using Coffer.Tests;

namespace Coffer.Native.Tests.Launching;

/// <summary>A run that starts as an executable of the cache says and does what it does by the command.</summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class SamenessTests(SamenessTests.Made made) : IClassFixture<SamenessTests.Made>
{
    /// <summary>One executable, whose guest does what its first argument says.</summary>
    public sealed class Made : IDisposable
    {
        private readonly Lazy<LauncherBench> bench = new(() =>
        {
            var bench = new LauncherBench();
            bench.RunCommand("", "compile", "--executable", bench.Module(Guest)).EndsWith(0, "");
            return bench;
        });

        internal LauncherBench Bench => bench.Value;

        public void Dispose()
        {
            if (bench.IsValueCreated) bench.Value.Dispose();
        }
    }

    private const string Guest =
        """
        (module
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get" (func $variables (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open"
            (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (memory (export "memory") 2)
          (tag $problem (param i32))
          (data (i32.const 1000) "secret.txt")
          (table funcref (elem $print $unreachable $divide $outside $deep $throw $grow $count $chance $cat $open $folder $large $both $endless))
          (func $print
            (i32.store (i32.const 8) (i32.const 4000))
            (i32.store (i32.const 12) (i32.load (i32.const 4)))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 2000))))
          (func $unreachable unreachable)
          (func $divide (drop (i32.div_u (i32.const 1) (i32.const 0))))
          (func $outside (drop (i32.load (i32.const -4))))
          (func $recurse (param i32) (result i32) (i32.add (i32.const 1) (call $recurse (local.get 0))))
          (func $deep (drop (call $recurse (i32.const 1))))
          (func $throw (throw $problem (i32.const 5)))
          (func $grow (drop (memory.grow (i32.const 20))) (call $exit (memory.size)))
          (func $count (drop (call $variables (i32.const 300) (i32.const 304))) (call $exit (i32.load (i32.const 300))))
          (func $chance (call $exit (call $random (i32.const 300) (i32.const 8))))
          (func $cat
            (i32.store (i32.const 8) (i32.const 70000))
            (loop $next
              (i32.store (i32.const 12) (i32.const 1000))
              (drop (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 12)))
              (if (i32.load (i32.const 12)) (then
                (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))
                (br $next)))))
          (func $open (call $exit (call $path_open (i32.const 3) (i32.const 0) (i32.const 1000) (i32.const 10)
            (i32.const 1) (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 2000))))
          (func $folder (call $exit (call $prestat (i32.const 4) (i32.const 300))))
          (func $large (call $exit (i32.const 1000)))
          (func $both (call $print) (i32.store (i32.const 8) (i32.const 4000))
            (drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 2000)))
            unreachable)
          (func $endless
            (i32.store (i32.const 8) (i32.const 1000)) (i32.store (i32.const 12) (i32.const 1))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 2000)))
            (loop $again (br $again)))
          (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 4)))
            (drop (call $args (i32.const 16) (i32.const 4000)))
            (if (i32.lt_u (i32.load (i32.const 0)) (i32.const 2)) (then (call $exit (i32.const 3))))
            (call_indirect (i32.sub (i32.load8_u (i32.load (i32.const 20))) (i32.const 97)))))
        """;

    // Executables do not know at which instruction of a function they are.
    [GeneratedRegex(@"(?<=\.wasm)\+0x[0-9a-f]+")]
    private static partial Regex Offsets();

    // Refusals are written by another thread, so that they may stand before or behind what the guest writes.
    [GeneratedRegex(@"coffer: denied .*\n(?:  (?:the guest has|to allow|at): .*\n)*")]
    private static partial Regex Refusals();

    private static Outcome WithRefusalsFirst(Outcome outcome) => outcome with
    {
        Error = string.Concat(Refusals().Matches(outcome.Error).Select(refusal => refusal.Value)) + Refusals().Replace(outcome.Error, ""),
    };

    private static Outcome Same(LauncherBench bench, string input, params string[] line)
    {
        var cold = bench.RunUncached(input, line);
        var hot = bench.RunWith([], input, line);
        Assert.NotEqual(LauncherBench.CommandCode, hot.Code);
        Assert.Equal(WithRefusalsFirst(cold with { Error = Offsets().Replace(cold.Error, "") }), WithRefusalsFirst(hot));
        return hot;
    }

    [Theory]
    [InlineData("print: its arguments", 0, "a", "--help", "", "  ", "ü\t'\"", "--dir")]
    [InlineData("unreachable", ExitCode.Trap, "b")]
    [InlineData("division", ExitCode.Trap, "c")]
    [InlineData("out of bounds", ExitCode.Trap, "d")]
    [InlineData("a recursion without end", ExitCode.Exhausted, "e")]
    [InlineData("an exception that nobody catches", ExitCode.UncaughtException, "f")]
    [InlineData("memory", 2, "g")]
    [InlineData("variables", 0, "h")]
    [InlineData("random numbers", 0, "i")]
    [InlineData("standard input", 0, "j")]
    [InlineData("a file that it may not open", 2, "k")]
    [InlineData("a folder", 8, "l")]
    [InlineData("an exit code that the system cannot keep", 255, "m")]
    [InlineData("both streams, and a trap", ExitCode.Trap, "n", "x")]
    [InlineData("nothing", 3)]
    public void Run_EachThing_IsTheSame(string thing, int code, params string[] words)
    {
        var run = Same(made.Bench, "grüße\n\0end", ["run", "guest.wasm", .. words]);
        if (words is ["g" or "k" or "l"]) Assert.NotEqual(ExitCode.Bug, run.Code);
        else Assert.True(run.Code == code, $"{thing}: exit code {run.Code}: {run.Error}");
    }

    [Fact]
    public void Name_OfTheFile_IsThatOfTheLine()
    {
        File.Copy(Path.Combine(made.Bench.Folder, "guest.wasm"), Path.Combine(made.Bench.Folder, "other name.wasm"));
        Assert.Contains("other name.wasm", Same(made.Bench, "", "run", "./other name.wasm", "a").Output);
        Assert.Contains("(other name.wasm)", Same(made.Bench, "", "run", "./other name.wasm", "b").Error);
    }

    [Theory]
    [InlineData("INT", 130, "error: cancelled\n")]
    [InlineData("TERM", 130, "error: cancelled\n")]
    [InlineData("KILL", 137, "")]
    public void Loop_WithoutEnd_IsEndedBySignals(string signal, int code, string said)
    {
        using var process = made.Bench.Start("run", "guest.wasm", "o");
        Assert.Equal('s', process.StandardOutput.Read());
        Assert.Equal("coffer", File.ReadAllText($"/proc/{process.Id}/comm").TrimEnd());
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(code, process.ExitCode);
        Assert.Equal(said, process.StandardError.ReadToEnd());
    }

    [Fact]
    public void Eviction_WhileItRuns_DoesNotEndIt()
    {
        using var bench = new LauncherBench();
        bench.RunCommand("", "compile", "--executable", bench.Module(Guest)).EndsWith(0, "");
        using var process = bench.Start("run", "guest.wasm", "j");
        process.StandardInput.Write("one ");
        process.StandardInput.Flush();
        Assert.Equal('o', process.StandardOutput.Read());
        Assert.Equal("1 entries removed\n", bench.RunCommand("", "cache", "clear").Output);
        process.StandardInput.Write("two");
        process.StandardInput.Close();
        Assert.Equal("ne two", process.StandardOutput.ReadToEnd());
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(LauncherBench.CommandCode, bench.Run("run", "guest.wasm", "j").Code);
    }

    [Theory]
    [InlineData("guests/c/hello.wasm")]
    [InlineData("guests/rust/hello.wasm")]
    [InlineData("guests/go/hello.wasm")]
    public void Run_OtherPeoplesPrograms_IsTheSame(string program)
    {
        LauncherBench.Require();
        var file = TestData.Require(program);
        using var bench = new LauncherBench();
        bench.RunCommand("", "compile", "--executable", file).EndsWith(0, "");
        Same(bench, "some input\n", "run", file, "a", "b c");
    }

    /// <summary>All programs of the suite of WASI: minutes, since each becomes an executable.</summary>
    [Fact(Explicit = true)]
    public void Run_ProgramsOfTheSuiteOfWasi_IsTheSame()
    {
        LauncherBench.Require();
        var folder = Path.GetDirectoryName(TestData.Require("wasi-p1/wasi-testsuite/README.md"))!;
        foreach (var file in Directory.GetFiles(folder, "*.wasm", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var bench = new LauncherBench();
            bench.RunCommand("", "compile", "--executable", file).EndsWith(0, "");
            Same(bench, "", "run", file);
        }
    }
}
