using System.Diagnostics;

namespace Coffer.Tests.Runtime.Memory;

/// <summary>Runs one explicit test in a process of its own, with little heap and whatever limits a shell sets.</summary>
internal static class ChildTest
{
    public static async Task<(int Code, string Output)> Run(Type type, string test, string preparation = "true")
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits of a process are set by the shell of Linux");
        var program = Path.Combine(AppContext.BaseDirectory, "Coffer.Tests");
        Assert.SkipUnless(File.Exists(program), "the tests have no program of their own here");
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList =
            {
                "-c", $"{preparation} && exec \"$0\" -method \"$1\" -explicit only -noLogo", program,
                $"{type.FullName}.{test}",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // The heap's own reservation must fit as well; no dump for the test that crashes.
            Environment = { ["DOTNET_GCHeapHardLimit"] = "0x8000000", ["DOTNET_DbgEnableMiniDump"] = "0" },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }
}
