namespace Coffer.Native.Ambient;

/// <summary>A folder that only the user can enter, for the files of one compilation. Gone when disposed.</summary>
/// <param name="parent">The folder that it is made in; null for the system's for such things.</param>
internal sealed class ToolFolder(string? parent = null) : IDisposable
{
    private readonly DirectoryInfo folder = parent is null
        ? Directory.CreateTempSubdirectory("coffer-")
        : Make(Path.Combine(parent, $"{Guid.NewGuid():N}{CacheFolder.Temporary}"));

    /// <summary>The folder.</summary>
    public string FullPath => folder.FullName;

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string name) => Path.Combine(FullPath, name);

    /// <summary>Writes a file; returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        var path = PathOf(name);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Writes a file of lines; returns its path.</summary>
    public string Write(string name, IEnumerable<string> lines)
    {
        var path = PathOf(name);
        File.WriteAllLines(path, lines);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // One by one first, since deleting all at once is code that the JIT compiler makes at every start.
            foreach (var file in Directory.GetFiles(FullPath)) File.Delete(file);
            folder.Delete(recursive: Directory.GetDirectories(FullPath).Length != 0);
        }
        catch (IOException)
        {
            // What is left is in a folder for such things.
        }
    }

    private static DirectoryInfo Make(string path) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, Ownership.MostOfFolder);
}
