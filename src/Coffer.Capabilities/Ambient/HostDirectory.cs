using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>The one place where a path of the host becomes a directory that a guest can use.</summary>
internal static class HostDirectory
{
    /// <summary>Opens a directory of the host.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none, or it cannot be opened.</exception>
    public static DirectoryHandle Open(string path, bool readOnly, PathMethod method = PathMethod.Kernel)
    {
        var full = Path.GetFullPath(path);
        if (!Libc.IsSupported) return PortableDirectory.OpenAmbient(full, readOnly);
        var error = LinuxDirectory.OpenAmbient(full, readOnly, method, out var directory);
        return directory ?? throw new DirectoryNotFoundException($"The directory {full} cannot be opened ({error}).");
    }
}
