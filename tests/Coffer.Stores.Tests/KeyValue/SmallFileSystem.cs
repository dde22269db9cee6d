using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Coffer.Stores.Tests.KeyValue;

/// <summary>A file system of one megabyte, so that disks become full.</summary>
public sealed class SmallFileSystem : IDisposable
{
    private SmallFileSystem(string path) => Path = path;

    public string Path { get; }

    public static bool TryMount(string folder, [NotNullWhen(true)] out SmallFileSystem? mounted, string size = "1m")
    {
        mounted = null;
        if (!OperatingSystem.IsLinux()) return false;
        var path = System.IO.Path.Combine(folder, "small");
        Directory.CreateDirectory(path);
        if (!Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path)) return false;
        mounted = new SmallFileSystem(path);
        return true;
    }

    public void Dispose() => Run("umount", "-l", Path);

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
