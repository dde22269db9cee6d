using System.Runtime.InteropServices;

namespace Coffer.Native.Ambient;

/// <summary>Where the platform's compilers are: beside the application, or where the package manager keeps them.</summary>
internal static class CompilerLocation
{
    /// <summary>The package of crossgen2.</summary>
    public static string CrossgenPackage { get; } = $"microsoft.netcore.app.crossgen2.{Platform}";

    /// <summary>The package of ILC, which makes executables.</summary>
    public static string IlcPackage { get; } = $"runtime.{Platform}.microsoft.dotnet.ilcompiler";

    /// <summary>The package of the runtime that is linked into executables.</summary>
    public static string RuntimePackage { get; } = $"microsoft.netcore.app.runtime.nativeaot.{Platform}";

    /// <summary>The version of all of them: that of the runtime.</summary>
    public static string Version { get; } = Environment.Version.ToString(3);

    /// <summary>The path of crossgen2, or null when there is none.</summary>
    public static string? Find() => FindFile("crossgen2", CrossgenPackage, Path.Combine("tools", Executable("crossgen2")));

    /// <summary>
    /// The path of the runtime's own JIT compiler, or null: the same compiler as the one in the package of crossgen2 of the same
    /// version, with the same results, but built with a profile of its runs, which makes it faster.
    /// </summary>
    public static string? FindJit()
    {
        var name = OperatingSystem.IsWindows() ? "clrjit.dll" : OperatingSystem.IsMacOS() ? "libclrjit.dylib" : "libclrjit.so";
        var path = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, name);
        return File.Exists(path) ? path : null;
    }

    /// <summary>The path of ILC, or null.</summary>
    public static string? FindIlc() => FindFile("ilc", IlcPackage, Path.Combine("tools", Executable("ilc")));

    /// <summary>The folder of the runtime's package, in it one for the platform, or null.</summary>
    public static string? FindRuntime()
    {
        var marker = FindFile("ilc", RuntimePackage, Path.Combine("runtimes", Platform, "native", "libbootstrapper.o"));
        return marker is null ? null : Path.GetDirectoryName(Path.GetDirectoryName(marker));
    }

    /// <summary>The first of some programs that is in a folder of the search path, or null.</summary>
    public static string? FindProgram(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            foreach (var folder in SearchPath.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            {
                var path = Path.Combine(folder, name);
                if (Path.IsPathRooted(path) && File.Exists(path)) return path;
            }
        }

        return null;
    }

    /// <summary>Where programs are looked for.</summary>
    public static string SearchPath => Environment.GetEnvironmentVariable("PATH") ?? "";

    /// <summary>A file of a package, beside the application in a folder of its own or where the package manager keeps it.</summary>
    private static string? FindFile(string folder, string package, string file)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(home, ".nuget", "packages");
        string[] candidates =
        [
            Path.Combine(AppContext.BaseDirectory, folder, Path.GetFileName(file)),
            Path.Combine(AppContext.BaseDirectory, folder, file),
            Path.Combine(packages, package, Version, file),
        ];
        return candidates.FirstOrDefault(File.Exists);
    }

    private static string Executable(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

    private static string Platform => $"{SystemName}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    private static string SystemName => OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
}
