using System.IO.Pipes;
using Coffer.Capabilities.Tests;
using Coffer.Tests;

namespace Coffer.Cli.Tests.Wasi;

/// <summary>
/// Every program of WebAssembly/wasi-testsuite for WASI 0.1 and of its proposal for threads, run by the command.
/// </summary>
public sealed class WasiSuiteTests
{
    private static readonly string[] Suites = ["wasi-p1/wasi-testsuite", "wasi-p1/wasi-threads"];

    public static TheoryData<string> Programs()
    {
        var data = new TheoryData<string>();
        foreach (var suite in Suites)
        {
            var folder = TestData.Root is null ? "" : Path.Combine(TestData.Root, suite);
            if (!Directory.Exists(folder)) continue;
            var programs = Directory.GetFiles(folder, "*.wasm", SearchOption.AllDirectories);
            foreach (var program in programs.Order(StringComparer.Ordinal))
            {
                data.Add(Path.GetRelativePath(TestData.Root!, program).Replace('\\', '/'));
            }
        }

        if (!data.Any()) data.Add("");
        return data;
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Run_ProgramOfTheSuite_MeetsItsSpecification(string program)
    {
        Assert.SkipWhen(program.Length == 0, "no test data: COFFER_TESTDATA is not set");
        using var cli = new CliRun();
        using var root = new TemporaryDirectory();
        // Some programs rely on a read of standard input that waits: nothing comes, and it is not closed.
        using var nobody = new AnonymousPipeServerStream(PipeDirection.Out);
        using var input = new AnonymousPipeClientStream(PipeDirection.In, nobody.ClientSafePipeHandle);
        var file = Path.Combine(TestData.Root!, program);
        var specification = new SuiteSpecification(file);
        List<string> line = ["run", "--timeout", "60s", "--quiet-denials"];
        if (specification.Root is { } folder)
        {
            root.CopyFrom(folder);
            line.AddRange(["--dir", $"{root.Path}::/"]);
        }

        foreach (var variable in specification.Environment) line.AddRange(["--env", variable]);
        var result = cli.Run(input, TestContext.Current.CancellationToken, [.. line, file, .. specification.Arguments]);
        // A pipe cannot be closed while a thread waits in a read of it.
        nobody.Dispose();

        Assert.True(specification.ExitCode == result.Code, $"exit code {result.Code}: {result.Error}{result.Output}");
        Assert.Equal(specification.Output ?? result.Output, result.Output);
        Assert.Equal(specification.Error ?? result.Error, result.Error);
    }
}
