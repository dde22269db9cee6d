using Coffer.Native;

namespace Coffer.Fuzz;

/// <summary>Native code of generated modules: a folder that goes with it. That there is none is a failure, not a warning.</summary>
internal sealed class NativeCache : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-fuzz-");

    /// <summary>How to make native code there.</summary>
    public NativeOptions Options => new()
    {
        CacheFolder = Path.Combine(folder.FullName, "cache"),
        CacheBytes = 256 << 20,
        Warning = message => throw new InvalidOperationException(message),
    };

    public void Dispose() => folder.Delete(recursive: true);
}
