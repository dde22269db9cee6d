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
          (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
          (memory (export "memory") 2)
          (tag $problem (param i32))
          (data (i32.const 1000) "secret.txt")
          (data (i32.const 1020) "new.txt")
          (table funcref (elem $print $unreachable $divide $outside $deep $throw $grow $count $chance $cat $open $folder $large $both $endless
            $spell $create $seeded $time))
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
          (func $spell
            (drop (call $variables (i32.const 300) (i32.const 304)))
            (drop (call $environ (i32.const 400) (i32.const 40000)))
            (i32.store (i32.const 8) (i32.const 40000))
            (i32.store (i32.const 12) (i32.load (i32.const 304)))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 2000))))
          (func $create (call $exit (call $path_open (i32.const 3) (i32.const 0) (i32.const 1020) (i32.const 7)
            (i32.const 1) (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 2000))))
          (func $bytes
            (i32.store (i32.const 8) (i32.const 300))
            (i32.store (i32.const 12) (i32.const 8))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 2000))))
          (func $seeded (drop (call $random (i32.const 300) (i32.const 8))) (call $bytes))
          (func $time (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 300))) (call $bytes))
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

    /// <summary>Lines with options: what is before the file, then the guest's words; and a part of what it says in all.</summary>
    [Theory]
    [InlineData("guest.wasm\0a\0--dir\0y\0", 0, "--dir . guest.wasm a --dir y")]
    [InlineData("guest.wasm\0a\0--\0", 0, "--dir=. -- guest.wasm a --")]
    [InlineData("", 0, "--dir data guest.wasm k")]
    [InlineData("", 0, "--dir data::/ guest.wasm k")]
    [InlineData("", 0, "--dir:.::/a --dir .::/b:ro --file data/secret.txt guest.wasm l")]
    [InlineData("to allow: --dir data::/x:read,write,create", null, "--dir data::/x:ro guest.wasm q")]
    [InlineData("", null, "--quiet-denials --dir data::/x:ro guest.wasm q")]
    [InlineData("", 0, "--dir ::/x:memory guest.wasm q")]
    [InlineData("", 0, "--dir data::/x:overlay,max=1MiB,files=3 guest.wasm q")]
    [InlineData("", 0, "--dir ödd;dir::/ö guest.wasm q")]
    [InlineData("", 0, "--file data/secret.txt::/secret.txt:rw guest.wasm k")]
    [InlineData("to allow: --file data/secret.txt::/secret.txt:", 2, "--file data/secret.txt::/secret.txt guest.wasm k")]
    [InlineData("missing", 74, "--dir missing guest.wasm a")]
    [InlineData("", 74, "--dir guest.wasm guest.wasm a")]
    [InlineData("", 74, "--file data guest.wasm a")]
    [InlineData("see: coffer run --help", 2, "--dir ::q:zz guest.wasm a")]
    [InlineData("--env takes", 2, "--timeout soon --env X guest.wasm a")]
    [InlineData("granted twice", 2, "--random real --random seed=1 guest.wasm a")]
    [InlineData("A=B\0C=ü'\"\0", 0, "--env A=B --env=C=ü'\" guest.wasm p")]
    [InlineData("", null, "--env A=1 --env A=2 guest.wasm p")]
    [InlineData("guest.wasm\0a\0x=y\0z\0", 0, "--arg a --arg=x=y guest.wasm z")]
    [InlineData("", null, "--stream stdout guest.wasm n")]
    [InlineData("", 0, "--random seed=7 guest.wasm r")]
    [InlineData("", 0, "--clock wall=2020-01-01T00:00:00Z guest.wasm s")]
    [InlineData("allow more time: --timeout", 75, "--timeout 2s guest.wasm o")]
    [InlineData("", 75, "--stack 256KiB guest.wasm e")]
    [InlineData("", 2, "--max-memory 1MiB guest.wasm g")]
    [InlineData("", 22, "--max-memory 2MiB guest.wasm g")]
    [InlineData("", null, "--max-memory 64KiB guest.wasm g")]
    [InlineData("", null, "--max-output-bytes 3 guest.wasm a")]
    [InlineData("", 0, "--cache cache --dir . guest.wasm a")]
    [InlineData("trap: integer divide by zero", 134, "--dir . guest.wasm c")]
    public void Run_WithOptions_IsTheSame(string said, int? code, string line)
    {
        var data = Directory.CreateDirectory(Path.Combine(made.Bench.Folder, "data"));
        Directory.CreateDirectory(Path.Combine(made.Bench.Folder, "ödd;dir"));
        File.WriteAllText(Path.Combine(data.FullName, "secret.txt"), "");
        var run = Same(made.Bench, "", ["run", .. line.Split(' ')]);
        Assert.Contains(said, run.Output + run.Error, StringComparison.Ordinal);
        if (code is { } expected) Assert.Equal(expected, run.Code);
        Assert.NotEqual(ExitCode.Bug, run.Code);
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
