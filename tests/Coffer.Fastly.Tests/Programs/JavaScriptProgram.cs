using System.Diagnostics;
using System.Security.Cryptography;

namespace Coffer.Fastly.Tests.Programs;

/// <summary>
/// The program in <c>app.js</c>, built with the SDK for JavaScript from npm: once, and kept beside the other temporary files,
/// since installing it takes minutes.
/// </summary>
public sealed class JavaScriptProgram
{
    private const string Package = "@fastly/js-compute@3.46.0";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(8);
    private readonly Lazy<(byte[]? Program, string? Missing)> built = new(Build);

    private readonly Engine engine = new();
    private Module? module;

    /// <summary>The module; skips the running test where it cannot be built.</summary>
    public Module Require()
    {
        var (program, missing) = built.Value;
        Assert.SkipWhen(program is null, missing ?? "");
        return module ??= Module.Compile(engine, program!);
    }

    internal async Task<TestApplication> StartAsync(string toml, FastlyServices? services = null)
    {
        var program = Require();
        return await TestApplication.OfAsync(engine, _ => program, toml, services, null);
    }

    private static (byte[]?, string?) Build()
    {
        var source = Path.Combine(AppContext.BaseDirectory, "Programs", "app.js");
        var text = File.ReadAllBytes(source);
        var name = Convert.ToHexStringLower(SHA256.HashData([.. text, .. System.Text.Encoding.UTF8.GetBytes(Package)]))[..16];
        var kept = Path.Combine(Path.GetTempPath(), $"coffer-fastly-{name}.wasm");
        if (File.Exists(kept)) return (File.ReadAllBytes(kept), null);
        var folder = Directory.CreateTempSubdirectory("coffer-fastly-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "src"));
            File.Copy(source, Path.Combine(folder, "src", "app.js"));
            File.WriteAllText(Path.Combine(folder, "package.json"), """{"name":"app","private":true}""");
            if (Run(folder, "npm", "install", "--no-audit", "--no-fund", Package) is { } install) return (null, $"{Package} cannot be installed: {install}");
            if (Run(folder, "npx", "js-compute-runtime", "src/app.js", "app.wasm") is { } build) return (null, $"app.js cannot be built: {build}");
            var program = Path.Combine(folder, "app.wasm");
            File.Copy(program, kept + ".new", overwrite: true);
            File.Move(kept + ".new", kept, overwrite: true);
            return (File.ReadAllBytes(program), null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs a command; the end of what it said where it failed.</summary>
    private static string? Run(string folder, string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Longest))
            {
                process.Kill(entireProcessTree: true);
                return $"{command} took longer than {Longest}";
            }

            var said = (output.Result + error.Result).Trim();
            return process.ExitCode == 0 ? null : said[Math.Max(0, said.Length - 300)..];
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            return $"{command}: {failure.Message}";
        }
    }
}
