namespace Coffer.Cli.Tests.Commands;

public sealed class SnapshotCommandTests : IDisposable
{
    private const string Reader = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "text")
          (data (i32.const 16) "\40\00\00\00\20\00\00\00")
          (func $load (export "load")
            (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0)
                (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 32)) (then (unreachable)))
            (drop (call $read (i32.load (i32.const 32)) (i32.const 16) (i32.const 1) (i32.const 20))))
          (func (export "wizer-initialize") (call $load) (drop (call $close (i32.load (i32.const 32)))))
          (func (export "closeInput") (drop (call $close (i32.const 0))))
          (func (export "exit") (call $exit (i32.const 3)))
          (func (export "_start") (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 48)))))
        """;

    private readonly CliRun cli = new();

    public SnapshotCommandTests()
    {
        cli.Write("reader.wat", Reader);
        cli.Write("data/text", "what was read");
    }

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Snapshot_OfAProgramThatReadsAFile_NeedsItNoMore()
    {
        Assert.Equal("", cli.Run("snapshot", "--dir", "data::/:ro", "reader.wat", "-o", "ready.wasm").Succeeds());
        Assert.Equal("what was read", cli.Run("run", "ready.wasm").Succeeds());
        Assert.Equal("ready.wasm: valid\n", cli.Run("validate", "ready.wasm").Succeeds());
        Assert.DoesNotContain("wizer-initialize", cli.Run("inspect", "ready.wasm").Succeeds());
    }

    [Fact]
    public void Snapshot_ToStandardOutput_IsTheModule()
    {
        cli.Write("plain.wat", """(module (func (export "go")))""");
        var result = cli.Run("snapshot", "--init", "go", "plain.wat", "-o", "-");
        Assert.Equal(0, result.Code);
        Assert.Equal("\0asm"u8.ToArray(), result.Bytes[..4]);
    }

    [Theory]
    [InlineData("load", "opened or closed files")]
    [InlineData("closeInput", "opened or closed files")]
    [InlineData("exit", "exited with code 3")]
    public void Snapshot_OfWhatCannotBeKept_IsRefused(string init, string message)
    {
        Assert.Contains(message, cli.Run("snapshot", "--dir", "data::/:ro", "--init", init, "reader.wat", "-o", "no.wasm").FailsWith(1));
        Assert.False(File.Exists(Path.Combine(cli.Folder, "no.wasm")));
    }

    [Fact]
    public void Snapshot_WithoutTheGrant_TrapsAndWritesNothing()
    {
        Assert.Contains("unreachable", cli.Run("snapshot", "--quiet-denials", "reader.wat", "-o", "no.wasm").FailsWith(134));
        Assert.False(File.Exists(Path.Combine(cli.Folder, "no.wasm")));
    }

    [Fact]
    public void Snapshot_WithoutSuchAFunction_NamesTheOption()
    {
        Assert.Contains("--init", cli.Run("snapshot", "--init", "missing", "reader.wat", "-o", "no.wasm").FailsWith(2));
    }

    [Fact]
    public void Snapshot_ImportedMemory_IsRefused()
    {
        cli.Write("lib.wat", """(module (import "m" "m" (memory 1 1 shared)) (func (export "wizer-initialize")))""");
        Assert.Contains("imports the memory", cli.Run("snapshot", "lib.wat", "-o", "no.wasm").FailsWith(1));
    }
}
