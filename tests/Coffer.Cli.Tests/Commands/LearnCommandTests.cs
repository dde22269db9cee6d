using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;
using Coffer.Tests;

namespace Coffer.Cli.Tests.Commands;

public sealed class LearnCommandTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    /// <summary>Programs of several compilers; they list a folder or read a file, and most write another one.</summary>
    [Theory]
    [InlineData("rust/hello.wasm", "work::/work", "/work/data")]
    [InlineData("go/hello.wasm", "work::/work", "/work/data")]
    [InlineData("c/hello.wasm", "work/data::/data", "/data/one.txt")]
    [InlineData("cpp/hello.wasm", "work::/work", "/work/data")]
    [InlineData("zig/hello.wasm", "work::.", "data/one.txt")]
    [InlineData("assemblyscript/hello_wasi.wasm", "work::/work", "/work/data")]
    public void Learn_Guest_ThenRun_DeniesNothingAndIsTheSame(string guest, string directory, string argument)
    {
        var module = TestData.Require("guests/" + guest);
        Directory.CreateDirectory(Path.Combine(cli.Folder, "work", "data"));
        cli.Write("work/data/one.txt", "1");
        string[] bound = ["--dir", directory, "--dir", ".::/unused", "--env", "A=1"];

        var learned = cli.Run(["learn", .. bound, "--out", "learned.json", "--", module, argument]);
        Clean();
        var allowed = cli.Run(["run", .. bound, "--", module, argument]);
        Clean();
        var again = cli.Run("run", "--manifest", "learned.json", "--audit", "audit.jsonl");

        Assert.Equal(allowed.Code, learned.Code);
        Assert.Equal(allowed.Code, again.Code);
        Assert.Equal(Lines(allowed.Output), Lines(learned.Output));
        Assert.Equal(Lines(allowed.Output), Lines(again.Output));
        Assert.Equal("", again.Error);
        Assert.DoesNotContain("\"allowed\":false", File.ReadAllText(Path.Combine(cli.Folder, "audit.jsonl")));
        Assert.DoesNotContain("/unused", File.ReadAllText(Path.Combine(cli.Folder, "learned.json")));
    }

    /// <summary>A module that is only a program together with another one.</summary>
    [Fact]
    public void Learn_WithPreload_LearnsFromBoth()
    {
        cli.Write("lib.wat", """(module (func (export "code") (result i32) (i32.const 5)))""");
        cli.Write("user.wat", """
            (module
              (import "lib" "code" (func $code (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1)
              (func (export "_start") (call $exit (call $code))))
            """);

        Assert.Equal(5, cli.Run("learn", "--preload", "lib=lib.wat", "--out", "learned.json", "user.wat").Code);
        Assert.Equal(5, cli.Run("run", "--manifest", "learned.json", "--preload", "lib=lib.wat").Code);
    }

    [Fact]
    public void Learn_UsesOfSomeFiles_GrantsThemAlone()
    {
        cli.Write("data/a.txt", "a");
        cli.Write("data/b.txt", "b");
        cli.Write("m.wat", Opening(("a.txt", Read), ("b.txt", Read | Write)));

        var manifest = Learn("--dir", "data::/data");

        Assert.Equal(
            [new FileGrant("data/a.txt", "/data/a.txt"), new FileGrant("data/b.txt", "/data/b.txt") { Access = DirectoryAccess.Read | DirectoryAccess.Write }],
            manifest.Capabilities.Grants);
    }

    [Fact]
    public void Learn_UsesBelowOneFolder_GrantsTheFolder()
    {
        cli.Write("data/sub/a.txt", "a");
        cli.Write("m.wat", Opening(("sub/a.txt", Read), ("sub/missing.txt", Read)));

        Assert.Equal(["data/sub::/data/sub:ro"], Texts(Learn("--dir", "data::/data")));
    }

    [Theory]
    [InlineData("sub/../a.txt")]
    [InlineData("link/a.txt")]
    [InlineData("missing.txt")]
    [InlineData(".")]
    public void Learn_WhereLessCouldBehaveOtherwise_GrantsTheDirectory(string path)
    {
        cli.Write("data/a.txt", "a");
        cli.Write("data/sub/a.txt", "a");
        Directory.CreateSymbolicLink(Path.Combine(cli.Folder, "data", "link"), "sub");
        cli.Write("m.wat", Opening((path, Read)));

        Assert.Equal(["data::/data:ro"], Texts(Learn("--dir", "data::/data")));
    }

    [Fact]
    public void Learn_QuotaOfADirectory_IsNotDoubled()
    {
        cli.Write("data/a.txt", "a");
        cli.Write("m.wat", Opening(("a.txt", Read)));

        Assert.Equal(["data::/data:ro,max=1KiB"], Texts(Learn("--dir", "data::/data:max=1KiB")));
    }

    [Fact]
    public void Learn_Denials_AreListedWithTheWayOut_AndNotInTheManifest()
    {
        cli.Write("data/a.txt", "a");
        cli.Write("m.wat", Opening(("a.txt", Read | Write), ("../x", Read)));

        var result = cli.Run("learn", "--dir", "data::/data:ro", "m.wat");

        Assert.Contains("path_open /data/a.txt (read,write): --dir data::/data:read,write", result.Error);
        Assert.Contains("path_open /data/../x (read): the path leads out", result.Error);
        Assert.DoesNotContain("write", File.ReadAllText(Path.Combine(cli.Folder, "coffer.json")));
    }

    [Fact]
    public void Learn_ManifestElsewhere_ItsPathsStartThere()
    {
        cli.Write("data/a.txt", "a");
        cli.Write("conf/readme", "");
        cli.Write("m.wat", Opening((".", Read)));
        cli.Run("learn", "--dir", "data::/data", "--out", "conf/c.json", "m.wat");

        var manifest = Manifest.Parse(File.ReadAllText(Path.Combine(cli.Folder, "conf", "c.json")));

        Assert.Equal("../m.wat", manifest.Module);
        Assert.Equal(["../data::/data:ro"], Texts(manifest));
        cli.Run("run", "--manifest", "conf/c.json").Succeeds();
    }

    [Fact]
    public void Learn_GuestThatTraps_StillLearns_AndFailsTheSame()
    {
        cli.Write("m.wat", "(module (func (export \"_start\") unreachable))");

        Assert.Equal(ExitCode.Trap, cli.Run("learn", "m.wat").Code);
        Assert.Empty(Manifest.Parse(File.ReadAllText(Path.Combine(cli.Folder, "coffer.json"))).Capabilities.Grants);
    }

    [Fact]
    public void Learn_ToStandardOutput_WritesNoFile()
    {
        cli.Write("m.wat", "(module (func (export \"_start\")))");

        Assert.Equal("m.wat", Manifest.Parse(cli.Run("learn", "--out", "-", "m.wat").Output).Module);
        Assert.False(File.Exists(Path.Combine(cli.Folder, "coffer.json")));
    }

    private const long Read = 1 << 1, Write = 1 << 6;

    private static string[] Texts(Manifest manifest) => [.. manifest.Capabilities.Grants.Select(grant => grant.ToString())];

    private Manifest Learn(params string[] bound)
    {
        Assert.Equal(0, cli.Run(["learn", .. bound, "m.wat"]).Code);
        return Manifest.Parse(File.ReadAllText(Path.Combine(cli.Folder, "coffer.json")));
    }

    // Listings come in any order, and clocks go on.
    private static IEnumerable<string> Lines(string output) => output.Split('\n').Order(StringComparer.Ordinal);

    private void Clean()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(cli.Folder, "work", "data")))
        {
            if (Path.GetFileName(file) != "one.txt") File.Delete(file);
        }
    }

    private static string Opening(params (string Path, long Rights)[] files)
    {
        var offset = 64;
        var (data, calls) = ("", "");
        foreach (var (path, rights) in files)
        {
            data += $"(data (i32.const {offset}) \"{path}\")";
            calls += "(drop (call $open (i32.const 3) (i32.const 1) (i32.const " + offset + ") (i32.const " + path.Length
                + ") (i32.const 0) (i64.const " + rights + ") (i64.const 0) (i32.const 0) (i32.const 8)))";
            offset += path.Length;
        }

        return $"""
            (module
              (import "wasi_snapshot_preview1" "path_open"
                (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
              (memory (export "memory") 1) {data}
              (func (export "_start") {calls}))
            """;
    }
}
