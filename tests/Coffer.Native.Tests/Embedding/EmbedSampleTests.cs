using System.Diagnostics;
using System.Runtime.Versioning;
using Coffer.Native.Tests.Executables;

namespace Coffer.Native.Tests.Embedding;

/// <summary>The sample of a C# project with a module, as a program of the runtime and as one of machine code.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class EmbedSampleTests : IDisposable
{
    private const string Printed = "2 3 5 7 11 13 17 19 8 primes\ntrap: integer divide by zero, in primes.wat\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-embed-");

    public EmbedSampleTests()
    {
        foreach (var file in Directory.GetFiles(Locate("samples", "embed"))) File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Sample_RunsByTheRuntimeAndAsMachineCode()
    {
        BuiltExecutables.Require();
        var restored = Run("dotnet", ["restore", "-r", "linux-x64", .. Properties]);
        if (restored.Code != 0 && restored.Output.Contains("NU1301", StringComparison.Ordinal)) Assert.Skip("packages of the platform cannot be had here");
        Assert.True(restored.Code == 0, restored.Output);

        var run = Run("dotnet", ["run", "-c", "Release", "--no-restore", "-r", "linux-x64", .. Properties]);
        Assert.True(run.Code == 0, run.Output + run.Error);
        Assert.EndsWith(Printed, run.Output);

        // Warnings are errors: nothing that is trimmed may be needed.
        var published = Run("dotnet", ["publish", "-c", "Release", "--no-restore", "-r", "linux-x64", "-p:TreatWarningsAsErrors=true", .. Properties]);
        Assert.True(published.Code == 0, published.Output);
        var program = Run(Path.Combine(folder.FullName, "bin", "Release", "net10.0", "linux-x64", "publish", "embed"), []);
        Assert.Equal("a compiler at run time: no\n" + Printed, program.Output);
    }

    private static string[] Properties =>
    [
        $"-p:CofferEngine={typeof(Engine).Assembly.Location}",
        $"-p:CofferCommandFile={typeof(Coffer.Cli.CommandFailure).Assembly.Location}",
        $"-p:CofferTargets={Path.Combine(Locate("src", "Coffer.Build"), "build", "Coffer.Build.targets")}",
    ];

    /// <summary>A folder of the repository.</summary>
    private static string Locate(params string[] parts)
    {
        for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
        {
            var path = Path.Combine([parent.FullName, .. parts]);
            if (Directory.Exists(path)) return path;
        }

        throw new DirectoryNotFoundException(string.Join('/', parts));
    }

    private Outcome Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Nodes that stay would keep the streams open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output.Result, error.Result);
    }
}
