using System.Diagnostics;

namespace Coffer.Tests.Documentation;

/// <summary>The example of README.md is a program that compiles and prints what the text says.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task Embed_Example_CompilesAndPrints()
    {
        var root = FindRoot();
        Assert.SkipWhen(root is null, "the sources are not here");
        var readme = await File.ReadAllTextAsync(Path.Combine(root, "README.md"), TestContext.Current.CancellationToken);
        var code = readme.Split("```csharp\n")[1].Split("\n```")[0];
        var folder = Directory.CreateTempSubdirectory("coffer-readme");
        try
        {
            var engine = typeof(Engine).Assembly.Location;
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Program.cs"), code, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "example.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <Nullable>enable</Nullable>
                    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                  </PropertyGroup>
                  <ItemGroup><Reference Include="{engine}" /></ItemGroup>
                </Project>
                """, TestContext.Current.CancellationToken);
            var (code0, output) = await Run(folder.FullName);
            Assert.True(code0 == 0, output);
            Assert.Equal(["the guest says 14", "42"], output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(int Code, string Output)> Run(string folder)
    {
        var start = new ProcessStartInfo("dotnet", ["run", "--project", folder])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        // The variables of the test host would make the child look for its own SDK in the wrong place.
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildExtensionsPath");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    private static string? FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Coffer.slnx"))) return directory.FullName;
        }

        return null;
    }
}
