using System.Diagnostics;

namespace Coffer.ProxyWasm.Tests.Filters;

/// <summary>The examples of the Go SDK in the test data: some lie there as files, the others in an archive.</summary>
internal static class GoExamples
{
    private const string Folder = "proxy-wasm/java-host-fixtures";
    private static readonly Lock Gate = new();
    private static string? unpacked;

    public static byte[] Read(string name)
    {
        var file = TestData.Require($"{Folder}/go-examples/{name}/main.wasm");
        return File.ReadAllBytes(File.Exists(file) ? file : Path.Combine(Unpacked(), "go-examples", name, "main.wasm"));
    }

    private static string Unpacked()
    {
        lock (Gate)
        {
            if (unpacked is not null) return unpacked;
            var folder = Directory.CreateTempSubdirectory("coffer-filters-").FullName;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
            // The platform has no decoder for xz.
            using var process = Process.Start("tar", ["xf", TestData.Require($"{Folder}/go-examples-more.tar.xz"), "-C", folder]);
            process.WaitForExit();
            if (process.ExitCode != 0) Assert.Skip("the archive cannot be unpacked: tar with xz is not installed");
            return unpacked = folder;
        }
    }
}
