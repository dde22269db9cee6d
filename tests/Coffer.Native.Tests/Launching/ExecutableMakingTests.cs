using System.Diagnostics;
using System.Runtime.Versioning;
using Coffer.Cli;
using Coffer.Cli.Standalone;
using Coffer.Native.Ambient;
using Coffer.Native.Tests.Executables;

namespace Coffer.Native.Tests.Launching;

/// <summary>When executables get into the cache, and how they leave it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ExecutableMakingTests : IDisposable
{
    private const string Nothing = """(module (func (export "_start")))""";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly LauncherBench bench = new();

    public void Dispose() => bench.Dispose();

    private string NativeCode(string module) => Path.Combine(bench.Cache, bench.Describe(module).Without(LauncherFiles.BuildLine).Key + ".cof");

    [Fact]
    public void FourthRunFromNativeCode_StartsOne_InTheBackground()
    {
        var module = bench.Module(Nothing);
        CacheFolder.Open(bench.Cache);
        for (var i = 0; i < 5; i++) bench.Run("run", "guest.wasm").EndsWith(LauncherBench.CommandCode, "");
        Assert.Equal(5, File.ReadAllLines(bench.Calls).Length);

        File.WriteAllText(NativeCode(module), "");
        for (var i = 0; i < 3; i++) bench.Run("run", "guest.wasm").EndsWith(LauncherBench.CommandCode, "");
        Assert.Equal(8, File.ReadAllLines(bench.Calls).Length);
        bench.Run("run", "guest.wasm").EndsWith(LauncherBench.CommandCode, "");
        WaitFor(() => File.ReadAllLines(bench.Calls).Length == 10);
        Assert.Contains($"command compile --executable --background --cache {bench.Cache} {module}", File.ReadAllLines(bench.Calls));

        // Again after as many runs, as long as there is none: the process that makes it may have been ended.
        for (var i = 0; i < 3; i++) bench.Run("run", "guest.wasm").EndsWith(LauncherBench.CommandCode, "");
        Assert.Equal(13, File.ReadAllLines(bench.Calls).Length);
        bench.Run("run", "guest.wasm").EndsWith(LauncherBench.CommandCode, "");
        WaitFor(() => File.ReadAllLines(bench.Calls).Length == 15);

        CacheFolder.Open(bench.Cache).MarkFailed(bench.Describe(module).Key, "a test");
        for (var i = 0; i < 8; i++) bench.Run("run", "guest.wasm").EndsWith(LauncherBench.CommandCode, "");
        Assert.Equal(23, File.ReadAllLines(bench.Calls).Length);
    }

    [Fact]
    public async Task Runs_ThatAreCountedAtOnce_HaveEachTheirNumber()
    {
        CacheFolder.Open(bench.Cache);
        var numbers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Enumerable.Range(0, 50).Select(_ => RunCount.Add(bench.Cache, "module")).ToList())));
        Assert.Equal(Enumerable.Range(1, 200).Select(number => (long)number), numbers.SelectMany(each => each).Order());
    }

    [Fact]
    public void FourthRun_SwitchedOff_StartsNone()
    {
        var module = bench.Module(Nothing);
        CacheFolder.Open(bench.Cache);
        File.WriteAllText(NativeCode(module), "");
        for (var i = 0; i < 6; i++) bench.RunWith(new() { ["COFFER_EXECUTABLES"] = "off" }, "", "run", "guest.wasm").EndsWith(LauncherBench.CommandCode, "");
        Assert.Equal(6, File.ReadAllLines(bench.Calls).Length);
    }

    [Fact]
    public void Compile_ByTwoAtOnce_MakesOne_AndLeavesNothingElse()
    {
        var module = bench.Module(Nothing);
        var all = Enumerable.Range(0, 2).Select(_ => StartCompile(module)).ToList();
        foreach (var process in all) EndsWell(process);
        var key = bench.Describe(module).Key;
        Assert.Equal(
            new[] { "key", key + ".record", key + ".run" }.Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(bench.Cache).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        bench.Run("run", "guest.wasm").EndsWith(0, "");
        var listed = bench.RunCommand("", "cache", "list").Output;
        Assert.Contains($"{key[..16]}  ", listed);
        Assert.Contains("  executable of module ", listed);
    }

    // What is made in the background has no share of a machine that is busy, so that a test cannot wait for it.
    [Fact]
    public void Compile_InTheBackgroundWhileAnotherDoes_DoesNothing()
    {
        var module = bench.Module(Nothing);
        CacheFolder.Open(bench.Cache).TryExclusively("executable", () => EndsWell(StartCompile("--background", module)));
        Assert.Equal(["key"], Directory.GetFileSystemEntries(bench.Cache).Select(Path.GetFileName));
    }

    [Fact]
    public void Compile_WithTailCalls_IsRefused_AndNotTriedAgain()
    {
        var module = bench.Module("""(module (func $f) (func (export "_start") (return_call $f)))""");
        bench.RunCommand("", "compile", "--executable", module).EndsWith(ExitCode.Failed, "has tail calls");
        EndsWell(StartCompile("--background", module));
        Assert.Contains("has tail calls", File.ReadAllText(Path.Combine(bench.Cache, bench.Describe(module).Key + CachePlace.Failed)));
    }

    [Fact]
    public void Compile_WhatCannotBeRunPlainly_IsRefusedWithTheReason()
    {
        var module = bench.Module("""(module (import "env" "f" (func)) (func (export "_start")))""");
        bench.RunCommand("", "compile", "--executable", module).EndsWith(ExitCode.Link, "which no executable offers");
        bench.RunCommand("", "compile", "--executable", "-o", "x", module).EndsWith(ExitCode.Usage, "for runs without --memory");
        bench.RunCommand("", "compile", "--executable", "--fuel", module).EndsWith(ExitCode.Usage, "for runs without --memory");
        bench.RunCommand("", "compile", "--executable", "--cache", "off", module).EndsWith(ExitCode.Usage, "it is off");
        bench.Module("""(module (func (export "f")))""", "library.wasm");
        bench.RunCommand("", "compile", "--executable", "library.wasm").EndsWith(ExitCode.Usage, "is no program");
        File.WriteAllText(Path.Combine(bench.Folder, "text.wat"), Nothing);
        bench.RunCommand("", "compile", "--executable", "text.wat").EndsWith(ExitCode.Usage, "not in the binary format");
        File.WriteAllText(Path.Combine(bench.Folder, "bad.wasm"), "\0asm but no module");
        bench.RunCommand("", "compile", "--executable", "bad.wasm").EndsWith(ExitCode.InvalidModule, "malformed");
    }

    [Fact]
    public void Trim_EvictsExecutablesByTheirLastUse_LikeAllElse()
    {
        var old = bench.Publish(bench.Module(Nothing));
        var young = bench.Publish(bench.Module("""(module (func (export "_start") nop))""", "other.wasm"));
        var cache = CacheFolder.Open(bench.Cache);
        cache.Publish("native", new byte[1000]);
        File.SetLastWriteTimeUtc(Path.ChangeExtension(old, CachedExecutable.RecordExtension), DateTime.UtcNow.AddHours(-2));
        File.SetLastWriteTimeUtc(cache.PathOf("native"), DateTime.UtcNow.AddHours(-1));
        File.WriteAllText(Path.Combine(bench.Cache, "left" + CachedExecutable.ProgramExtension), "");
        File.SetLastWriteTimeUtc(Path.Combine(bench.Cache, "left" + CachedExecutable.ProgramExtension), DateTime.UtcNow.AddHours(-2));
        var work = Directory.CreateDirectory(Path.Combine(bench.Cache, "work" + CacheFolder.Temporary));
        File.WriteAllText(Path.Combine(work.FullName, "program.o"), "");
        Directory.SetLastWriteTimeUtc(work.FullName, DateTime.UtcNow.AddHours(-2));

        // How long a record is depends on the processor, whose features stand in it.
        var kept = new FileInfo(young).Length + new FileInfo(Path.ChangeExtension(young, CachedExecutable.RecordExtension)).Length + 1000;
        cache.Trim(kept);
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
        Assert.Equal(["native"], cache.Entries());
        Assert.Equal(4, Directory.GetFileSystemEntries(bench.Cache).Length);
        bench.Run("run", "other.wasm").EndsWith(0, "");
        cache.Trim(0);
        Assert.Equal(["key"], Directory.GetFileSystemEntries(bench.Cache).Select(Path.GetFileName));
    }

    private static void EndsWell(Process started)
    {
        using var process = started;
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(0, process.ExitCode);
    }

    private Process StartCompile(params string[] line)
    {
        var start = new ProcessStartInfo(LauncherBench.Command, ["compile", "--executable", "--cache", bench.Cache, .. line])
        {
            WorkingDirectory = bench.Folder,
        };
        return Process.Start(start)!;
    }

    private static void WaitFor(Func<bool> condition)
    {
        var start = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(start.Elapsed < Patience, "it did not happen in time");
            Thread.Sleep(20);
        }
    }
}
