namespace Coffer.Cli.Tests.Commands;

public sealed class RunWasiTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    // Writes what follows its first argument's pointer: both lists as they are laid out, then exits with 7.
    private const string Echo =
        """
        (module
          (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
          (memory (export "memory") 1)
          (func $write (param $descriptor i32) (param $pointer i32) (param $length i32)
            (i32.store (i32.const 0) (local.get $pointer))
            (i32.store (i32.const 4) (local.get $length))
            (drop (call $fd_write (local.get $descriptor) (i32.const 0) (i32.const 1) (i32.const 8))))
          (func (export "_start")
            (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
            (drop (call $args_get (i32.const 100) (i32.const 1000)))
            (call $write (i32.const 1) (i32.const 1000) (i32.load (i32.const 20)))
            (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
            (drop (call $environ_get (i32.const 100) (i32.const 1000)))
            (call $write (i32.const 2) (i32.const 1000) (i32.load (i32.const 20)))
            (i32.store (i32.const 0) (i32.const 2000))
            (i32.store (i32.const 4) (i32.const 100))
            (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 24)))
            (call $write (i32.const 1) (i32.const 2000) (i32.load (i32.const 24)))
            (call $proc_exit (i32.const 7)))
          (func (export "exit") (param i32) (call $proc_exit (local.get 0))))
        """;

    [Fact]
    public void Run_Program_GetsArgumentsEnvironmentAndStreams()
    {
        cli.Write("dir/echo.wat", Echo);
        string[] arguments = ["run", "--env", "A=1", "--env=B=x=y", "dir/echo.wat", "--help", "--", "two words"];
        var result = cli.Run("input", CancellationToken.None, arguments);
        Assert.Equal(7, result.Code);
        Assert.Equal("echo.wat\0--help\0--\0two words\0input", result.Output);
        Assert.Equal("A=1\0B=x=y\0", result.Error);
    }

    [Fact]
    public void Run_OwnSeparator_IsNotTheGuests()
    {
        cli.Write("echo.wat", Echo);
        Assert.Equal("echo.wat\0-x\0", cli.Run("run", "--", "echo.wat", "-x").Output);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("3", 3)]
    [InlineData("256", 255)]
    [InlineData("-1", 255)]
    public void Run_InvokedExit_GivesItsCode(string code, int expected)
    {
        cli.Write("echo.wat", Echo);
        Assert.Equal(expected, cli.Run("run", "--invoke", "exit", "echo.wat", code).Code);
    }

    [Fact]
    public void Run_Directories_AreGranted()
    {
        cli.Write("count.wat",
            """
            (module
              (import "wasi_snapshot_preview1" "path_create_directory" (func $create (param i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "made")
              (func (export "make") (param i32) (result i32) (call $create (local.get 0) (i32.const 0) (i32.const 4))))
            """);
        Directory.CreateDirectory(Path.Combine(cli.Folder, "one"));
        Directory.CreateDirectory(Path.Combine(cli.Folder, "two"));
        string Make(string descriptor) =>
            cli.Run(["run", "--quiet-denials", "--dir", "one::/a", "--dir", "two::/b:ro", "--invoke", "make", "count.wat", descriptor])
                .Succeeds();
        Assert.Equal("0\n", Make("3"));
        Assert.True(Directory.Exists(Path.Combine(cli.Folder, "one", "made")));
        Assert.NotEqual("0\n", Make("4"));
        Assert.False(Directory.Exists(Path.Combine(cli.Folder, "two", "made")));
        Assert.NotEqual("0\n", Make("5"));
    }

    [Fact]
    public void Run_MissingDirectory_IsInputOutput()
    {
        cli.Write("echo.wat", Echo);
        Assert.Contains("nope", cli.Run("run", "--dir", "nope", "echo.wat").FailsWith(ExitCode.InputOutput));
    }

    [Fact]
    public void Run_Preload_MayUseWasi()
    {
        cli.Write("echo.wat", Echo);
        cli.Write("user.wat",
            """
            (module
              (import "lib" "exit" (func $exit (param i32)))
              (func (export "_start") (call $exit (i32.const 9))))
            """);
        Assert.Equal(9, cli.Run("run", "--preload", "lib=echo.wat", "user.wat").Code);
    }
}
