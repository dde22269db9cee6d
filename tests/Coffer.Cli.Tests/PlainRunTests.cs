using Coffer.Cli.Running;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Tests;

/// <summary>Lines that are not parsed do what they would do parsed, and those that must be are.</summary>
public sealed class PlainRunTests : IDisposable
{
    private const string Echo =
        """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 12)))
            (drop (call $args (i32.const 100) (i32.const 1000)))
            (i32.store (i32.const 8) (i32.const 1000))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))
        """;

    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    private static CommandContext Context(string cache = "off") =>
        new(new Terminal(Stream.Null, Stream.Null, Stream.Null), new HostFiles("/"), CancellationToken.None) { Cache = cache };

    [Theory]
    [InlineData("run", "a.wasm")]
    [InlineData("run", "a.wasm", "--help", "--", "two words", "")]
    [InlineData("run", "a.wasm", "--dir", "x")]
    public void Of_FileAndWords_SaysWhatTheOptionsSayByThemselves(params string[] line)
    {
        var settings = PlainRun.Of(Context("wait"), line);
        Assert.NotNull(settings);
        Assert.Equal("a.wasm", settings.File);
        Assert.Equal(line[2..], settings.Arguments);
        Assert.Equal(new CacheChoice(CacheUse.Wait, null), settings.Cache);
        var parsed = RunSettings.Of(new() { Module = "a.wasm", Capabilities = new(StandardGrants.Set.Grants) }) with
        {
            Arguments = settings.Arguments, Preloads = settings.Preloads, Cache = settings.Cache,
        };
        Assert.Equal(parsed, settings);
    }

    // An executable has the code of one engine, and nothing of what the command does around a guest.
    [Theory]
    [InlineData("--fuel", "1")]
    [InlineData("--invoke", "f")]
    [InlineData("--preload", "a=b")]
    [InlineData("--audit", "-")]
    [InlineData("--audit-strict")]
    [InlineData("--prepare")]
    [InlineData("--memory", "auto")]
    public void OfGuest_MoreThanWhatTheGuestGets_IsNone(params string[] options)
    {
        Assert.Null(PlainRun.OfGuest(Context(), ["run", .. options, "a.wasm"]));
        Assert.NotNull(PlainRun.OfGuest(Context(), ["run", "--dir", ".", "--cache", "off", "a.wasm"]));
    }

    // Given as the options of the command read it, with its own code for that.
    private static RunSettings ParsedSettings(params string[] line)
    {
        var given = new ManifestOptions();
        var command = new System.CommandLine.Command("run");
        given.AddTo(command);
        var manifest = given.Read(command.Parse(line[1..^1]), Context());
        return RunSettings.Of(manifest with { Module = line[^1] });
    }

    [Theory]
    [InlineData("--dir", ".")]
    [InlineData("--env", "A=B", "--dir", "x::/y:ro", "--env=C=D=E", "--dir", "z::/z:overlay,max=1MiB", "--file", "f", "--dir=::/m:memory")]
    [InlineData("--timeout", "2s", "--max-memory", "1MiB", "--stack", "64KiB", "--max-handles", "7", "--quiet-denials")]
    [InlineData("--max-output-bytes", "unlimited", "--max-files=3", "--max-threads", "0", "--max-written-bytes", "1", "--max-sent-bytes", "2")]
    [InlineData("--max-iovecs", "1", "--max-subscriptions", "2")]
    [InlineData("--random", "seed=7", "--clock", "wall=2020-01-01T00:00:00Z", "--stream", "stdout", "--arg", "x", "--arg", "y")]
    [InlineData("--listen", "127.0.0.1:80", "--tcp-connect", "a:1", "--udp", "b:2", "--lookup", "c", "--http", "https://d")]
    [InlineData("--clock", "monotonic", "--dir", ".::/", "--dir", ".::/")]
    [InlineData("--fuel", "7", "--audit", "trail", "--audit-strict", "--quiet-denials")]
    public void Of_Options_SaysWhatTheParserSays(params string[] options)
    {
        string[] line = ["run", .. options, "a.wasm"];
        var settings = PlainRun.Of(Context("wait"), line);
        Assert.NotNull(settings);
        var parsed = ParsedSettings(line);
        Assert.Equal(parsed with { Arguments = settings.Arguments, Preloads = settings.Preloads, Cache = settings.Cache }, settings);
        Assert.Equal(parsed.Capabilities.Grants.AsEnumerable(), settings.Capabilities.Grants);
        Assert.Equal(CacheUse.Wait, settings.Cache.Use);
        Assert.Equal("elsewhere", PlainRun.Of(Context("wait"), ["run", "--cache=elsewhere", .. options, "a.wasm"])!.Cache.Folder);
    }

    [Fact]
    public void Of_WhatTheCommandDoesAroundTheGuest_IsReadAsWell()
    {
        string[] line =
            ["run", "--invoke", "f", "--preload", "a=b", "--fuel=7", "--preload:c=d=e", "--prepare", "--audit", "trail", "--cache", "off", "a.wasm", "-1"];
        var settings = PlainRun.Of(Context("wait"), line);
        Assert.NotNull(settings);
        Assert.Equal("f", settings.Invoke);
        Assert.Equal([new Preload("a", "b"), new Preload("c", "d=e")], settings.Preloads);
        Assert.Equal(7, settings.Fuel);
        Assert.True(settings.Prepare);
        Assert.Equal("trail", settings.Audit.File);
        Assert.Equal(CacheUse.Off, settings.Cache.Use);
        Assert.Equal(["-1"], settings.Arguments);
    }

    // --memory makes the line the parser's.
    [Theory]
    [InlineData("--fuel", "much")]
    [InlineData("--preload", "a")]
    [InlineData("--preload", "=a", "--preload", "a=")]
    [InlineData("--preload", "a", "--fuel", "much", "--env", "X")]
    [InlineData("--fuel", "much", "--preload", "a")]
    [InlineData("--preload", "a=missing")]
    [InlineData("--audit", "missing/trail")]
    [InlineData("--invoke", "missing")]
    [InlineData("--audit-strict")]
    [InlineData("--env", "X")]
    [InlineData("--timeout", "soon")]
    [InlineData("--max-handles", "many", "--env", "X", "--timeout", "soon")]
    [InlineData("--env", "X", "--env", "Y", "--timeout", "soon", "--dir", "::q:zz")]
    [InlineData("--dir", "::q:zz")]
    [InlineData("--dir", "missing")]
    [InlineData("--dir", "bad.wat")]
    [InlineData("--file", "missing")]
    [InlineData("--random", "real", "--random", "seed=1")]
    [InlineData("--random", "real", "--random", "seed=1", "--stack", "high")]
    [InlineData("--env", "A=1", "--env", "A=2")]
    [InlineData("--stream", "std")]
    public void Run_OptionsThatAreWrong_FailInTheSameWay(params string[] options)
    {
        cli.Write("bad.wat", "");
        cli.Write("echo.wat", Echo);
        var plain = cli.Run(["run", .. options, "echo.wat"]);
        var parsed = cli.Run(["run", "--memory", "auto", .. options, "echo.wat"]);
        Assert.Equal(parsed, plain with { Bytes = parsed.Bytes });
        Assert.StartsWith("error: ", plain.Error);
    }

    [Theory]
    [InlineData()]
    [InlineData("run")]
    [InlineData("run", "")]
    [InlineData("run", "-")]
    [InlineData("run", "--help")]
    [InlineData("run", "--memory", "auto", "a.wasm")]
    [InlineData("run", "--features", "all", "a.wasm")]
    [InlineData("learn", "a.wasm")]
    [InlineData("a.wasm")]
    public void Of_AnythingElse_IsLeftToTheParser(params string[] line) => Assert.Null(PlainRun.Of(Context(), line));

    [Theory]
    [InlineData()]
    [InlineData("x", "--dir", "y z", "--", "-h")]
    public void Run_ParsedOrNot_GivesTheGuestTheSame(params string[] words)
    {
        cli.Write("echo.wat", Echo);
        var plain = cli.Run(["run", "echo.wat", .. words]);
        var parsed = cli.Run(["run", "--memory", "auto", "echo.wat", .. words]);
        Assert.Equal(string.Concat(words.Prepend("echo.wat").Select(word => word + "\0")), plain.Output);
        Assert.Equal(parsed, plain with { Bytes = parsed.Bytes });
    }

    [Theory]
    [InlineData("missing.wat", 74)]
    [InlineData("bad.wat", 65)]
    [InlineData("library.wat", 2)]
    [InlineData("trap.wat", 134)]
    public void Run_ParsedOrNot_FailsInTheSameWay(string file, int code)
    {
        cli.Write("bad.wat", "(module (func (result i32)))");
        cli.Write("library.wat", """(module (func (export "f")))""");
        cli.Write("trap.wat", """(module (func (export "_start") unreachable))""");
        var plain = cli.Run("run", file);
        plain.FailsWith(code);
        Assert.Equal(cli.Run("run", "--memory", "auto", file).Error, plain.Error);
    }

    [Fact]
    public void Help_OfAllAndOfEachVerb_IsWhole()
    {
        var help = cli.Run("--help").Succeeds();
        string[] verbs =
            ["run", "learn", "explain", "compile", "cache", "validate", "inspect", "parse", "print", "objdump", "audit", "wast"];
        Assert.All(verbs, verb => Assert.Contains($"\n  {verb} ", help));
        Assert.All(verbs, verb => Assert.Contains($" {verb} ", cli.Run(verb, "--help").Succeeds()));
        var run = cli.Run("run", "--help").Succeeds();
        Assert.All(["--dir", "--fuel", "--max-handles", "--audit-strict", "--cache", "--manifest"], option => Assert.Contains(option, run));
    }
}
