using System.Diagnostics;

namespace Coffer.Cli.Tests;

/// <summary>Runs in processes whose runtime compiles functions quickly first and optimizes those that are used much.</summary>
public sealed class TieredStartTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Run_WithTiers_FunctionsAreNotOptimizedAtFirst()
    {
        cli.Write("f.wat", """(module (func (export "f") (result i32) (i32.const 42)))""");
        var methods = Path.Combine(cli.Folder, "methods");
        var variables = new Dictionary<string, string> { ["DOTNET_JitStdOutFile"] = methods, ["DOTNET_JitDisasmSummary"] = "1" };
        var (exitCode, output, _) = Run(tiers: true, variables, "run", "--invoke", "f", "f.wat");
        Assert.Equal((0, "42\n"), (exitCode, output));
        Assert.Contains(File.ReadLines(methods), line => line.Contains("Code0:", StringComparison.Ordinal) && line.Contains("Tier0", StringComparison.Ordinal));
    }

    /// <summary>Frames are larger then, and what fits later must fit the first time.</summary>
    [Fact]
    public void Run_DeepRecursion_FitsWithTiersAsWithout()
    {
        cli.Write("deep.wat",
            """
            (module
              (func $f (export "f") (param i32) (result i32) (local i32 i32 i32)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
                (local.set 1 (i32.mul (local.get 0) (i32.const 3)))
                (local.set 2 (i32.xor (local.get 1) (i32.const 77)))
                (local.set 3 (call $f (i32.sub (local.get 0) (i32.const 1))))
                (i32.add (i32.add (local.get 1) (local.get 2)) (local.get 3))))
            """);
        foreach (var tiers in new[] { false, true })
        {
            var (exitCode, output, error) = Run(tiers, [], "run", "--invoke", "f", "deep.wat", "150000");
            Assert.True(exitCode == 0, error);
            Assert.Equal(Expected(150_000), output);
        }

        static string Expected(int depth)
        {
            var sum = 0;
            for (var i = 1; i <= depth; i++) sum += (i * 3) + ((i * 3) ^ 77);
            return $"{sum}\n";
        }
    }

    [Fact]
    public void Run_EndlessRecursion_EndsWithTiersAsWithout()
    {
        cli.Write("t.wat", """(module (func $f (export "f") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))""");
        foreach (var tiers in new[] { false, true })
        {
            var (exitCode, _, error) = Run(tiers, [], "run", "--invoke", "f", "t.wat", "1");
            Assert.StartsWith("error: call stack exhausted", error);
            Assert.Equal(75, exitCode);
        }
    }

    private (int ExitCode, string Output, string Error) Run(bool tiers, Dictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments])
        {
            WorkingDirectory = cli.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["COFFER_CACHE"] = "off", ["DOTNET_TieredCompilation"] = tiers ? "1" : "0" },
        };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        return (process.ExitCode, output, error.Result);
    }
}
