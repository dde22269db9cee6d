using System.Diagnostics;
using Coffer.Cli.Tests;

namespace Coffer.Native.Tests.Executables;

/// <summary>Executables that the tests run, built once, and at the same time.</summary>
public sealed class BuiltExecutables : IDisposable
{
    private const string Manifest =
        """
        {
          "module": "guest.wat",
          "grants": {
            "directories": ["data::/:ro"],
            "environment": ["ONE=1", "TWO=2"],
            "streams": ["stdout", "stderr"],
            "random": ["real"],
          },
          "limits": { "timeout": "1s", "memory": "1MiB" },
          "audit": { "file": "audit.jsonl" },
        }
        """;

    private readonly CliRun cli = new();
    private readonly Lazy<(CliResult Program, CliResult EveryProposal)> results;

    public BuiltExecutables() => results = new Lazy<(CliResult, CliResult)>(Build);

    /// <summary>Where they are; a folder <c>data</c> with a file is beside them.</summary>
    public string Folder => cli.Folder;

    private (CliResult Program, CliResult EveryProposal) Build()
    {
        cli.Write("source/guest.wat", ExecutableGuests.Program);
        cli.Write("source/coffer.json", Manifest);
        cli.Write("every.wat", ExecutableGuests.EveryProposal);
        cli.Write("data/secret.txt", "secret");
        CliResult? program = null, every = null;
        Parallel.Invoke(
            () => program = cli.Run("build", "--manifest", "source/coffer.json", "-o", "program"),
            () => every = cli.Run("build", "--memory", "checked", "--fuel", "100000000", "-o", "every", "every.wat"));
        return (program!, every!);
    }

    /// <summary>Runs one of them to its end; skips the test where none can be built.</summary>
    internal Outcome Run(bool everyProposal, params string[] arguments)
    {
        Require();
        (everyProposal ? results.Value.EveryProposal : results.Value.Program).Succeeds();
        return Start(everyProposal ? "every" : "program", arguments);
    }

    /// <summary>Builds one more executable and runs it.</summary>
    internal Outcome BuildAndRun(string module)
    {
        Require();
        cli.Run("build", "-o", "more", module).Succeeds();
        return Start("more");
    }

    internal static void Require()
    {
        if (new ExecutableCompiler(new Engine()).Refusal() is { } refusal) Assert.Skip($"{refusal.Reason}; {refusal.Remedy}");
    }

    private Outcome Start(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Folder, name), arguments)
        {
            // Somewhere else: nothing depends on where it is started.
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COFFER_limits__timeout"] = "1h";
        start.Environment["COFFER_grants__environment__0"] = "MORE=1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill();
            Assert.Fail($"{name} {string.Join(' ', arguments)} did not end.");
        }

        process.WaitForExit();
        return new Outcome(process.ExitCode, output.Result, error.Result);
    }

    public void Dispose() => cli.Dispose();
}

/// <summary>What a process came to.</summary>
internal sealed record Outcome(int Code, string Output, string Error)
{
    /// <summary>Fails unless it ended with a code and said something on standard error.</summary>
    public void EndsWith(int code, string said)
    {
        Assert.True(Code == code, $"exit code {Code}, not {code}: {Error}{Output}");
        Assert.Contains(said, Error);
    }
}
