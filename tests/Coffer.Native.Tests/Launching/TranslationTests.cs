using System.Runtime.Versioning;
using Coffer.Cli.Standalone;
using Coffer.Native.Ambient;
using Coffer.Native.Tests.Executables;

namespace Coffer.Native.Tests.Launching;

/// <summary>The launcher has the module of a run translated, and the command uses that, or does without.</summary>
[Collection(TranslatorRun.Alone)]
[UnsupportedOSPlatform("windows")]
public sealed class TranslationTests : IDisposable
{
    private static readonly Dictionary<string, string> Off = new() { ["COFFER_CACHE"] = "off" };

    private readonly LauncherBench bench = new();

    public void Dispose() => bench.Dispose();

    private string Bin(string name) => Path.Combine(bench.Folder, "bin", name);

    private static string ExitsWith(int code) => $$"""
        (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const {{code}}))))
        """;

    /// <summary>Puts a program of the shell in the translator's place.</summary>
    private void Translator(string script)
    {
        File.WriteAllText(Bin(LauncherFiles.Translator), $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(Bin(LauncherFiles.Translator), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void RealTranslator() => Translator($"exec '{TranslatorRun.Program}' \"$@\"");

    private void Command(string script) => File.WriteAllText(Bin(LauncherFiles.Command), $"#!/bin/sh\n{script}\n");

    // The command itself, as the process that the launcher is.
    private void RealCommand() => Command($"exec '{LauncherBench.Command}' \"$@\"");

    // What the stand-in for the command says: whether the variable is for it, and what its descriptors are.
    private const string Tell =
        """
        IFS=: read process translator memory image pipe <<END
        $COFFER_TRANSLATION
        END
        [ "$process" = $$ ] && readlink /proc/$$/fd/$memory /proc/$$/fd/$image && cat <&$pipe
        """;

    private const string Told = "/memfd:coffer-translation (deleted)\n/memfd:coffer-translation (deleted)\nthree descriptors";

    [Theory]
    [MemberData(nameof(LauncherBench.FirstRuns), MemberType = typeof(LauncherBench))]
    [InlineData("run", "--timeout", "1s", "--cache", "elsewhere", "guest.wasm")]
    public void Run_WithoutNativeCode_IsTranslatedMeanwhile(params string[] line)
    {
        bench.Module(ExitsWith(1));
        Command(Tell);
        Translator("[ $# = 3 ] && [ -e /proc/self/fd/$1 ] && [ -e /proc/self/fd/$2 ] && printf 'three descriptors' >/proc/self/fd/$3");
        Assert.Equal(Told, bench.Run(line).Output);
        Assert.Equal(Told, bench.RunWith(Off, "", line).Output);
    }

    [Theory]
    [InlineData("run", "--prepare", "guest.wasm")]
    [InlineData("run", "--cache", "wait", "guest.wasm")]
    [InlineData("run", "--features", "all", "guest.wasm")]
    [InlineData("run", "--memory", "much", "guest.wasm")]
    [InlineData("run", "--manifest", "coffer.json", "guest.wasm")]
    [InlineData("run", "guest.wat")]
    [InlineData("run", "missing.wasm")]
    [InlineData("validate", "guest.wasm")]
    public void AnythingElse_IsNotTranslated(params string[] line)
    {
        bench.Module(ExitsWith(1));
        File.WriteAllText(Path.Combine(bench.Folder, "guest.wat"), "(module)");
        Command("echo ${COFFER_TRANSLATION-no word of it}");
        Translator("touch started");
        Assert.Equal("no word of it\n", bench.Run(line).Output);
        Assert.Equal("no word of it\n", bench.RunWith(Off, "", line).Output);
        Assert.False(File.Exists(Path.Combine(bench.Folder, "started")));
    }

    [Fact]
    public void Run_WhereItCannotBe_IsNotTranslated()
    {
        const string none = "no word of it\n";
        var module = bench.Module(ExitsWith(1));
        Command("echo ${COFFER_TRANSLATION-no word of it}");
        Assert.Equal(none, bench.RunWith(Off, "", "run", "guest.wasm").Output);
        Translator("exit 1");
        Assert.NotEqual(none, bench.RunWith(Off, "", "run", "guest.wasm").Output);

        // Without tiers; for another processor than the translator is made for; when nothing says for which it is; with native code.
        Assert.Equal(none, bench.RunWith(new(Off) { [LauncherFiles.TiersVariable] = "0" }, "", "run", "guest.wasm").Output);
        var identity = File.ReadAllText(bench.Identity);
        File.WriteAllText(bench.Identity, System.Text.RegularExpressions.Regex.Replace(identity, "(?m)^cpu .*$", "cpu avx2,other"));
        Assert.Equal(none, bench.RunWith(Off, "", "run", "guest.wasm").Output);
        File.Delete(bench.Identity);
        Assert.Equal(none, bench.RunWith(Off, "", "run", "guest.wasm").Output);
        File.WriteAllText(bench.Identity, identity);
        CacheFolder.Open(bench.Cache);
        Assert.NotEqual(none, bench.Run("run", "guest.wasm").Output);
        File.WriteAllText(Path.Combine(bench.Cache, bench.Describe(module).Without(LauncherFiles.BuildLine).Key + ".cof"), "");
        Assert.Equal(none, bench.Run("run", "guest.wasm").Output);
    }

    [Theory]
    [InlineData("exit 1")]
    [InlineData("kill -9 $$")]
    [InlineData("printf '\\001' >/proc/self/fd/$3")]
    [InlineData("printf '\\002' >/proc/self/fd/$3")]
    [InlineData("printf 'COFTRAN\\001' >/proc/self/fd/$1; printf '\\001' >/proc/self/fd/$3")]
    [InlineData("head -c 100000 /dev/urandom >/proc/self/fd/$1; printf '\\001' >/proc/self/fd/$3")]
    [InlineData("head -c 100000 /dev/urandom >/proc/self/fd/$2; printf '\\001' >/proc/self/fd/$3")]
    public void Run_WithATranslatorThatFails_TranslatesItself(string translator)
    {
        bench.Module(ExitsWith(42));
        RealCommand();
        Translator(translator);
        bench.RunWith(Off, "", "run", "guest.wasm").EndsWith(42, "");
        bench.Run("run", "guest.wasm").EndsWith(42, "");
    }

    /// <summary>What the translator hands on is what runs: here it is of another module.</summary>
    [Theory]
    [InlineData(MemoryMode.Auto, false)]
    [InlineData(MemoryMode.Checked, false, "--memory", "checked")]
    [InlineData(MemoryMode.Auto, true, "--fuel", "1000")]
    public void Run_WithATranslation_UsesIt(MemoryMode memory, bool consumesFuel, params string[] options)
    {
        HandOnAnother(memory, consumesFuel, typeof(Engine).Module.ModuleVersionId);
        bench.RunWith(Off, "", ["run", .. options, "guest.wasm"]).EndsWith(43, "");
    }

    [Theory]
    [InlineData(MemoryMode.Auto, true)]
    [InlineData(MemoryMode.Checked, false)]
    [InlineData(MemoryMode.Auto, false, "--fuel", "1000")]
    public void Run_WithATranslationForOtherOptions_TranslatesItself(MemoryMode memory, bool consumesFuel, params string[] options)
    {
        HandOnAnother(memory, consumesFuel, typeof(Engine).Module.ModuleVersionId);
        bench.RunWith(Off, "", ["run", .. options, "guest.wasm"]).EndsWith(42, "");
    }

    [Fact]
    public void Run_WithATranslationOfAnotherBuild_TranslatesItself()
    {
        HandOnAnother(MemoryMode.Auto, consumesFuel: false, Guid.NewGuid());
        bench.RunWith(Off, "", "run", "guest.wasm").EndsWith(42, "");
    }

    [Theory]
    [InlineData("rm image; touch image")]
    [InlineData("head -c 100000 /dev/urandom >image")]
    [InlineData("head -c 1000 image >part; mv part image")]
    public void Run_WithADamagedImage_TranslatesItself(string damage)
    {
        HandOnAnother(MemoryMode.Auto, consumesFuel: false, typeof(Engine).Module.ModuleVersionId, damage);
        bench.RunWith(Off, "", "run", "guest.wasm").EndsWith(42, "");
    }

    [Fact]
    public void Variable_OfAnotherProcess_IsNothing()
    {
        bench.Module(ExitsWith(42));
        Command($"export COFFER_TRANSLATION=1:2:3:4:5; exec '{LauncherBench.Command}' \"$@\"");
        bench.RunWith(Off, "", "run", "guest.wasm").EndsWith(42, "");
        Command($"export COFFER_TRANSLATION=$$:1:0:1:2; exec '{LauncherBench.Command}' \"$@\"");
        bench.RunWith(Off, "", "run", "guest.wasm").EndsWith(42, "");
        Command($"export COFFER_TRANSLATION=$$:x; exec '{LauncherBench.Command}' \"$@\"");
        bench.RunWith(Off, "", "run", "guest.wasm").EndsWith(42, "");
    }

    /// <summary>
    /// The guest runs in a process that has neither descriptors of the translation, but those by which the runtime reads the image, nor a child
    /// that nobody asked after.
    /// </summary>
    [Fact]
    public void Run_LeavesNothingOfTheTranslation()
    {
        RealTranslator();
        bench.Module(
            """
            (module (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1) (data (i32.const 0) "\10\00\00\00\01\00\00\00") (data (i32.const 16) "s")
              (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))))
            """);
        RealCommand();
        using var process = bench.Start("run", "--cache", "off", "guest.wasm");
        Assert.Equal('s', process.StandardOutput.Read());
        foreach (var descriptor in new DirectoryInfo($"/proc/{process.Id}/fd").GetFiles())
        {
            if (descriptor.LinkTarget?.Contains("coffer-translation", StringComparison.Ordinal) != true) continue;

            // For reading alone, and not for programs that are started.
            Assert.Contains("flags:\t02100000\n", File.ReadAllText($"/proc/{process.Id}/fdinfo/{descriptor.Name}"), StringComparison.Ordinal);
        }

        // Its memory is there, so it was used; and whoever made it has ended and is forgotten.
        Assert.Contains("/memfd:coffer-translation", File.ReadAllText($"/proc/{process.Id}/maps"), StringComparison.Ordinal);
        Assert.Equal("", string.Concat(Directory.GetDirectories($"/proc/{process.Id}/task").Select(task => File.ReadAllText(Path.Combine(task, "children")))));
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("(module (func (export \"_start\") unreachable))", 134, "at _start (guest.wasm+0x")]
    [InlineData("(module (type (struct)) (func (export \"_start\") (drop (struct.new 0)) unreachable))", 134, "at _start (guest.wasm+0x")]
    [InlineData("(module (func (export \"_start\") (call $f)) (func $f (call $f)))", 75, "stack")]
    public void Run_OfAModuleThatFails_SaysTheSame(string text, int code, string said)
    {
        bench.Module(text);
        RealCommand();
        var alone = bench.RunWith(Off, "", "run", "guest.wasm");
        RealTranslator();
        Assert.Equal(alone, bench.RunWith(Off, "", "run", "guest.wasm"));
        Assert.Equal(code, alone.Code);
        Assert.Contains(said, alone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OfWhatIsNoValidModule_SaysTheSame()
    {
        RealCommand();
        RealTranslator();
        var module = bench.Module(ExitsWith(1));
        var bytes = File.ReadAllBytes(module);
        for (var length = 8; length < bytes.Length; length += 7)
        {
            File.WriteAllBytes(module, bytes[..length]);
            var run = bench.RunWith(Off, "", "run", "guest.wasm");
            Assert.NotEqual(70, run.Code);
            Assert.Equal(bench.RunUncached("", "run", "guest.wasm"), run);
        }
    }

    // A program that exits with 42, the command, and in the translator's place one that hands on a translation of a program that exits with 43.
    private void HandOnAnother(MemoryMode memory, bool consumesFuel, Guid build, string damage = ":")
    {
        var file = TranslationFile.Create(File.ReadAllBytes(bench.Module(ExitsWith(42))), (int)memory, consumesFuel)!;
        try
        {
            var made = ModuleTranslation.Make(Bench.Binary(ExitsWith(43)), ModuleTranslation.Options(memory, consumesFuel))!;
            Assert.True(file.Complete(made.Record.Span, made.Image, build));
            File.WriteAllBytes(Path.Combine(bench.Folder, "made"), File.ReadAllBytes($"/proc/self/fd/{file.Descriptor}"));
            File.WriteAllBytes(Path.Combine(bench.Folder, "image"), File.ReadAllBytes(file.ImagePath));
        }
        finally
        {
            file.Close();
        }

        RealCommand();
        Translator($"{damage}; cat made >/proc/self/fd/$1; cat image >/proc/self/fd/$2; printf '\\001' >/proc/self/fd/$3");
    }
}
