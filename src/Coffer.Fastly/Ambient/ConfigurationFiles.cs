namespace Coffer.Fastly.Ambient;

/// <summary>
/// The files and variables of the host that a configuration names, from the folder of its file on. The operator writes it;
/// guests never choose them.
/// </summary>
internal sealed class ConfigurationFiles(string folder)
{
    /// <summary>Those that the configuration in a file names.</summary>
    public static ConfigurationFiles Beside(string path) => new(Path.GetDirectoryName(Path.GetFullPath(path))!);

    public byte[] Read(string path) => File.ReadAllBytes(Path.Combine(folder, path));

    public string ReadText(string path) => File.ReadAllText(Path.Combine(folder, path));

    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name);
}
