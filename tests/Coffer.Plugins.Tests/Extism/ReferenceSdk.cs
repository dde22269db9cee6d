using System.Diagnostics;
using System.Text.Json;

namespace Coffer.Plugins.Tests.Extism;

/// <summary>A call of a plugin: the function and its input.</summary>
public sealed record ReferenceCall(string Name, byte[] Input);

/// <summary>A plugin and the calls of it.</summary>
public sealed record ReferenceCase(string Path, Dictionary<string, string> Config, string? Functions, ReferenceCall[] Calls);

/// <summary>What came of a call: one of the two.</summary>
public sealed record ReferenceAnswer(byte[]? Output, string? Error);

/// <summary>What came of a case.</summary>
public sealed record ReferenceResult(ReferenceAnswer[] Answers, string[] Logs, string[] Seen, string? Failure);

/// <summary>Extism's own SDK, from the package registry, in node.</summary>
internal static class ReferenceSdk
{
    private const string Package = "@extism/extism@2.0.0-rc13";

    /// <summary>Runs all cases; skips the test where there is no node, or the package cannot be had.</summary>
    public static async Task<ReferenceResult[]> RunAsync(IReadOnlyList<ReferenceCase> cases, CancellationToken cancellation)
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../npm/extism"));
        if (!Directory.Exists(Path.Combine(folder, "node_modules/@extism/extism")))
        {
            Directory.CreateDirectory(folder);
            var (code, _, error) = await StartAsync("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, Package], "", cancellation);
            if (code != 0) Assert.Skip($"npm cannot install {Package}: {error}");
        }

        var script = Path.Combine(AppContext.BaseDirectory, "reference.mjs");
        var input = JsonSerializer.Serialize(cases, JsonSerializerOptions.Web);
        var (exit, output, problem) = await StartAsync("node", ["--no-warnings", script, folder], input, cancellation);
        Assert.True(exit == 0, $"the reference SDK ended with {exit}: {problem}");
        return JsonSerializer.Deserialize<ReferenceResult[]>(output, JsonSerializerOptions.Web)!;
    }

    private static async Task<(int Code, string Output, string Error)> StartAsync(string command, string[] arguments, string input, CancellationToken cancellation)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"there is no {command}");
        }

        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }
}
