using Coffer.Plugins.Extism;

namespace Coffer.Plugins.Hosting;

/// <summary>Extism manifests in files that the application's configuration names.</summary>
internal static class ManifestFile
{
    public static ExtismManifest Read(string path) =>
        ExtismManifest.Parse(File.ReadAllText(path)) with { Folder = Path.GetDirectoryName(Path.GetFullPath(path)) };
}
