namespace Coffer.Capabilities.Tests;

/// <summary>A directory for one test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("coffer-wasi-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void CopyFrom(string source)
    {
        foreach (var directory in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(this[System.IO.Path.GetRelativePath(source, directory)]);
        }

        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = this[System.IO.Path.GetRelativePath(source, file)];
            File.WriteAllBytes(copy, File.ReadAllBytes(file));
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
