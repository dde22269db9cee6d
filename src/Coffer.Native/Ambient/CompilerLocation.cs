using System.Runtime.InteropServices;

namespace Coffer.Native.Ambient;

/// <summary>Where crossgen2 is: beside the application, or where the package manager keeps it.</summary>
internal static class CompilerLocation
{
    private static readonly string FileName = OperatingSystem.IsWindows() ? "crossgen2.exe" : "crossgen2";

    /// <summary>A path, or null when there is none.</summary>
    public static string? Find() => Candidates().FirstOrDefault(File.Exists);

    private static IEnumerable<string> Candidates()
    {
        yield return Path.Combine(AppContext.BaseDirectory, "crossgen2", FileName);
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(home, ".nuget", "packages");
        var platform = $"{SystemName}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        yield return Path.Combine(
            packages, $"microsoft.netcore.app.crossgen2.{platform}", Environment.Version.ToString(3), "tools", FileName);
    }

    private static string SystemName => OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
}
