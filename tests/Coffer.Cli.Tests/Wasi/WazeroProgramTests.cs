using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Coffer.Capabilities.Tests;
using Coffer.Tests;

namespace Coffer.Cli.Tests.Wasi;

/// <summary>The programs of wazero's tests, with what those expect of them.</summary>
public sealed class WazeroProgramTests : IDisposable
{
    private const string Programs = "wasi-p1/wazero/imports/wasi_snapshot_preview1/testdata/";
    private const string ZigCc = Programs + "zig-cc/wasi.wasm", Cargo = Programs + "cargo-wasi/wasi.wasm";
    private const string TinyGo = Programs + "tinygo/wasi.wasm";
    private const string Commands = "wasi-p1/wazero/cmd/wazero/testdata/";
    private const string Examples = "wasi-p1/wazero/imports/wasi_snapshot_preview1/example/testdata/";
    private const string OtherExamples = "wasi-p1/wazero/examples/";
    private const string Experimental = "wasi-p1/wazero/experimental/testdata/";

    private readonly CliRun cli = new();
    private readonly TemporaryDirectory root = new();

    public void Dispose()
    {
        cli.Dispose();
        root.Dispose();
    }

    [Theory]
    [InlineData(Cargo, "./a-", "")]
    [InlineData(TinyGo, "./a-", "")]
    [InlineData(ZigCc, "./a-", "./.\n./..\n")]
    [InlineData(Cargo, "-", "ENOTDIR\n")]
    [InlineData(ZigCc, "-", "ENOTDIR\n")]
    [InlineData(Cargo, ".", "./-\n./a-\n./ab-\n")]
    [InlineData(TinyGo, ".", "./-\n./a-\n./ab-\n")]
    [InlineData(ZigCc, ".", "./.\n./..\n./-\n./a-\n./ab-\n")]
    public void Ls_Directory_ListsItsEntries(string program, string path, string expected)
    {
        File.WriteAllText(root["-"], "");
        Directory.CreateDirectory(root["a-"]);
        File.WriteAllText(root["ab-"], "");

        Assert.Equal(Sorted(expected), Sorted(Run(program, "ls", path)));
    }

    [Theory]
    [InlineData(Cargo, "./-\n./a\n")]
    [InlineData(ZigCc, "./.\n./..\n./-\n./a\n")]
    public void Ls_ReadTwice_ListsTwice(string program, string once)
    {
        File.WriteAllText(root["-"], "");
        File.WriteAllText(root["a"], "");

        Assert.Equal(Sorted(once + once), Sorted(Run(program, "ls", ".", "repeat")));
    }

    [Theory]
    [InlineData(Cargo, 0)]
    [InlineData(TinyGo, 0)]
    [InlineData(ZigCc, 2)]
    public void Ls_ThousandsOfEntries_ListsEachOnce(string program, int dots)
    {
        const int count = 8096;
        for (var i = 0; i < count; i++) File.WriteAllText(root[$"{i}"], "");

        var lines = Run(program, "ls", ".").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(count + dots, lines.Length);
        Assert.Equal(count + dots, lines.Distinct().Count());
    }

    [Theory]
    [InlineData(Cargo)]
    [InlineData(ZigCc)]
    [InlineData(TinyGo)]
    public void Stat_NoTerminal_SaysSo(string program) => Assert.Equal(
        "stdin isatty: false\nstdout isatty: false\nstderr isatty: false\n/ isatty: false\n", Run(program, "stat"));

    [Theory]
    [InlineData("open-rdonly")]
    [InlineData("open-wronly")]
    public void Open_WithFewRights_IsEnough(string command) => Assert.Equal("OK", Run(ZigCc, command).Trim());

    [Fact]
    public void Sleep_Milliseconds_Ends() => Assert.Equal("OK\n", Run(ZigCc, "sleepmillis", "100"));

    [Fact]
    public void Poll_InputWithBytes_IsReadyAtOnce()
    {
        using var input = new MemoryStream("test"u8.ToArray());

        Assert.Equal("STDIN\n", Run(input, ZigCc, "poll", "0", "500"));
    }

    [Fact]
    public void Poll_InputThatEnded_IsReadyAtOnce()
    {
        using var input = new MemoryStream();

        Assert.Equal("STDIN\n", Run(input, ZigCc, "poll", "0", "500"));
    }

    [Fact]
    public void Poll_NothingComes_TimesOut()
    {
        using var nobody = new AnonymousPipeServerStream(PipeDirection.Out);
        using var input = new AnonymousPipeClientStream(PipeDirection.In, nobody.ClientSafePipeHandle);

        var output = Run(input, ZigCc, "poll", "0", "100");

        // A pipe cannot be closed while a thread waits in a read of it.
        nobody.Dispose();
        Assert.Equal("NOINPUT\n", output);
    }

    [Fact]
    public async Task Socket_ConnectionToAListener_IsServed()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var address = (IPEndPoint)probe.LocalEndpoint;
        probe.Stop();
        var token = TestContext.Current.CancellationToken;
        var run = Task.Run(() => cli.Run(
            "", token, "run", "--timeout", "60s", "--listen", address.ToString(), TestData.Require(ZigCc), "sock"), token);
        using var client = new TcpClient();
        while (!client.Connected && !run.IsCompleted)
        {
            try
            {
                await client.ConnectAsync(address, token);
            }
            catch (SocketException)
            {
                await Task.Delay(20, token);
            }
        }

        if (client.Connected) await client.GetStream().WriteAsync("wazero"u8.ToArray(), token);

        Assert.Equal("wazero\n", (await run).Succeeds());
    }

    [Theory]
    [InlineData("cargo-wasi", "/test.txt")]
    [InlineData("zig-cc", "/test.txt")]
    // Zig 0.11 hands an absolute path to a directory's descriptor as it is, which WASI does not permit.
    [InlineData("zig", "test.txt")]
    public void Cat_File_WritesIt(string toolchain, string file)
    {
        File.WriteAllText(root["test.txt"], "greet filesystem\n");

        Assert.Equal("greet filesystem\n", Run($"{Examples}{toolchain}/cat.wasm", file));
    }

    [Theory]
    [InlineData(Programs + "exit_on_start.wasm", 2)]
    [InlineData(Programs + "exit_on_start_unstable.wasm", 2)]
    [InlineData(Commands + "exit_on_start_unstable.wasm", 2)]
    [InlineData(Commands + "infinite_loop.wasm", 75)]
    public void Run_Program_EndsWithItsCode(string program, int code) =>
        Assert.Equal(code, cli.Run("run", "--timeout", "1s", TestData.Require(program)).Code);

    [Theory]
    [InlineData(Programs + "print_args.wasm", "print_args.wasm\0a\0b\0")]
    [InlineData(Commands + "wasi_arg.wasm", "wasi_arg.wasm\0a\0b\0")]
    [InlineData(Commands + "wasi_env.wasm", "ANIMAL=bear\0FOOD=sushi\0")]
    [InlineData(Programs + "print_prestat_dirname.wasm", "/")]
    public void Run_Program_PrintsWhatItWasGiven(string program, string expected) => Assert.Equal(
        expected,
        cli.Run(
            "run", "--dir", $"{root.Path}::/", "--env", "ANIMAL=bear", "--env", "FOOD=sushi",
            TestData.Require(program), "a", "b").Succeeds());

    [Fact]
    public void Ls_NoDirectory_TinyGoDoesNotExpectTheErrorOfLinux()
    {
        File.WriteAllText(root["-"], "");

        // It opens without asking for a directory, and expects EBADF of the listing, as wazero has it; Wasmtime and
        // Linux have ENOTDIR.
        var result = cli.Run("run", "--timeout", "60s", "--dir", $"{root.Path}::/", TestData.Require(TinyGo), "ls", "-");

        Assert.Contains("fdopendir -: errno 54", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OtherExamples + "cli/testdata/cli.wasm", "result: 7\n", "3", "4")]
    [InlineData(OtherExamples + "cli/testdata/cli.wasm", "result: -1\n", "3", "-4")]
    [InlineData(OtherExamples + "basic/testdata/add.wasm", "")]
    public void Run_Example_ComputesFromItsArguments(string program, string expected, params string[] arguments) =>
        Assert.Equal(expected, cli.Run(["run", TestData.Require(program), .. arguments]).Succeeds());

    [Theory]
    [InlineData(OtherExamples + "basic/testdata/add.wasm", "add", "16\n", "7", "9")]
    [InlineData(Experimental + "fs.wasm", "fd_prestat_dir_name", "0\n", "3", "100", "1")]
    [InlineData(Experimental + "cpp_exceptions.wasm", "test_no_throw", "42\n")]
    [InlineData(Experimental + "cpp_exceptions.wasm", "test_catch_specific", "-1\n")]
    [InlineData(Experimental + "cpp_exceptions.wasm", "test_catch_base", "1\n")]
    [InlineData(Experimental + "cpp_exceptions.wasm", "test_rethrow", "-42\n")]
    [InlineData(Experimental + "pthread.wasm", "get", "0\n")]
    public void Invoke_Reactor_Answers(string program, string function, string expected, params string[] arguments) =>
        Assert.Equal(expected, cli.Run(
            ["run", "--dir", $"{root.Path}::/", "--invoke", function, TestData.Require(program), .. arguments]).Succeeds());

    // The ABI of WASI has the memory exported as "memory", and Wasmtime ends such a module as well; wazero lets it use the
    // memory that it does not export.
    [Theory]
    [InlineData(Commands + "wasi_random_get.wasm")]
    [InlineData(Experimental + "inoutdispatcher.wasm", "--invoke", "dispatch")]
    public void Run_NoMemoryExported_SaysSo(string program, params string[] options)
    {
        var result = cli.Run(["run", .. options, TestData.Require(program)]);

        Assert.Equal(69, result.Code);
        Assert.Contains("exports no memory under the name \"memory\"", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--preload", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_OfTheTestData_AreRunHereOrNamedWithTheReason()
    {
        var folder = Path.GetFullPath(Path.Combine(TestData.Require(ZigCc), "../../../../.."));
        var run = GetType().GetMethods()
            .SelectMany(method => method.GetCustomAttributes(typeof(InlineDataAttribute), false))
            .SelectMany(row => ((InlineDataAttribute)row).Data.OfType<string>())
            .Select(text => text.Contains(".wasm", StringComparison.Ordinal) ? text : $"{Examples}{text}/cat.wasm")
            .ToHashSet();

        foreach (var file in Directory.GetFiles(folder, "*.wasm", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(folder, file).Replace('\\', '/');
            Assert.True(
                run.Contains($"wasi-p1/wazero/{name}") != WazeroModules.NotRun.ContainsKey(name),
                $"{name} must be run by a test of this class, or have its reason in {nameof(WazeroModules)}");
        }
    }

    private string Run(string program, params string[] arguments) => Run(Stream.Null, program, arguments);

    private string Run(Stream input, string program, params string[] arguments) => cli.Run(
        input, TestContext.Current.CancellationToken,
        ["run", "--timeout", "60s", "--dir", $"{root.Path}::/", TestData.Require(program), .. arguments]).Succeeds();

    private static string Sorted(string lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines.Split('\n').Order(StringComparer.Ordinal)) text.Append(line).Append('\n');
        return text.ToString();
    }
}
