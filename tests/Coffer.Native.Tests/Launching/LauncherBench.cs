using System.Diagnostics;
using System.Runtime.Versioning;
using Coffer.Cli.Standalone;
using Coffer.Cli.Tests;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;
using Coffer.Native.Tests.Executables;

namespace Coffer.Native.Tests.Launching;

/// <summary>
/// The launcher beside a stand-in for the command, which says that it was called and ends with a code of its own: so it shows
/// what the launcher became.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class LauncherBench : IDisposable
{
    /// <summary>What the stand-in ends with.</summary>
    public const int CommandCode = 99;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string Built = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../Coffer.Cli", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))));

    private readonly CliRun cli = new();

    /// <summary>Lines of runs that find no native code where there is none.</summary>
    public static TheoryData<string[]> FirstRuns => new((IEnumerable<string[]>)
    [
        ["run", "guest.wasm"],
        ["run", "--dir", ".", "--env", "A=B", "guest.wasm"],
        ["run", "--invoke", "f", "--preload", "a=b", "--audit=trail", "guest.wasm", "1"],
        ["run", "--fuel", "1000", "guest.wasm"],
        ["run", "--memory", "checked", "guest.wasm"],
    ]);

    public LauncherBench()
    {
        Require();
        var bin = Directory.CreateDirectory(Path.Combine(Folder, "bin")).FullName;
        foreach (var file in new[] { "coffer", LauncherFiles.Identity }) File.Copy(Path.Combine(Built, file), Path.Combine(bin, file));
        WrittenFile.Settle(Path.Combine(bin, "coffer"));
        Script(Path.Combine(bin, LauncherFiles.Command), $"echo command \"$@\" | tee -a '{Calls}'; exit {CommandCode}");
    }

    /// <summary>Where all is.</summary>
    public string Folder => cli.Folder;

    /// <summary>The folder of the cache.</summary>
    public string Cache => Path.Combine(Folder, "cache");

    /// <summary>A file with the arguments of each call of the stand-in.</summary>
    public string Calls => Path.Combine(Folder, "calls");

    /// <summary>What the launcher takes for what it is for.</summary>
    public string Identity => Path.Combine(Folder, "bin", LauncherFiles.Identity);

    /// <summary>The command that stands beside the launcher when it is built.</summary>
    public static string Command => Path.Combine(Built, LauncherFiles.Command);

    /// <summary>Skips a test where there is no launcher.</summary>
    public static void Require()
    {
        if (!File.Exists(Path.Combine(Built, LauncherFiles.Identity))) Assert.Skip($"there is no launcher in {Built}");
        BuiltExecutables.Require();
    }

    /// <summary>Writes a module in the binary format; returns its path.</summary>
    public string Module(string text, string name = "guest.wasm")
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, Bench.Binary(text));
        return path;
    }

    /// <summary>What the launcher looks for when it runs a module.</summary>
    public ArtifactDescription Describe(string module) => ArtifactDescription.Read(File.ReadAllBytes(Identity))!.For(File.ReadAllBytes(module));

    /// <summary>Puts a program of the shell into the cache as the executable of a module; returns its path.</summary>
    public string Publish(string module, string script = "echo executable \"$@\"")
    {
        var description = Describe(module);
        CacheFolder.Open(Cache).Executables.Publish(description, System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\n{script}\n"));
        var path = CachedExecutable.PathOf(Cache, description.Key);
        WrittenFile.Settle(path);
        return path;
    }

    /// <summary>Runs the launcher to its end.</summary>
    public Outcome Run(params string[] arguments) => RunWith([], "", arguments);

    /// <summary>Runs it with variables and input.</summary>
    public Outcome RunWith(Dictionary<string, string> variables, string input, params string[] arguments) =>
        End(Start(Path.Combine(Folder, "bin/coffer"), variables, arguments), input);

    /// <summary>Runs the command that was built, without the launcher.</summary>
    public Outcome RunCommand(string input, params string[] arguments) => End(Start(Command, [], arguments), input);

    /// <summary>The same without a cache, so that nothing goes on in it afterwards.</summary>
    public Outcome RunUncached(string input, params string[] arguments) =>
        End(Start(Command, new() { ["COFFER_CACHE"] = "off" }, arguments), input);

    /// <summary>Starts the launcher.</summary>
    public Process Start(params string[] arguments) => Start(Path.Combine(Folder, "bin/coffer"), [], arguments);

    public void Dispose() => cli.Dispose();

    private static Outcome End(Process started, string input)
    {
        using var process = started;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail("It did not end.");
        }

        process.WaitForExit();
        return new Outcome(process.ExitCode, output.Result, error.Result);
    }

    private Process Start(string program, Dictionary<string, string> variables, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
        };
        start.Environment["COFFER_CACHE"] = Cache;
        start.Environment.Remove("COFFER_EXECUTABLES");
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static void Script(string path, string text)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        WrittenFile.Settle(path);
    }
}
