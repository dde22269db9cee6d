using System.Runtime.Versioning;
using Coffer.Native.Artifacts;

namespace Coffer.Native.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class ModuleLoaderTests
{
    private static readonly byte[] Small = Bench.Binary("""(module (func (export "f") (result i32) (i32.const 42)))""");

    private static int Call(Engine engine, Module module)
    {
        using var store = new Store(engine);
        return new Linker().Instantiate(store, module).GetFunction<int>("f")();
    }

    [Fact]
    public void Load_SecondTime_ComesFromTheCache()
    {
        using var bench = new Bench();
        bench.Compile(Small);
        var entry = Assert.Single(bench.Entries());
        var loader = new ModuleLoader(bench.Engine, bench.Options() with { CompilerPath = "/nonexistent", Policy = NativePolicy.Cached });
        var module = loader.Load(Small, cancellation: Token);
        Assert.True(module.IsNative);
        Assert.Equal(42, Call(bench.Engine, module));
        Assert.Empty(bench.Warnings);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(entry));
    }

    [Fact]
    public void Load_ManyFromTheCache_EachKeepsWhatItsOwnEntryHad()
    {
        using var bench = new Bench();
        byte[] Trapping(string name, int before) => Bench.Binary(
            $"""(module (memory 1) (data (i32.const 0) "{name}") (func ${name} (export "{name}") {string.Concat(Enumerable.Repeat("(drop (i32.load (i32.const 0)))", before))} (unreachable)))""");
        var modules = new[] { (Name: "one", Bytes: Trapping("one", 1)), (Name: "two", Bytes: Trapping("two", 50)), (Name: "three", Bytes: Trapping("three", 5)) };
        var places = modules.Select(module => Place(bench.Compile(module.Bytes), module.Name)).ToList();
        Assert.Equal(3, places.Distinct().Count());

        // All are read into one buffer, one after the other, before any is used.
        foreach (var seal in Directory.GetFiles(bench.Cache, "*.seal")) File.Delete(seal);
        var loader = new ModuleLoader(bench.Engine, bench.Options(NativePolicy.Cached));
        var loaded = modules.Select(module => loader.Load(module.Bytes, cancellation: Token)).ToList();
        Assert.All(loaded, module => Assert.True(module.IsNative));
        Assert.Equal(places, loaded.Zip(modules, (module, from) => Place(module, from.Name)));

        long Place(Module module, string function)
        {
            using var store = new Store(bench.Engine);
            var frame = Assert.Single(Assert.Throws<TrapException>(() => new Linker().Instantiate(store, module).GetAction(function)()).WasmTrace);
            Assert.Equal(function, frame.FunctionName);
            return frame.Offset;
        }
    }

    [Fact]
    public void Load_TheSameModuleAgain_SharesItsCode()
    {
        using var bench = new Bench();
        var first = bench.Compile(Small, "first");
        var second = bench.Loader(NativePolicy.Cached).Load(Small.ToArray(), "second", Token);
        Assert.NotSame(first, second);
        Assert.Equal(first.CodePointer(0), second.CodePointer(0));
    }

    [Fact]
    public void Load_NoCompiler_RunsByTheJitAndSaysSo()
    {
        using var bench = new Bench();
        var module = new ModuleLoader(bench.Engine, bench.Options() with { CompilerPath = "/nonexistent/crossgen2" }).Load(Small, cancellation: Token);
        Assert.False(module.IsNative);
        Assert.Equal(42, Call(bench.Engine, module));
        Assert.Contains("the JIT compiler is used", Assert.Single(bench.Warnings));
    }

    [Fact]
    public void Load_CompilerThatHangs_IsEndedAndTheJitRuns()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stand-in for the compiler is a shell script");
        using var bench = new Bench();
        var script = Script(bench, "exec sleep 600");
        var module = new ModuleLoader(
            bench.Engine, bench.Options() with { CompilerPath = script, TimeLimit = TimeSpan.FromMilliseconds(200) }).Load(Small, cancellation: Token);
        Assert.False(module.IsNative);
        Assert.Contains("did not end", Assert.Single(bench.Warnings));
    }

    [Fact]
    public void Load_CompilerThatFailsAndTalks_IsQuotedInPart()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stand-in for the compiler is a shell script");
        using var bench = new Bench();
        var script = Script(bench, "i=0; while [ $i -lt 20000 ]; do echo 'many words of no use'; i=$((i+1)); done; exit 3");
        new ModuleLoader(bench.Engine, bench.Options() with { CompilerPath = script }).Load(Small, cancellation: Token);
        var warning = Assert.Single(bench.Warnings);
        Assert.Contains("exit code 3", warning);
        Assert.InRange(warning.Length, 100, 20_000);
    }

    [Fact]
    public void IsWorthCompiling_AfterTheCompilerFailed_IsFalseForThatModuleAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stand-in for the compiler is a shell script");
        using var bench = new Bench();
        var loader = new ModuleLoader(bench.Engine, bench.Options() with { CompilerPath = Script(bench, "exit 3") });
        var other = Module.Compile(bench.Engine, Bench.Binary("(module)"));
        var module = Module.Compile(bench.Engine, Small);
        Assert.True(loader.IsWorthCompiling(module));
        loader.Load(Small, cancellation: Token);
        Assert.False(loader.IsWorthCompiling(module));
        Assert.True(loader.IsWorthCompiling(other));

        // A day later, and when the cache was emptied, it is tried again.
        var failure = Assert.Single(Directory.GetFiles(bench.Cache, "*.failed"));
        Assert.Contains("exit code 3", File.ReadAllText(failure));
        File.SetLastWriteTimeUtc(failure, DateTime.UtcNow.AddHours(-25));
        Assert.True(loader.IsWorthCompiling(module));
        loader.Load(Small, cancellation: Token);
        loader.Cache!.Clear();
        Assert.True(loader.IsWorthCompiling(module));
        Assert.Empty(Directory.GetFiles(bench.Cache, "*.failed"));
    }

    [Fact]
    public void IsWorthCompiling_WithoutACompiler_IsFalse()
    {
        using var bench = new Bench();
        var loader = new ModuleLoader(bench.Engine, bench.Options() with { CompilerPath = "/nonexistent" });
        Assert.True(loader.IsWorthCompiling(Module.Compile(bench.Engine, Small)));
        loader.Load(Small, cancellation: Token);
        Assert.False(loader.IsWorthCompiling(Module.Compile(bench.Engine, Small)));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("turned")]
    [InlineData("empty")]
    [InlineData("foreign key")]
    public void Load_EntryThatIsDamaged_IsMadeAnew(string damage)
    {
        // A module of its own: the process keeps the native code of an entry that it loaded.
        var guest = Bench.Binary($"""(module (func (export "f") (result i32) (i32.const {damage.Length})))""");
        using var bench = new Bench();
        Bench.RequireCompiler();
        var artifact = bench.Loader().CompileArtifact(guest, TestContext.Current.CancellationToken);
        var description = ArtifactDescription.Of(guest, bench.Engine.Options);
        var parsed = Artifact.Read(artifact);
        var content = damage switch
        {
            "cut" => artifact[..^7],
            "turned" => [.. artifact[..2000], (byte)(artifact[2000] ^ 1), .. artifact[2001..]],
            "empty" => [],
            _ => Artifact.Write(parsed.Image.Span, [], parsed.Record.Span, description, new byte[32]),
        };
        File.WriteAllBytes(Path.Combine(bench.Cache, description.Key + ".cof"), content);
        var module = bench.Compile(guest);
        Assert.Equal(damage.Length, Call(bench.Engine, module));
        Assert.Contains("unusable", Assert.Single(bench.Warnings));
    }

    [Fact]
    public void Load_Artifact_RunsItsNativeCodeWithoutCompiling()
    {
        Bench.RequireCompiler();
        using var bench = new Bench();
        var artifact = bench.Loader().CompileArtifact(Small, TestContext.Current.CancellationToken);
        var module = bench.Loader(NativePolicy.Cached).Load(artifact, cancellation: Token);
        Assert.True(module.IsNative);
        Assert.Equal(42, Call(bench.Engine, module));
    }

    [Fact]
    public void Load_ArtifactOfAnotherUser_IsCompiledFromItsModule()
    {
        Bench.RequireCompiler();
        using var other = new Bench();
        using var bench = new Bench();
        var artifact = other.Loader().CompileArtifact(Small, TestContext.Current.CancellationToken);
        var module = bench.Loader(NativePolicy.Cached).Load(artifact, cancellation: Token);
        Assert.False(module.IsNative);
        Assert.Equal(42, Call(bench.Engine, module));
        Assert.Contains("did not sign", Assert.Single(bench.Warnings));
    }

    [Fact]
    public void Load_ArtifactForOtherSettings_IsCompiledFromItsModule()
    {
        Bench.RequireCompiler();
        using var bench = new Bench();
        var artifact = bench.Loader().CompileArtifact(Small, TestContext.Current.CancellationToken);
        var engine = new Engine(new EngineOptions { AllowNativeCode = true, ConsumeFuel = true });
        var module = new ModuleLoader(engine, bench.Options(NativePolicy.Cached)).Load(artifact, cancellation: Token);
        Assert.False(module.IsNative);
        Assert.Contains("made for fuel no", Assert.Single(bench.Warnings));
    }

    [Fact]
    public void Load_ArtifactWithAnInvalidModule_IsRefused()
    {
        using var bench = new Bench();
        byte[] invalid = [.. "\0asm\x01\0\0\0"u8, 10, 4, 1, 2, 0, 0x1a];
        var artifact = Artifact.Write("MZ"u8, invalid, [], ArtifactDescription.Of(invalid, bench.Engine.Options), new byte[32]);
        Assert.ThrowsAny<CofferException>(() => bench.Loader(NativePolicy.Cached).Load(artifact, cancellation: Token));
    }

    [Theory]
    [InlineData("MZ")]
    [InlineData("MZ and nothing else that an artifact would have, but long enough to be one at a glance")]
    public void Load_NoArtifact_IsMalformed(string text)
    {
        using var bench = new Bench();
        Assert.Throws<MalformedException>(() => bench.Loader().Load(System.Text.Encoding.UTF8.GetBytes(text), cancellation: Token));
    }

    [Fact]
    public void Load_Automatic_CompilesAheadWhatTheJitWouldNotOptimize()
    {
        Bench.RequireCompiler();
        using var bench = new Bench();
        var body = string.Concat(Enumerable.Repeat("(local.set 0 (i32.add (local.get 0) (i32.const 123456)))", 6000));
        var large = bench.Loader(NativePolicy.Automatic).Load(
            Bench.Binary($"""(module (func (export "f") (result i32) (local i32) {body} (local.get 0)))"""),
            cancellation: Token);
        Assert.True(large.IsNative, string.Join(' ', bench.Warnings));
        Assert.Equal(unchecked(6000 * 123456), Call(bench.Engine, large));
        Assert.False(bench.Loader(NativePolicy.Automatic).Load(Small, cancellation: Token).IsNative);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Script(Bench bench, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(bench.Cache)!);
        var path = Path.Combine(Path.GetDirectoryName(bench.Cache)!, "compiler");
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
